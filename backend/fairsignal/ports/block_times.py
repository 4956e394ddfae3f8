"""When blocks were."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

__all__ = ["BlockTimes"]


class BlockTimes(Protocol):
    async def timestamps(self, blocks: Collection[int]) -> Mapping[int, int]:
        """Unix seconds of these blocks; blocks that the node does not have are left out.

        Raises:
            Unavailable: the node does not answer.
        """
