"""How many blocks to ask a node for at once: as many as it answers in good time."""

from __future__ import annotations

__all__ = ["AdaptiveRange"]

_GROWTH = 4
_FORGIVING = 1.1


class AdaptiveRange:
    """Halves when the node finds a range too large, grows while answers are small."""

    def __init__(self, *, first: int = 100, most: int = 100_000, events: int = 10_000) -> None:
        """
        Args:
            first: blocks to begin with: few, for a chain may be dense; over a sparse one they soon grow.
            most: blocks never to go beyond.
            events: how many to aim at in one answer, which becomes one database transaction.
        """
        self.size = min(first, most)
        self._most = most
        self._events = events
        self._ceiling = float(most)

    def succeeded(self, blocks: int, events: int) -> None:
        """An answer came: for how many blocks, with how many events."""
        if blocks < self.size and events < self._events:
            return  # the end of the chain, or part of a range from before: says nothing about larger ones
        # What was refused may have been the node's limit or a bad moment: it is tried again, but not every time.
        self._ceiling = min(self._ceiling * _FORGIVING, self._most)
        fitting = blocks * self._events // max(events, 1)
        self.size = max(1, min(fitting, blocks * _GROWTH, int(self._ceiling)))

    def failed(self, blocks: int) -> None:
        """The node refused so many, or took too long."""
        self._ceiling = max(1.0, blocks / 2)
        self.size = max(1, min(self.size, blocks // 2))
