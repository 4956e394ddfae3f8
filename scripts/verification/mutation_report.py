"""Verdicts on disk, and what they add up to."""

import json
import os
import subprocess
import threading
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .mutants import Mutant
from .mutation_tree import INPUTS, Judged, Verdict
from .tools import ROOT

__all__ = ["Verdicts", "summary"]

DEAD = (Verdict.KILLED, Verdict.TIMEOUT)
ALIVE = (Verdict.SURVIVED, Verdict.ERROR)


@dataclass(slots=True)
class Verdicts:
    """A line a mutant, on disk as soon as it is known: a stopped run goes on where it was."""

    path: Path
    inputs: str  # digest of all that a verdict depends on
    lock: threading.Lock
    trusted: set[str] = field(default_factory=set)  # keys of kills that an earlier state of the tests made

    def load(self, trust_kills: bool) -> dict[str, Judged]:
        """By the mutant's key. With `trust_kills`, mutants killed by an earlier state of the tests stay killed."""
        if not self.path.exists():
            return {}
        known = {}
        for line in self.path.read_text().splitlines():
            try:
                entry = json.loads(line)
            except json.JSONDecodeError:
                continue  # the machine stopped in the middle of the line
            judged = Judged(Verdict(entry["verdict"]), entry["seconds"], entry["detail"])
            current = entry["inputs"] == self.inputs
            if current or (trust_kills and judged.verdict in (*DEAD, Verdict.INVALID)):
                known[entry["key"]] = judged
                (self.trusted.discard if current else self.trusted.add)(entry["key"])
        return known

    def append(self, key: str, mutant: Mutant, judged: Judged) -> None:
        line = json.dumps({"key": key, "inputs": self.inputs, **asdict(mutant), **asdict(judged)})
        with self.lock, self.path.open("a") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())


def git(*args: str) -> str | None:
    done = subprocess.run(["git", *args], cwd=ROOT, capture_output=True, text=True, check=False, timeout=30)
    return done.stdout.strip() if done.returncode == 0 else None


def counts(verdicts: list[Verdict]) -> dict[str, Any]:
    by = Counter(verdicts)
    killed = sum(by[verdict] for verdict in DEAD)
    mutants = killed + sum(by[verdict] for verdict in ALIVE)
    return {
        "mutants": mutants,
        "killed": killed,
        "timeouts": by[Verdict.TIMEOUT],
        "score": round(100 * killed / mutants, 2) if mutants else None,
    }


def summary(results: list[tuple[Mutant, Judged]], trusted: int) -> dict[str, Any]:
    """`mutants` are those that compile to other bytecode; `killed` counts time-outs, which `timeouts` names apart.

    `trusted` kills were made by an earlier state of the tests or of another file, and not repeated.
    """
    verdicts = [judged.verdict for _, judged in results]
    files = sorted({mutant.file for mutant, _ in results})
    return {
        "commit": git("rev-parse", "HEAD"),
        "dirty": git("status", "--porcelain", "--", *INPUTS) != "",
        **counts(verdicts),
        "generated": len(results),
        "equivalent": verdicts.count(Verdict.EQUIVALENT),
        "invalid": verdicts.count(Verdict.INVALID),
        "errors": verdicts.count(Verdict.ERROR),
        "trusted": trusted,
        "per_file": {
            file: counts([judged.verdict for mutant, judged in results if mutant.file == file]) for file in files
        },
        "survivors": [
            {"file": mutant.file, "line": mutant.line, "original": mutant.original, "mutated": mutant.mutated}
            for mutant, judged in results
            if judged.verdict in ALIVE
        ],
    }
