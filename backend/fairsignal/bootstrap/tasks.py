"""What servers do besides answering."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from fairsignal.domain.errors import FairsignalError

__all__ = ["repeat", "stopped"]

log = structlog.get_logger(__name__)


async def repeat(what: str, action: Callable[[], Awaitable[int]], every: timedelta) -> None:
    """Do it now, and again after each pause; ``action`` says how many things it did."""
    while True:
        try:
            if count := await action():
                log.info(what, done=count)
        except FairsignalError as error:
            log.warning(what, code=error.code)
        except Exception as error:  # one unforeseen row must not end it for good; without its text, which may hold data
            log.exception(what, code=type(error).__name__, exc_info=False)
        await asyncio.sleep(every.total_seconds())


async def stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
