"""``kill -9`` before each step in turn: every SQL statement, every file that is written, moved or removed."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

__all__ = ["deaths"]

_MOST = 200
"""Steps; a scenario that never ends is a mistake."""
_FILES = frozenset({"open", "os.remove", "os.rename", "os.mkdir", "os.truncate"})


def deaths(scenario: Callable[[], Awaitable[Any]], directory: Path, renew: Callable[[], None]) -> Iterator[int]:
    """Run a scenario in a process of its own, killed before its first step, then before its second, and so on.

    Yields the number of the step after each death, and once more (0) when the process came to its end.

    Args:
        directory: where files count.
        renew: puts the directory back before each run.
    """
    for step in range(1, _MOST):
        renew()
        child = os.fork()
        if not child:
            _die_before(step, directory)
            code = 1
            try:
                asyncio.run(scenario())  # type: ignore[arg-type]
                code = 0
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            assert os.waitstatus_to_exitcode(status) == 0, "the scenario failed by itself"
            yield 0
            return
        assert os.WTERMSIG(status) == signal.SIGKILL
        yield step
    raise AssertionError("the scenario does not end")


def _die_before(step: int, directory: Path) -> None:
    left = step

    def tick(*_: object) -> None:
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event not in _FILES or not str(arguments[0]).startswith(str(directory)):
            return
        if event != "open" or (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR):
            tick()

    connect = sqlite3.connect

    def traced(*arguments: Any, **named: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **named)
        connection.set_trace_callback(tick)
        return connection

    sqlite3.connect = traced
    sys.addaudithook(watch)
