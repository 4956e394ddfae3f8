"""A subject's request that an operator erase everything, and the pauses between attempts to do so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fairsignal.domain.eip712 import typed_data
from fairsignal.domain.errors import Refused

__all__ = ["MAX_PAUSE", "erasure_open", "pause_after", "request_erasure_message"]

MAX_PAUSE = 3_600
"""Longest pause between two attempts, seconds."""
_DOMAIN = "Fairsignal ProfileRegistry"


def request_erasure_message(
    chain_id: int, registry: str, subject: str, operator: str, signed_at: int
) -> dict[str, Any]:
    """EIP-712 typed data that a wallet signs to ask for erasure.

    Args:
        registry: ProfileRegistry, address.
        signed_at: Unix seconds; later than the last request, not in the future of the chain, relayed within a day.
    """
    fields = {
        "subject": ("address", subject),
        "operator": ("address", operator),
        "signedAt": ("uint40", signed_at),
    }
    return typed_data(_DOMAIN, chain_id, registry, "RequestErasure", fields)


def erasure_open() -> Refused:
    """The refusal of whoever would publish something of a subject whose erasure is not over."""
    return Refused(
        "The subject's data is being erased: nothing of it is published.",
        remedy="Try again once the erasure is confirmed on chain and final.",
        code="erasure-open",
    )


def pause_after(attempts: int, first: timedelta) -> int:
    """Whole seconds to wait after the ``attempts``-th attempt in vain, from 1: ``first``, then doubled each time."""
    doublings = min(attempts - 1, 20)  # beyond them it is the longest pause anyway
    return min(int(first.total_seconds() * 2**doublings), MAX_PAUSE)
