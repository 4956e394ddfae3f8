"""Everybody who has a total, by the tags of their groups."""

from __future__ import annotations

import numpy as np

from fairsignal.domain.log_keys import TAG_BYTES, LogKeys
from fairsignal.domain.log_parts import LEAF_BYTES
from fairsignal.domain.merkle import unpack_leaves

__all__ = ["People"]


class People:
    """Everybody who has a total, found by the tag of their groups, which come in the order of tags."""

    def __init__(self, leaves: bytes | bytearray, keys: LogKeys) -> None:
        self._leaves, self._keys = leaves, keys
        tags = bytearray()
        for subject, _ in unpack_leaves(leaves):
            tags += keys.of_subject(subject)[1]
        self._tags = bytes(tags)
        self._order = np.argsort(np.frombuffer(self._tags, dtype=f"S{TAG_BYTES}"))
        self._next = 0

    def find(self, tag: bytes) -> tuple[int, bytes, int] | None:
        """(position among the totals, subject, total); tags must be asked for in ascending order."""
        while self._next < len(self._order) and self._tag(self._next) < tag:
            self._next += 1
        if self._next == len(self._order) or self._tag(self._next) != tag:
            return None
        position = int(self._order[self._next])
        at = position * LEAF_BYTES
        ((subject, total),) = unpack_leaves(self._leaves[at : at + LEAF_BYTES])
        return position, subject, total

    def _tag(self, place: int) -> bytes:
        # Sliced from the bytes themselves: numpy's strings lose zeros at their end.
        at = int(self._order[place]) * TAG_BYTES
        return self._tags[at : at + TAG_BYTES]
