"""Rows as they were and as they become."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

__all__ = ["KINDS", "NOBODY", "Apply", "Key", "Row", "Rows", "Touch"]

Key: TypeAlias = tuple[Any, ...]
Row: TypeAlias = tuple[Any, ...]

KINDS = (
    "consents",
    "subject_states",
    "campaigns",
    "recipient_keys",
    "attestations",
    "erasure_requests",
    "recorded_uses",
    "settlements",
    "claims",
    "withdrawals",
    "operators",
    "operator_signers",
    "keeper_sets",
)
"""Names of the tables."""

NOBODY = bytes(20)


class Rows:
    """Some tables' rows; those that were not handed in are taken to be absent."""

    def __init__(self, before: Mapping[str, Mapping[Key, Row]] | None = None) -> None:
        self._before = before or {}
        self.changed: dict[str, dict[Key, Row | None]] = {kind: {} for kind in KINDS}
        """What was put, by table and key; None for a row that is gone."""

    def get(self, kind: str, key: Key) -> Row | None:
        """The row as it is now."""
        changed = self.changed[kind]
        return changed[key] if key in changed else self._before.get(kind, {}).get(key)

    def put(self, kind: str, key: Key, row: Row | None) -> None:
        self.changed[kind][key] = row


Apply: TypeAlias = Callable[[Rows, Any], None]
"""What one event makes of the rows."""
Touch: TypeAlias = Callable[[Any], Sequence[tuple[str, Key]]]
"""Which rows it changes."""
