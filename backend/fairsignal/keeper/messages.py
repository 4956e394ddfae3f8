"""EIP-712 messages between operators, advertisers and keepers."""

from __future__ import annotations

from typing import Any

__all__ = ["deposit_message", "introduction_message", "release_message"]

_DOMAIN_FIELDS = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
]


def _typed(
    chain_id: int, registry: str, primary: str, fields: list[tuple[str, str]], values: list[Any]
) -> dict[str, Any]:
    return {
        "types": {
            "EIP712Domain": _DOMAIN_FIELDS,
            primary: [{"name": name, "type": kind} for name, kind in fields],
        },
        "primaryType": primary,
        "domain": {"name": "Fairsignal Keeper", "version": "1", "chainId": chain_id, "verifyingContract": registry},
        "message": dict(zip((name for name, _ in fields), values, strict=True)),
    }


def introduction_message(chain_id: int, registry: str, hpke_key: bytes) -> dict[str, Any]:
    """A keeper binds its HPKE public key (32 bytes) to its chain key."""
    return _typed(chain_id, registry, "Introduction", [("hpkeKey", "bytes32")], [hpke_key])


def deposit_message(
    chain_id: int, registry: str, keeper: str, subject: str, digest: bytes, index: int
) -> dict[str, Any]:
    """An operator hands a keeper its shares of the profile with this manifest hash."""
    fields = [("keeper", "address"), ("subject", "address"), ("digest", "bytes32"), ("index", "uint8")]
    return _typed(chain_id, registry, "Deposit", fields, [keeper, subject, digest, index])


def release_message(
    chain_id: int, registry: str, campaign: bytes, subject: str, category: int, nonce: int, expires_at: int
) -> dict[str, Any]:
    """An advertiser asks for one category of one subject; single use, until ``expires_at`` (Unix seconds)."""
    fields = [
        ("campaign", "bytes32"),
        ("subject", "address"),
        ("category", "uint8"),
        ("nonce", "uint256"),
        ("expiresAt", "uint40"),
    ]
    return _typed(chain_id, registry, "Release", fields, [campaign, subject, category, nonce, expires_at])
