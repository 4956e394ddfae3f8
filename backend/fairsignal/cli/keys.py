"""``fairsignal keys``: API keys of the operator's own servers."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import typer
from rich.table import Table

from fairsignal.access.api_keys import create_key, revoke_key, rotate_key
from fairsignal.cli.console import console
from fairsignal.cli.serve import load_settings, private_files
from fairsignal.domain.access import SCOPES, parse_scopes

if TYPE_CHECKING:
    from fairsignal.ports import ApiKeyRow, UnitOfWorkFactory

__all__ = ["keys_app"]

keys_app = typer.Typer(help="API keys of the operator's own servers.", no_args_is_help=True)
_T = TypeVar("_T")
_DAY = 86_400
_JSON = typer.Option(False, "--json", help="Machine-readable.")
_DAYS = typer.Option(None, "--days", min=1, max=3650, help="How long it is valid; default: until it is revoked.")


@keys_app.command("create")
def create(
    label: str = typer.Option(..., "--label", help="Whose it is, e.g. the server's name."),
    scopes: list[str] = typer.Option(..., "--scope", help=f"{', '.join(SCOPES)}; may be given several times."),  # noqa: B008  (typer reads it)
    days: int = _DAYS,
    as_json: bool = _JSON,
) -> None:
    """Make a key; it is shown this once."""
    wanted = parse_scopes(scopes)
    row, secret = _with_database(
        lambda units, now: create_key(units, now, label=label[:80], scopes=wanted, lifetime=_lifetime(days))
    )
    _tell_new(row, secret, as_json=as_json)


@keys_app.command("list")
def list_keys(as_json: bool = _JSON) -> None:
    """Show all keys, without their secrets."""

    async def read(units: UnitOfWorkFactory, _now: int) -> list[ApiKeyRow]:
        async with units() as work:
            return list(await work.api_keys.all())

    rows = _with_database(read)
    if as_json:
        console.print_json(json.dumps([_shown(row) for row in rows]))
        return
    table = Table("id", "label", "scopes", "state", "expires", "last used")
    for row in rows:
        table.add_row(
            row.id,
            row.label,
            ", ".join(row.scopes),
            _state(row),
            _date(row.expires_at),
            _date(row.last_used_day * _DAY),
        )
    console.print(table)


@keys_app.command("rotate")
def rotate(
    key_id: str = typer.Argument(help="Id of the key to replace."),
    grace: int = typer.Option(24, "--grace-hours", min=0, max=24 * 90, help="How long the old one stays valid."),
    days: int = _DAYS,
    as_json: bool = _JSON,
) -> None:
    """Make a key with the same label and scopes; the old one ends after a grace."""
    row, secret = _with_database(
        lambda units, now: rotate_key(units, now, key_id, grace=timedelta(hours=grace), lifetime=_lifetime(days))
    )
    _tell_new(row, secret, as_json=as_json)


@keys_app.command("revoke")
def revoke(key_id: str = typer.Argument(help="Id of the key to end."), as_json: bool = _JSON) -> None:
    """End a key; running backends notice within seconds."""
    row = _with_database(lambda units, now: revoke_key(units, now, key_id))
    if as_json:
        console.print_json(json.dumps(_shown(row)))
    else:
        console.print(f"{row.id} ({row.label}) is revoked.")


def _with_database(action: Callable[[UnitOfWorkFactory, int], Awaitable[_T]]) -> _T:
    from fairsignal.bootstrap.storage import open_database_only

    private_files()

    async def run() -> _T:
        async with open_database_only(load_settings()) as units:
            return await action(units, int(time.time()))

    return asyncio.run(run())


def _lifetime(days: int | None) -> timedelta | None:
    return None if days is None else timedelta(days=days)


def _tell_new(row: ApiKeyRow, secret: str, *, as_json: bool) -> None:
    if as_json:
        console.print_json(json.dumps(_shown(row) | {"key": secret}))
        return
    console.print(f"{row.id} ({row.label}): {', '.join(row.scopes)}")
    console.print(secret, soft_wrap=True, highlight=False)
    console.print("It is not shown again: only its hash is kept.")


def _shown(row: ApiKeyRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "label": row.label,
        "scopes": list(row.scopes),
        "state": _state(row),
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "last_used_day": row.last_used_day,
        "revoked_at": row.revoked_at,
    }


def _state(row: ApiKeyRow) -> str:
    if row.revoked_at:
        return "revoked"
    return "valid" if row.is_valid(int(time.time())) else "expired"


def _date(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat() if seconds else "-"
