"""When the blocks of an epoch were, on the final chain."""

from __future__ import annotations

from collections.abc import Collection

from fairsignal.domain.errors import Unavailable
from fairsignal.ports import BlockTimes

__all__ = ["Timestamps"]


class Timestamps(dict[int, int]):
    """Unix seconds of blocks, of the final chain; filled as they are needed."""

    def __init__(self, times: BlockTimes) -> None:
        super().__init__()
        self._times = times

    async def need(self, blocks: Collection[int]) -> None:
        """
        Raises:
            Unavailable: the node does not have them all.
        """
        missing = {block for block in blocks if block not in self}
        if missing:
            self.update(await self._times.timestamps(missing))
        if any(block not in self for block in missing):
            raise Unavailable("The node does not have all blocks of the epoch.", remedy="Let it synchronise.")
