"""Whether any id of a use comes twice among many: exact, 16 bytes of memory for each."""

from __future__ import annotations

from collections import Counter

import numpy as np

__all__ = ["USE_ID_BYTES", "UseIds"]

USE_ID_BYTES = 16


class UseIds:
    """Collects ids and names those that came more than once."""

    def __init__(self) -> None:
        self._ids = bytearray()

    def add(self, use_id: bytes) -> None:
        """One more use.

        Raises:
            ValueError: not 16 bytes.
        """
        if len(use_id) != USE_ID_BYTES:
            raise ValueError("a use id has 16 bytes")
        self._ids += use_id

    def repeated(self) -> list[bytes]:
        """Ids that were added more than once, ascending."""
        halves = np.frombuffer(bytes(self._ids), dtype=np.uint64).reshape(-1, 2)
        first = np.sort(halves[:, 0])
        twice = first[1:][first[1:] == first[:-1]]
        if not len(twice):
            return []
        # Half of an id in common is rare by chance: only these few are compared whole.
        few = halves[np.isin(halves[:, 0], twice)]
        return sorted(use_id for use_id, count in Counter(row.tobytes() for row in few).items() if count > 1)
