"""EIP-712 messages between operators, advertisers and keepers; ``registry`` is the ProfileRegistry of a deployment."""

from __future__ import annotations

from typing import Any

from fairsignal.domain.eip712 import typed_data

__all__ = [
    "KEEPER_DOMAIN",
    "deposit_message",
    "erased_message",
    "erasure_message",
    "introduction_message",
    "receipt_message",
    "release_message",
    "settlement_request_message",
]

KEEPER_DOMAIN = "Fairsignal Keeper"
"""Name in the EIP-712 domain of all that keepers sign and are sent."""


def introduction_message(chain_id: int, registry: str, hpke_key: bytes, expires_at: int) -> dict[str, Any]:
    """A keeper binds the HPKE public key (32 bytes) that it takes shares under until ``expires_at`` (Unix seconds) to
    its chain key."""
    fields = {"hpkeKey": ("bytes32", hpke_key), "expiresAt": ("uint40", expires_at)}
    return typed_data(KEEPER_DOMAIN, chain_id, registry, "Introduction", fields)


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
    return typed_data(KEEPER_DOMAIN, chain_id, registry, "Deposit", fields)


def release_message(
    chain_id: int, registry: str, campaign: bytes, items: bytes, nonce: int, expires_at: int
) -> dict[str, Any]:
    """An advertiser asks for the shares of some paid uses of its campaign; until ``expires_at`` (Unix seconds).

    Args:
        items: as ``release.pack_items`` gives them.
        nonce: single use.
    """
    fields = {
        "campaign": ("bytes32", campaign),
        "items": ("bytes", items),
        "nonce": ("uint256", nonce),
        "expiresAt": ("uint40", expires_at),
    }
    return typed_data(KEEPER_DOMAIN, chain_id, registry, "Release", fields)


def receipt_message(chain_id: int, registry: str, request: bytes, results: bytes, released_at: int) -> dict[str, Any]:
    """A keeper answers for what it released and what it refused.

    Args:
        request: EIP-712 digest of the ``Release`` that it answers, 32 bytes.
        results: as ``release.pack_results`` gives them.
        released_at: Unix seconds.
    """
    fields = {
        "request": ("bytes32", request),
        "results": ("bytes", results),
        "releasedAt": ("uint40", released_at),
    }
    return typed_data(KEEPER_DOMAIN, chain_id, registry, "ReleaseReceipt", fields)


def erasure_message(chain_id: int, registry: str, keeper: str, subject: str) -> dict[str, Any]:
    """An operator tells a keeper that a subject asked for erasure, which the keeper looks up on chain."""
    fields = {"keeper": ("address", keeper), "subject": ("address", subject)}
    return typed_data(KEEPER_DOMAIN, chain_id, registry, "Erasure", fields)


def erased_message(chain_id: int, registry: str, operator: str, subject: str, erased_at: int) -> dict[str, Any]:
    """A keeper says that it holds nothing of a subject by this operator any more; ``erased_at`` in Unix seconds."""
    fields = {
        "operator": ("address", operator),
        "subject": ("address", subject),
        "erasedAt": ("uint40", erased_at),
    }
    return typed_data(KEEPER_DOMAIN, chain_id, registry, "Erased", fields)


def settlement_request_message(
    chain_id: int, registry: str, keeper: str, operator: str, log_digest: bytes, log_key: bytes
) -> dict[str, Any]:
    """An operator asks a keeper to check an epoch's log and to sign its settlement.

    Args:
        log_digest: SHA-256 of the log's index, 32 bytes.
        log_key: the log key, sealed to the keeper.
    """
    fields = {
        "keeper": ("address", keeper),
        "operator": ("address", operator),
        "logDigest": ("bytes32", log_digest),
        "logKey": ("bytes", log_key),
    }
    return typed_data(KEEPER_DOMAIN, chain_id, registry, "SettlementRequest", fields)
