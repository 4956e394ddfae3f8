"""`make bench-decisions`: decisions here and over HTTP, beside others, in one run -> bench/results/decisions.json.

.venv/bin/python -m bench.decisions             # everything
.venv/bin/python -m bench.decisions --quick     # fewer people and seconds; writes nothing
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import tempfile
from pathlib import Path
from typing import Any

import structlog
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.decisions import ours, peers
from bench.decisions.world import world

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "bench" / "results" / "decisions.json"
# issue E
TARGETS = {"inprocess_checks_per_s": 1_000_000, "http_single_p99_ms": 10}
_OFFERED = 500.0
"""Single calls a second at which latency is measured."""


async def run(people: int, seconds: float, priority: int) -> dict[str, Any]:
    load = round(os.getloadavg()[0], 1)
    with tempfile.TemporaryDirectory() as folder, Progress(transient=True) as bars:
        tasks = {name: bars.add_task(name, total=people) for name in ("consents on chain", "people in the database")}
        async with world(Path(folder), people, lambda name, done: bars.update(tasks[name], completed=done)) as here:
            http = await ours.over_http(here, _OFFERED, seconds, priority)
            # The others get the machine to themselves as well: our server has nothing to do meanwhile.
            inside = ours.in_process(here, seconds / 4)
            chain = await peers.eth_call(here, seconds / 2)
            postgres = await peers.postgres(here, seconds / 2)
            redis = await peers.redis_bitmap(here, seconds / 2)
    single = http["single_steady"]
    return {
        "metrics": {
            "inprocess_checks_per_s": inside["batched"],
            "http_single_p50_ms": single["p50_ms"],
            "http_single_p99_ms": single["p99_ms"],
            "http_batch_decisions_per_s": http["batched"]["decisions_per_s"],
        },
        "ratios": {
            "vs_eth_call": round(inside["batched"] / chain["batched"], 1),
            "vs_postgres": round(inside["batched"] / postgres["batched"], 1),
            "vs_redis": round(inside["batched"] / redis["batched"], 1),
            "single_vs_eth_call": round(inside["single"] / chain["single"], 1),
            "single_vs_postgres": round(inside["single"] / postgres["single"], 1),
            "single_vs_redis": round(inside["single"] / redis["single"], 1),
        },
        "targets": TARGETS,
        "in_process": inside,
        "http": http,
        "eth_call": chain,
        "postgres": postgres,
        "redis": redis,
        "setting": {
            "people": people,
            "cores": os.cpu_count(),
            "load_of_the_machine": load,
            "niceness_of_server_and_client": priority,
            "ratios": "checks a second by the process that decides: batches of ours (1,000) to the fastest batches of "
            "the others (JSON-RPC 100, `= ANY` 1,000, pipeline of 1,000); single_: one check a call, 16 in flight "
            "for the others. Ours applies every rule, the others look up a consent",
            "http": f"{_OFFERED:.0f} single calls a second, counted from when each was due; batches of 1,000; with "
            "tokens, from a second process on the same cores",
        },
    }


def show(result: dict[str, Any], console: Console) -> None:
    table = Table(title="Decisions")
    for column in ("figure", "measured", "target"):
        table.add_column(column, justify="left" if column == "figure" else "right")
    for name, value in (result["metrics"] | result["ratios"]).items():
        table.add_row(name, f"{value:,}", f"{TARGETS[name]:,}" if name in TARGETS else "")
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.decisions", description="Decisions, beside others.")
    parser.add_argument("--quick", action="store_true", help="a quick look; writes nothing")
    parser.add_argument("--priority", type=int, default=0, help="niceness of server and client; below 0 needs root")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    result = asyncio.run(run(10_000, 4.0, options.priority) if options.quick else run(100_000, 12.0, options.priority))
    console = Console(width=100)
    show(result, console)
    if options.quick:
        console.print_json(data=result)
        return
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    console.print(f"written: {RESULTS.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
