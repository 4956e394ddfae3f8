"""EIP-712 messages between operators, advertisers and keepers; ``registry`` is the ProfileRegistry of a deployment."""

from __future__ import annotations

from typing import Any

from fairsignal.domain.eip712 import typed_data

__all__ = ["deposit_message", "introduction_message", "release_message"]

_DOMAIN = "Fairsignal Keeper"


def introduction_message(chain_id: int, registry: str, hpke_key: bytes) -> dict[str, Any]:
    """A keeper binds its HPKE public key (32 bytes) to its chain key."""
    return typed_data(_DOMAIN, chain_id, registry, "Introduction", {"hpkeKey": ("bytes32", hpke_key)})


def deposit_message(
    chain_id: int, registry: str, keeper: str, subject: str, digest: bytes, index: int
) -> dict[str, Any]:
    """An operator hands a keeper its shares of the profile with this manifest hash."""
    fields = {
        "keeper": ("address", keeper),
        "subject": ("address", subject),
        "digest": ("bytes32", digest),
        "index": ("uint8", index),
    }
    return typed_data(_DOMAIN, chain_id, registry, "Deposit", fields)


def release_message(
    chain_id: int, registry: str, campaign: bytes, subject: str, category: int, nonce: int, expires_at: int
) -> dict[str, Any]:
    """An advertiser asks for one category of one subject; single use, until ``expires_at`` (Unix seconds)."""
    fields = {
        "campaign": ("bytes32", campaign),
        "subject": ("address", subject),
        "category": ("uint8", category),
        "nonce": ("uint256", nonce),
        "expiresAt": ("uint40", expires_at),
    }
    return typed_data(_DOMAIN, chain_id, registry, "Release", fields)
