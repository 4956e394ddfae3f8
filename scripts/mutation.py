"""Mutation testing: how many small changes to contracts/consent and contracts/market do the Foundry tests notice?

    .venv-verify/bin/python scripts/mutation.py                    # all; writes bench/results/mutation.json
    .venv-verify/bin/python scripts/mutation.py --sample 50 --only contracts/market/Split.sol
    .venv-verify/bin/python scripts/mutation.py --trust-kills      # after adding tests: only survivors run again
    .venv-verify/bin/python scripts/mutation.py --list             # print the mutants, run nothing

A stopped run goes on where it was; build/mutation/verdicts.jsonl has every verdict. A partial run (--sample, --only)
writes build/mutation/partial.json instead.
"""

import argparse
import hashlib
import json
import os
import queue
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from verification.mutants import Mutant, all_mutants, sample
from verification.mutation_report import Verdicts, summary
from verification.mutation_tree import FOLDER, INPUTS, Judged, Tree, Verdict
from verification.tools import ROOT, Failed, our_sources

TARGETS = ("contracts/consent", "contracts/market")
TESTS = "tests/foundry/{consent,market}/**"
RESULT = ROOT / "bench" / "results" / "mutation.json"
WANTED = 90.0  # percent


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Mutation testing of contracts/consent and contracts/market.")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--sample", type=int, help="only so many mutants, the same ones each time")
    parser.add_argument("--only", help="only this file or folder")
    parser.add_argument("--tests", default=TESTS, help="glob of the test files to run")
    parser.add_argument("--trust-kills", action="store_true", help="keep kills by an earlier state of the tests")
    parser.add_argument("--list", action="store_true", help="print the mutants and stop")
    return parser.parse_args()


def digest_of_inputs(tests: str) -> str:
    digest = hashlib.sha256(tests.encode())
    for name in INPUTS:
        path = ROOT / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


def chosen(args: argparse.Namespace) -> list[Mutant]:
    files = our_sources(*TARGETS)
    if args.only:
        only = Path(args.only)
        files = [file for file in files if file == only or only in file.parents]
    mutants = list(all_mutants(files))
    if not mutants:
        raise Failed(f"no mutant: is there anything in {args.only or ', '.join(TARGETS)}?")
    return sample(mutants, args.sample) if args.sample else mutants


class Run:
    """Hands mutants to trees and collects the verdicts."""

    def __init__(self, args: argparse.Namespace, mutants: list[Mutant]) -> None:
        self.mutants = mutants
        self.console = Console()
        sources = {file: (ROOT / file).read_text() for file in {mutant.file for mutant in mutants}}
        self.keys = {mutant: mutant.key(sources[mutant.file]) for mutant in mutants}
        FOLDER.mkdir(parents=True, exist_ok=True)
        self.verdicts = Verdicts(FOLDER / "verdicts.jsonl", digest_of_inputs(args.tests), threading.Lock())
        self.known = self.verdicts.load(args.trust_kills)
        self.todo = [mutant for mutant in mutants if self.keys[mutant] not in self.known]
        self.jobs = max(1, min(args.jobs, len(self.todo)))
        self.tests = args.tests
        self.stopped = threading.Event()

    def trees(self) -> "queue.SimpleQueue[Tree]":
        free: queue.SimpleQueue[Tree] = queue.SimpleQueue()
        first = Tree.prepare(FOLDER / "tree-0", self.tests)
        free.put(first)
        for number in range(1, self.jobs):
            free.put(first.clone(FOLDER / f"tree-{number}"))
        return free

    def judge(self, free: "queue.SimpleQueue[Tree]", mutant: Mutant) -> Judged | None:
        if self.stopped.is_set():
            return None
        tree = free.get()
        try:
            judged = tree.judge(mutant)
        finally:
            free.put(tree)
        self.verdicts.append(self.keys[mutant], mutant, judged)
        return judged

    def carry_out(self) -> list[tuple[Mutant, Judged]]:
        if self.todo:
            self.console.print(f"{len(self.mutants)} mutants, {len(self.todo)} to run, {self.jobs} at a time")
            self.run_all(self.trees())
        return [(mutant, self.known[self.keys[mutant]]) for mutant in self.mutants]

    def run_all(self, free: "queue.SimpleQueue[Tree]") -> None:
        columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
        with Progress(*columns, console=self.console) as progress, ThreadPoolExecutor(self.jobs) as pool:
            task = progress.add_task("", total=len(self.todo))
            futures = {pool.submit(self.judge, free, mutant): mutant for mutant in self.todo}
            alive = 0
            try:
                for future in as_completed(futures):
                    mutant, judged = futures[future], future.result()
                    if judged is None:
                        continue
                    self.known[self.keys[mutant]] = judged
                    if judged.verdict in (Verdict.SURVIVED, Verdict.ERROR):
                        alive += 1
                        where = f"{judged.verdict} {mutant.file}:{mutant.line}"
                        progress.console.print(f"{where}  {mutant.mutated.strip()}", markup=False, soft_wrap=True)
                    progress.update(task, advance=1, description=f"{alive} survived")
            except BaseException:
                self.stopped.set()  # what has started finishes, the rest does not start
                raise


def report(found: dict[str, Any], results: list[tuple[Mutant, Judged]], complete: bool, elapsed: float) -> None:
    path = RESULT if complete else FOLDER / "partial.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=2) + "\n")
    for file, one in found["per_file"].items():
        print(f"{file:44} {one['killed']:4} of {one['mutants']:4} killed  {one['score']} %")
    cpu = sum(judged.seconds for _, judged in results) / len(results)
    print(
        f"mutation: {found['killed']} of {found['mutants']} killed ({found['timeouts']} by time-out), score "
        f"{found['score']} %; {found['equivalent']} equivalent, {found['invalid']} do not compile, "
        f"{found['errors']} errors; {cpu:.1f} s a mutant and worker, {elapsed:.0f} s now; {path.relative_to(ROOT)}"
    )
    if complete and (found["score"] or 0) < WANTED:
        raise Failed(f"fewer than {WANTED:.0f} % of the mutants were killed.")


def main() -> None:
    args = arguments()
    started = time.monotonic()
    try:
        mutants = chosen(args)
        if args.list:
            for mutant in mutants:
                print(f"{mutant.file}:{mutant.line}\n  - {mutant.original.strip()}\n  + {mutant.mutated.strip()}")
            return
        run = Run(args, mutants)
        results = run.carry_out()
        found = summary(results, trusted=len(run.verdicts.trusted & set(run.keys.values())))
        report(found, results, complete=not (args.sample or args.only), elapsed=time.monotonic() - started)
    except Failed as error:
        sys.exit(f"mutation: {error}")
    except KeyboardInterrupt:
        sys.exit("mutation: stopped; the same command goes on from here.")


if __name__ == "__main__":
    main()
