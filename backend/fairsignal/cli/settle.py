"""``fairsignal settle``: uses of metered campaigns, epoch by epoch, onto the chain."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import typer

from fairsignal.cli.serve import load_settings, private_files

if TYPE_CHECKING:
    from fairsignal.config import Settings
    from fairsignal.market.settle import Progress
    from fairsignal.ports import EpochRow

__all__ = ["settle", "settle_all"]

_STEPS = {
    "close": "closing the epoch",
    "build": "checking uses and building the log",
    "sign": "keepers check the log and sign",
    "send": "settling on chain",
}


def settle(
    now: bool = typer.Option(
        False, "--now", help="Do not wait until uses that were decided a moment ago are confirmed or expired."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Settle what was metered: build the epoch's log, have keepers sign it, book it on chain.

    What an earlier run began is finished first. Runs beside the backend, with the same environment variables.
    """
    from rich.progress import Progress as Bars
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    from fairsignal.cli.console import console, errors

    settings = load_settings()
    private_files()
    wait = timedelta(0) if now else settings.epoch_wait
    with Bars(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.completed:,.0f}"),
        TimeElapsedColumn(),
        console=errors,
        transient=True,
    ) as bars:
        tasks: dict[str, Any] = {}

        def show(step: str, done: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(_STEPS[step], total=None)
            bars.update(tasks[step], completed=done)

        rows = asyncio.run(settle_all(settings, wait, show))
    if as_json:
        console.print_json(json.dumps([_json(row) for row in rows]))
    elif not rows:
        console.print("nothing to settle: no metered use is old enough")
    for row in () if as_json else rows:
        console.print(
            f"epoch {row.epoch}: {row.uses:,} uses of blocks {row.from_block + 1} to {row.to_block}, "
            f"{row.gross} base units, settled in block {row.block} ({row.tx_hash})"
        )


async def settle_all(settings: Settings, wait: timedelta, progress: Progress | None = None) -> list[EpochRow]:
    """Settle epoch after epoch until nothing is left; -> those that were settled."""
    from fairsignal.bootstrap.settlement import open_settler

    rows = []
    async with open_settler(settings) as settler:
        while (row := await settler.settle(wait, progress)) is not None:
            rows.append(row)
    return rows


def _json(row: EpochRow) -> dict[str, Any]:
    return {
        "epoch": row.epoch,
        "from_block": row.from_block,
        "to_block": row.to_block,
        "uses": row.uses,
        "gross": str(row.gross),
        "total": str(row.total),
        "root": "0x" + row.root.hex(),
        "log_digest": "0x" + row.log_digest.hex(),
        "tx_hash": row.tx_hash,
        "block": row.block,
    }
