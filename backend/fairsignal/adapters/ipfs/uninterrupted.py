"""Cancelling a caller must not leave a write going on behind its back: an erasure that follows would lose the race."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

__all__ = ["uninterrupted"]

_Result = TypeVar("_Result")


async def uninterrupted(call: Awaitable[_Result]) -> _Result:
    """-> what ``call`` gives. Cancelled meanwhile, it ends only when ``call`` has, which needs its own time limit."""
    task = asyncio.ensure_future(call)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # seen: nobody is left to tell it to
        raise
