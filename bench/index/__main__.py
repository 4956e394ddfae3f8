"""`make bench-index`: backfill by our indexer, by a plain web3.py loop and by ponder, on one chain, in one run.

.venv/bin/python -m bench.index             # everything -> bench/results/index.json and a table
.venv/bin/python -m bench.index --quick     # without ponder; writes nothing
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from sqlalchemy import func, select
from sqlalchemy import table as table_

from bench.index.chain import EVENTS, PEOPLE, PURPOSES, USES, BenchChain, bench_chain
from bench.index.ponder_app import run_ponder
from fairsignal.adapters.chain import load_deployment
from fairsignal.adapters.db import migrate, open_engine
from tests.databases import PostgresServer

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "bench" / "results" / "index.json"
ROWS = {"consents": PEOPLE * len(PURPOSES), "recorded_uses": USES, "attestations": PEOPLE}
_SECONDS = 1_800


@dataclass(frozen=True)
class Place:
    """Databases for one contestant after another."""

    folder: Path
    postgres: PostgresServer

    async def sqlite(self, name: str) -> str:
        return await self._migrated(f"sqlite+aiosqlite:///{self.folder / f'{name}.db'}")

    async def postgresql(self, name: str) -> str:
        return await self._migrated(self.postgres.create(name))

    async def _migrated(self, url: str) -> str:
        engine = open_engine(url)
        await migrate(engine)
        await engine.dispose()
        return url


async def measure(chain: BenchChain, place: Place, with_ponder: bool) -> dict[str, float]:
    """Seconds by contestant and database; each is checked to have ended with all rows."""
    seconds = {}
    for module, kind in (("ours", "sqlite"), ("ours", "postgresql"), ("web3_loop", "sqlite")):
        url = await (place.sqlite(module) if kind == "sqlite" else place.postgresql(module))
        seconds[f"{module}_{kind}"] = contestant(f"bench.index.{module}", chain, url)
        await check_rows(url, None)
        print(f"{module} into {kind}: {seconds[f'{module}_{kind}']:.1f} s", flush=True)
    if with_ponder:
        url = place.postgres.create("ponder")
        plain = url.replace("+asyncpg", "")
        first = load_deployment(chain.deployment).start_block
        seconds["ponder_postgresql"] = await asyncio.to_thread(
            run_ponder, chain.rpc_url, chain.deployment, plain, first, chain.last, place.folder / "ponder.log"
        )
        await check_rows(url, "bench")
    return seconds


def contestant(module: str, chain: BenchChain, url: str) -> float:
    """Seconds of a process that does nothing else, from its first request to its last commit."""
    done = subprocess.run(
        [sys.executable, "-m", module, chain.rpc_url, str(chain.deployment), url, str(chain.last)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'backend'}{os.pathsep}{ROOT}"},
        stdout=subprocess.PIPE,
        timeout=_SECONDS,
        check=True,
        text=True,
    )
    return float(json.loads(done.stdout.splitlines()[-1])["seconds"])


async def check_rows(url: str, schema: str | None) -> None:
    engine = open_engine(url)
    async with engine.connect() as connection:
        for table, expected in ROWS.items():
            found = await connection.scalar(select(func.count()).select_from(table_(table, schema=schema)))
            if found != expected:
                raise RuntimeError(f"{table} has {found} rows instead of {expected}")
    await engine.dispose()


async def run(with_ponder: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder, Progress(transient=True) as bars:
        tasks: dict[str, Any] = {}

        def told(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(f"building the chain, once: {what}", total=total)
            bars.update(tasks[what], completed=done)

        postgres = PostgresServer(Path(tempfile.gettempdir()) / f"fairsignal-bench-pg-{os.getpid()}")
        try:
            async with bench_chain(told) as chain:
                seconds = await measure(chain, Place(Path(folder), postgres), with_ponder)
        finally:
            postgres.close()
    return result_of(seconds)


def result_of(seconds: dict[str, float]) -> dict[str, Any]:
    rate = {name: round(EVENTS / took) for name, took in seconds.items()}
    ratios = {"vs_web3": rate["ours_sqlite"] / rate["web3_loop_sqlite"]}
    if "ponder_postgresql" in rate:
        ratios["vs_ponder"] = rate["ours_postgresql"] / rate["ponder_postgresql"]
    return {
        "metrics": {
            "events_per_s": rate["ours_sqlite"],
            **{f"{name}_events_per_s": value for name, value in rate.items()},
        },
        "ratios": {name: round(ratio, 2) for name, ratio in ratios.items()},
        "seconds": {name: round(took, 2) for name, took in seconds.items()},
        "setting": {
            "events": EVENTS,
            "what": f"{PEOPLE * len(PURPOSES)} Granted, {USES} UseRecorded, {PEOPLE} Attested, on one Anvil",
            "seconds": "from a process's first request for events to its last commit; ponder's by its own log",
            "vs_web3": "both into SQLite; vs_ponder: both into PostgreSQL, the only server that ponder writes to",
        },
    }


def show(result: dict[str, Any], console: Console) -> None:
    table = Table(title=f"Backfill of {EVENTS:,} events")
    for column in ("contestant", "seconds", "events/s"):
        table.add_column(column, justify="left" if column == "contestant" else "right")
    for name, took in result["seconds"].items():
        table.add_row(name.replace("_", " "), f"{took:.1f}", f"{result['metrics'][f'{name}_events_per_s']:,}")
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.index", description="Backfill beside web3.py and ponder.")
    parser.add_argument("--quick", action="store_true", help="without ponder; writes nothing")
    options = parser.parse_args()
    if not options.quick and shutil.which("node") is None:
        raise SystemExit("node is missing: ponder runs on it.")
    result = asyncio.run(run(with_ponder=not options.quick))
    console = Console(width=100)
    show(result, console)
    if options.quick:
        console.print_json(data=result)
        return
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    console.print(f"ratios: {result['ratios']}; written: {RESULTS.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
