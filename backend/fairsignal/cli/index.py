"""``fairsignal index``: follow the chain into the database."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

import typer

from fairsignal.cli.console import console, errors, progress
from fairsignal.cli.serve import load_settings, private_files

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

    from fairsignal.indexer.follow import Progress

__all__ = ["index"]


def index(
    once: bool = typer.Option(False, "--once", help="Stop when everything up to the head is read."),
    rebuild: bool = typer.Option(False, "--rebuild", help="Forget what was read, and read it anew."),
    as_json: bool = typer.Option(False, "--json", help="Machine-readable: a line for every transaction."),
) -> None:
    """Follow the chain into the database, as `serve` does by itself; restart at any time."""
    from fairsignal.bootstrap.indexer import open_indexer

    settings = load_settings()
    private_files()
    started = time.monotonic()

    async def run(bars: Bars) -> Progress | None:
        task = bars.add_task("blocks", total=None)

        def told(now: Progress) -> None:
            bars.update(task, completed=now.block, total=max(now.head, now.block))
            if as_json:
                print(json.dumps(_as_json(now, started)), flush=True)

        async with open_indexer(settings, told) as opened:
            if rebuild:
                await opened.indexer.forget()
            if once:
                return await opened.indexer.catch_up()
            if not as_json:
                errors.print("following the chain (Ctrl-C stops)")
            await _until_told_to_stop(opened.indexer.run())
            return None

    with progress() as bars:
        reached = asyncio.run(run(bars))
    if reached is not None and not as_json:
        console.print(f"block {reached.block:,}, {reached.events:,} events in {time.monotonic() - started:.1f} s")


async def _until_told_to_stop(work: Coroutine[Any, Any, None]) -> None:
    """SIGTERM ends it as Ctrl-C does: the transaction at hand is dropped whole, and the lease is given back."""
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        if not task.cancelled():
            raise


def _as_json(now: Progress, started: float) -> dict[str, int | float]:
    seconds = time.monotonic() - started
    return {
        "block": now.block,
        "timestamp": now.timestamp,
        "head": now.head,
        "events": now.events,
        "seconds": round(seconds, 3),
    }
