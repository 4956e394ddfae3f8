"""``fairsignal db``: is the database right, a copy of it, and its schema."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import typer
from rich.table import Table

from fairsignal.cli.console import console, progress
from fairsignal.cli.serve import load_settings, private_files
from fairsignal.domain.errors import BadInput

__all__ = ["db_app"]

db_app = typer.Typer(help="Check, back up and migrate the backend's database.", no_args_is_help=True)

_JSON = typer.Option(False, "--json", help="Machine-readable.")


@db_app.command("check")
def check(as_json: bool = _JSON) -> None:
    """Replay the chain beside what was indexed; exit code 1, and the first row, where they differ."""
    from fairsignal.bootstrap.database import check_projection

    settings = load_settings()
    private_files()
    with progress() as bars:
        task = bars.add_task("replaying blocks", total=None)
        checked = asyncio.run(
            check_projection(settings, lambda block, last: bars.update(task, completed=block, total=last))
        )
    if as_json:
        console.print_json(json.dumps({"block": checked.block, "events": checked.events, "rows": dict(checked.rows)}))
        return
    table = Table("table", "rows")
    for name, count in checked.rows.items():
        table.add_row(name, f"{count:,}")
    console.print(table)
    console.print(f"equal to a replay of {checked.events:,} events up to block {checked.block:,}")


@db_app.command("backup")
def backup(
    file: Path = typer.Argument(..., help="File to write; it must not exist."),
    as_json: bool = _JSON,
) -> None:
    """Copy the database while it is in use: an SQLite file, or an archive for `pg_restore`."""
    from fairsignal.bootstrap.database import back_up

    settings = load_settings()
    private_files()
    with progress() as bars:
        task = bars.add_task("copying pages", total=None)
        told = lambda done, total: bars.update(task, completed=done, total=total)  # noqa: E731
        size = asyncio.run(back_up(settings, file, told))
    _print({"file": str(file), "bytes": size}, as_json, f"{size:,} bytes to {file}")


@db_app.command("current")
def current(as_json: bool = _JSON) -> None:
    """Name the schema's revision, and the one that this version is written for."""
    from fairsignal.bootstrap.database import revisions

    found, newest = asyncio.run(revisions(load_settings()))
    said = "up to date" if found == newest else "`fairsignal db upgrade` brings it up to date, as `serve` does"
    _print({"revision": found, "newest": newest}, as_json, f"revision {found}, newest {newest}: {said}")


@db_app.command("upgrade")
def upgrade(
    revision: str = typer.Argument("head", help="Revision to go up to."),
    as_json: bool = _JSON,
) -> None:
    """Bring the schema up to date, as `serve` does when it starts."""
    _move(revision, down=False, as_json=as_json)


@db_app.command("downgrade")
def downgrade(
    revision: str = typer.Argument(..., help="Revision to go back to; -1 for one step (after `--`), base for all."),
    sure: bool = typer.Option(False, "--yes", help="Drop tables that only later revisions have, with their rows."),
    as_json: bool = _JSON,
) -> None:
    """Take the schema back, before an older version is started on it."""
    if not sure:
        raise BadInput(
            "Going back drops tables with their rows.",
            remedy="Make a copy with `fairsignal db backup`, and say --yes.",
            code="not-confirmed",
        )
    _move(revision, down=True, as_json=as_json)


def _move(revision: str, *, down: bool, as_json: bool) -> None:
    from fairsignal.bootstrap.database import move_schema

    settings = load_settings()
    private_files()
    reached = asyncio.run(move_schema(settings, revision, down=down))
    _print({"revision": reached}, as_json, f"revision {reached}")


def _print(document: dict[str, Any], as_json: bool, sentence: str) -> None:
    if as_json:
        console.print_json(json.dumps(document))
    else:
        console.print(sentence, soft_wrap=True)
