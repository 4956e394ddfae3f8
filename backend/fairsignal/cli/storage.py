"""``fairsignal storage``: are all copies there and whole, and blobs to a CAR file and back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import typer
from rich.markup import escape
from rich.table import Column, Table

from fairsignal.cli.console import console, progress
from fairsignal.cli.serve import load_settings, private_files

if TYPE_CHECKING:
    from rich.progress import Progress

    from fairsignal.bootstrap.storage import Storage
    from fairsignal.ports import ReplicaState

__all__ = ["storage_app"]

Result = TypeVar("Result")

storage_app = typer.Typer(help="Check, heal, export and import sealed profiles where they are stored.")

_AT_ONCE = 8
"""Blobs that are checked at the same time."""
_COLOURS = {"present": "green", "missing": "red", "corrupt": "bold red", "unreachable": "yellow"}
_AS_JSON = typer.Option(False, "--json", help="Machine-readable.")


@dataclass(frozen=True)
class _Checked:
    cid: str
    states: tuple[ReplicaState, ...]
    """Afterwards, when it was healed."""
    healed: tuple[str, ...]
    """Replicas that were missing it or had other bytes, and are whole now."""

    @property
    def whole(self) -> bool:
        return all(state.condition == "present" for state in self.states)


@dataclass
class _Outcome:
    checked: int = 0
    healed: int = 0
    bad: int = 0
    """Blobs that are not whole everywhere."""
    shown: list[_Checked] = field(default_factory=list)

    def add(self, blobs: Sequence[_Checked], show_all: bool) -> None:
        self.checked += len(blobs)
        self.healed += sum(bool(blob.healed) for blob in blobs)
        self.bad += sum(not blob.whole for blob in blobs)
        self.shown += [blob for blob in blobs if show_all or blob.healed or not blob.whole]


@storage_app.command()
def verify(
    cids: list[str] = typer.Argument(None, help="CIDs; none for all profiles in the backend's database."),
    heal: bool = typer.Option(False, "--heal", help="Store again where a copy is missing or corrupt."),
    as_json: bool = _AS_JSON,
) -> None:
    """Read every copy of every blob and compare it with its CID; exit code 1 unless all are whole in the end."""

    async def work(storage: Storage) -> _Outcome:
        if heal or not cids:
            await storage.migrate()
        names = list(dict.fromkeys(cids)) if cids else await _stored(storage)
        with progress() as bar:
            return await _check_all(storage, names, heal=heal, show_all=bool(cids), bar=bar)

    outcome = _run(work)
    counts = {"checked": outcome.checked, "healed": outcome.healed, "bad": outcome.bad}
    if as_json:
        console.print_json(json.dumps(counts | {"blobs": [_as_json(blob) for blob in outcome.shown]}))
    else:
        _print_states(outcome.shown)
        console.print("{checked} blobs checked, {healed} healed, {bad} not whole".format_map(counts))
    if outcome.bad:
        raise typer.Exit(1)


@storage_app.command("export")
def export(
    cids: list[str] = typer.Argument(..., help="CIDs."),
    out: Path = typer.Option(..., "--out", help="The CAR file to write."),
    as_json: bool = _AS_JSON,
) -> None:
    """Write blobs to a CARv1 file, which `ipfs dag import` and other IPFS tools read."""
    from fairsignal.adapters.ipfs import export_car

    async def work(storage: Storage) -> Any:
        with progress() as bar:
            told = _teller(bar, "exporting")
            return await export_car(cids, storage.blobs, out, progress=told)

    _print_result(_run(work), as_json, f"to {out}")


@storage_app.command("import")
def import_(
    source: Path = typer.Argument(..., help="A CARv1 file, e.g. of `ipfs dag export`."),
    as_json: bool = _AS_JSON,
) -> None:
    """Store the blobs of a CAR file; nothing is stored unless all of it verifies."""
    from fairsignal.adapters.ipfs import import_car

    async def work(storage: Storage) -> Any:
        with progress() as bar:
            told = _teller(bar, "importing")
            done = await import_car(source, storage.blobs, progress=told)
            bar.add_task("making the other copies", total=None)
            await storage.blobs.settle()
        return done

    _print_result(_run(work), as_json, f"from {source}")


def _run(work: Callable[[Storage], Awaitable[Result]]) -> Result:
    from fairsignal.bootstrap.storage import open_storage

    settings = load_settings()
    private_files()

    async def session() -> Result:
        async with open_storage(settings) as storage:
            return await work(storage)

    return asyncio.run(session())


async def _stored(storage: Storage) -> list[str]:
    async with storage.units() as unit:
        return await unit.profiles.stored_cids()


async def _check_all(storage: Storage, cids: Sequence[str], *, heal: bool, show_all: bool, bar: Progress) -> _Outcome:
    """Check blobs, a few at a time.

    Args:
        show_all: False keeps only those that need somebody's eye, as a database may name very many.
    """
    task = bar.add_task("healing" if heal else "verifying", total=len(cids))
    outcome = _Outcome()
    for start in range(0, len(cids), _AT_ONCE):
        checked = await asyncio.gather(*(_check(storage, cid, heal) for cid in cids[start : start + _AT_ONCE]))
        bar.advance(task, len(checked))
        outcome.add(checked, show_all)
    if heal and not show_all:
        await _erase_what_is_forgotten(storage, outcome.shown)
    return outcome


async def _check(storage: Storage, cid: str, heal: bool) -> _Checked:
    before = await storage.blobs.verify(cid)
    if not heal or all(state.condition in ("present", "unreachable") for state in before):
        return _Checked(cid, before, ())
    spare = None  # the database holds the newest manifests as well
    if not any(state.condition == "present" for state in before):
        async with storage.units() as unit:
            spare = await unit.profiles.manifest(cid)
    after = await storage.blobs.heal(cid, spare)
    healed = [
        new.name
        for old, new in zip(before, after, strict=True)
        if new.condition == "present" and old.condition in ("missing", "corrupt")
    ]
    return _Checked(cid, after, tuple(healed))


async def _erase_what_is_forgotten(storage: Storage, checked: Sequence[_Checked]) -> None:
    """A subject may have been erased by the running backend while we were healing its copies."""
    for blob in checked:
        if blob.healed:
            async with storage.units() as unit:
                wanted = await unit.profiles.is_wanted(blob.cid)
            if not wanted:
                await storage.blobs.delete(blob.cid)


def _teller(bar: Progress, what: str) -> Callable[[int, int], None]:
    task = bar.add_task(what, total=None)
    return lambda done, total: bar.update(task, completed=done, total=total)


def _as_json(blob: _Checked) -> dict[str, Any]:
    return {"cid": blob.cid, "healed": blob.healed, "replicas": [asdict(state) for state in blob.states]}


def _print_states(shown: Sequence[_Checked]) -> None:
    if not shown:
        return
    table = Table(_cid_column(), *(Column(state.name, no_wrap=True) for state in shown[0].states))
    for blob in shown:
        table.add_row(blob.cid, *(f"[{_COLOURS[state.condition]}]{state.condition}[/]" for state in blob.states))
    console.print(table)
    for blob in shown:
        remarks = [f"{state.name}: {state.detail}" for state in blob.states if state.detail]
        for remark in [*remarks, *(f"{name}: healed" for name in blob.healed)]:
            console.print(escape(f"{blob.cid} {remark}"), soft_wrap=True)


def _cid_column() -> Column:
    return Column("CID", overflow="fold", min_width=30)


def _print_result(done: Any, as_json: bool, where: str) -> None:
    if as_json:
        console.print_json(json.dumps(asdict(done)))
        return
    table = Table(_cid_column())
    for cid in done.cids:
        table.add_row(cid)
    console.print(table)
    console.print(f"{len(done.cids)} blobs in {done.blocks} blocks, {done.size:,} bytes, {where}", soft_wrap=True)
