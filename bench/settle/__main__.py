"""`make bench-settle`: an epoch of a million uses, database to chain -> bench/results/settle.json and a table.

.venv/bin/python -m bench.settle             # 1,000,000 uses of 100,000 people
.venv/bin/python -m bench.settle --quick     # a fiftieth of it; writes nothing
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import structlog
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.settle.on_chain import KEEPERS, THRESHOLD, settle_gas
from bench.settle.scene import CAMPAIGNS, OPERATOR, Scene
from fairsignal.domain.settlement import Settlement

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "bench" / "results" / "settle.json"
# issue E and DESIGN, section 4
TARGETS = {"vs_oz_merkle_tree": 10, "gas_per_use": 0.1}
_TIMEOUT = 1_800


def task(name: str, folder: Path, scene: Scene) -> dict[str, Any]:
    """One of bench.settle.task, in a process of its own."""
    command = [sys.executable, "-m", "bench.settle.task", name, str(folder)]
    numbers = [str(scene.uses), str(scene.people), str(scene.start)]
    done = subprocess.run([*command, *numbers], cwd=ROOT, capture_output=True, text=True, check=True, timeout=_TIMEOUT)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def openzeppelin(leaves: Path) -> dict[str, Any]:
    """npm @openzeppelin/merkle-tree over the same leaves."""
    done = subprocess.run(
        ["node", "bench/settle/oz_tree.cjs", str(leaves)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=_TIMEOUT,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def run(uses: int, people: int) -> dict[str, Any]:
    midnight = int(time.time()) // 86_400 * 86_400
    scene, smaller = Scene(uses, people, midnight), Scene(uses // 4, people, midnight)
    with tempfile.TemporaryDirectory() as temporary, Progress(transient=True) as bars:
        step = bars.add_task("writing uses", total=7)

        def next_step(name: str) -> None:
            bars.update(step, advance=1, description=name)

        large, small = Path(temporary) / "large", Path(temporary) / "small"
        for folder, size in ((large, scene), (small, smaller)):
            folder.mkdir()
            size.write_uses(folder / "backend.db")
        next_step("totals and tree")
        ours = task("totals", large, scene)
        next_step("the same leaves with @openzeppelin/merkle-tree")
        theirs = openzeppelin(large / "leaves.bin")
        next_step("proofs")
        proofs = task("proofs", large, scene)
        next_step("whole epochs of two sizes")
        few = task("build", small, smaller)
        few_totals = task("totals", small, smaller)
        next_step("whole epoch")
        whole = task("build", large, scene)
        if not ours["root"] == theirs["root"] == whole["root"]:
            raise SystemExit(f"the roots differ: {ours['root']}, {theirs['root']}, {whole['root']}")
        next_step("settling on Anvil")
        settlement = Settlement(
            OPERATOR,
            1,
            bytes.fromhex(whole["root"]),
            int(whole["total"]),
            bytes.fromhex(whole["log_digest"]),
            bytes.fromhex(whole["debits"]),
        )
        first, later = asyncio.run(settle_gas(Path(temporary) / "chain", scene, settlement))
    return {
        "metrics": {
            "build_s": ours["build_s"],
            "peak_mb": ours["peak_mb"],
            "gas_per_use": round(later / uses, 4),
            "proofs_per_s": proofs["proofs_per_s"],
        },
        "ratios": {"vs_oz_merkle_tree": round(theirs["tree_s"] / ours["tree_s"], 1)},
        "targets": TARGETS,
        "same_leaves": {
            "leaves": ours["leaves"],
            "root": "0x" + ours["root"],
            "ours_s": ours["tree_s"],
            "oz_s": round(theirs["tree_s"], 3),
            "oz_peak_mb": round(theirs["peak_mb"], 1),
        },
        "whole_epoch": {
            "seconds": whole["whole_s"],
            "uses_per_s": round(uses / whole["whole_s"]),
            "log_mb": whole["log_mb"],
            "uses": whole["uses"],
            "voided": whole["voided"],
        },
        "memory_by_uses": {
            f"{smaller.uses} uses": {
                "totals_and_tree_mb": few_totals["peak_mb"],
                "whole_epoch_mb": few["peak_mb"],
                "before_the_epoch_mb": few["before_mb"],
            },
            f"{scene.uses} uses": {
                "totals_and_tree_mb": ours["peak_mb"],
                "whole_epoch_mb": whole["peak_mb"],
                "before_the_epoch_mb": whole["before_mb"],
            },
        },
        "settlement": {
            "gas": later,
            "gas_of_the_first": first,
            "campaigns": CAMPAIGNS,
            "quorum": f"{THRESHOLD} of {KEEPERS}",
        },
        "setting": {
            "build_s": "everybody's total out of SQLite, and the tree over them, in one process",
            "gas_per_use": "of an operator's second epoch: its first one fills two empty slots",
            "vs_oz_merkle_tree": "time of the tree alone over the same leaves, theirs divided by ours",
            "whole_epoch": "each use checked against the chain's record, log encrypted and stored, tree, index",
            "peak_mb": "resident memory of the process, interpreter and libraries included",
        },
    }


def show(result: dict[str, Any], console: Console) -> None:
    table = Table(title="Settlement")
    for column in ("figure", "measured", "target"):
        table.add_column(column, justify="left" if column == "figure" else "right")
    for name, value in (result["metrics"] | result["ratios"]).items():
        table.add_row(name, str(value), str(TARGETS.get(name, "")))
    whole = result["whole_epoch"]
    table.add_row("whole epoch, s", str(whole["seconds"]), "")
    for size, memory in result["memory_by_uses"].items():
        table.add_row(f"memory at {size}, MB", f"{memory['totals_and_tree_mb']} / {memory['whole_epoch_mb']}", "")
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.settle", description="An epoch from database to chain.")
    parser.add_argument("--quick", action="store_true", help="a fiftieth of the size; writes nothing")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    result = run(20_000, 2_000) if options.quick else run(1_000_000, 100_000)
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
