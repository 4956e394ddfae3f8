"""What a transaction offers per gas (EIP-1559), in wei, and what it offers when it is not taken."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DEFAULT_MAX_FEE", "FeePolicy", "Fees"]

DEFAULT_MAX_FEE = 500 * 10**9
"""500 gwei."""


@dataclass(frozen=True, slots=True)
class Fees:
    """Both fields of a type-2 transaction."""

    max_fee: int
    priority_fee: int


@dataclass(frozen=True, slots=True)
class FeePolicy:
    """How much is offered."""

    cap: int = DEFAULT_MAX_FEE
    """Never more than this per gas; above it transactions wait until the base fee falls."""

    def first(self, base_fee: int, tip: int) -> Fees:
        """Enough for some full blocks in a row, each of which raises the base fee by an eighth."""
        max_fee = min(2 * base_fee + tip, self.cap)
        return Fees(max_fee, min(tip, max_fee))

    def bumped(self, before: Fees, base_fee: int, tip: int) -> Fees | None:
        """What replaces an attempt; None when the cap does not allow it.

        Nodes take a replacement only when both fees rise, Geth by a tenth, others by an eighth.
        """
        wanted = self.first(base_fee, tip)
        priority = max(wanted.priority_fee, _eighth_more(before.priority_fee))
        max_fee = max(min(2 * base_fee + priority, self.cap), _eighth_more(before.max_fee), priority)
        return Fees(max_fee, priority) if max_fee <= self.cap else None


def _eighth_more(fee: int) -> int:
    return max(fee + 1, -(-fee * 9 // 8))
