"""Copies of the tree in which mutants are compiled and tested, one a worker."""

import atexit
import enum
import json
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from .foundry import closing_counts
from .mutants import Mutant
from .tools import BUILD, ROOT, Failed, Ran, forge, run

__all__ = ["FOLDER", "INPUTS", "Judged", "Tree", "Verdict"]

FOLDER = BUILD / "mutation"
INPUTS = ("contracts", "tests/foundry", "tests/vectors", "foundry.toml")
# Left out: invariants take minutes, and what they find the unit tests must find too.
NOT_COPIED = shutil.ignore_patterns("invariants", "snapshots")
PROFILE = "mutation"
FIRST_TIMEOUT = 900.0
SHORTEST_TIMEOUT = 60.0
COMPILER_START_SECONDS = 20.0


class Verdict(enum.StrEnum):
    KILLED = "killed"
    TIMEOUT = "timeout"
    SURVIVED = "survived"
    EQUIVALENT = "equivalent"  # the same bytecode
    INVALID = "invalid"  # does not compile
    ERROR = "error"  # forge broke: not counted as killed


@dataclass(frozen=True, slots=True)
class Judged:
    verdict: Verdict
    seconds: float
    detail: str = ""


class Compiler:
    """A compiler that stays loaded: see scripts/solc-shim.js."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="solc")  # a socket's path has at most 107 bytes
        self.socket = str(Path(self._folder.name) / "socket")
        self._process = subprocess.Popen(
            ["node", str(ROOT / "scripts" / "solc-shim.js"), "--serve", self.socket], stdin=subprocess.PIPE
        )
        atexit.register(self.stop)
        deadline = time.monotonic() + COMPILER_START_SECONDS
        while not Path(self.socket).exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise Failed("the compiler did not start; is node on the PATH?")
            time.sleep(0.05)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()


@dataclass(slots=True)
class Tree:
    root: Path
    match_path: str
    timeout: float = FIRST_TIMEOUT
    bytecode: dict[str, str] = field(default_factory=dict)
    compiler: Compiler = field(default_factory=Compiler)

    @classmethod
    def prepare(cls, root: Path, match_path: str) -> "Tree":
        """A copy on which the tests pass, so that a failing test means a killed mutant."""
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        for name in INPUTS:
            source, target = ROOT / name, root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=NOT_COPIED)
            elif source.exists():
                shutil.copy2(source, target)
        for name in ("node_modules", ".cache"):
            (root / name).symlink_to(ROOT / name)
        tree = cls(root, match_path)
        ran = tree.test()
        passed, _, _ = closing_counts(ran.output)
        if ran.code != 0 or passed == 0:
            raise Failed(f"the tests do not pass on the unchanged contracts ({passed} passed):\n{ran.output[-4000:]}")
        tree.bytecode = tree.optimised()
        started = time.monotonic()
        tree.test()
        tree.timeout = max(SHORTEST_TIMEOUT, 10 * (time.monotonic() - started))
        return tree

    def clone(self, root: Path) -> "Tree":
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(self.root, root, symlinks=True)
        return Tree(root, self.match_path, self.timeout, self.bytecode)

    def test(self) -> Ran:
        args = [str(forge()), "test", "--fail-fast", "--match-path", self.match_path]
        return run(args, profile=PROFILE, timeout=self.timeout, cwd=self.root, echo=False, env=self.env)

    @property
    def env(self) -> dict[str, str]:
        return {"FAIRSIGNAL_SOLC_SOCKET": self.compiler.socket}

    def optimised(self) -> dict[str, str]:
        """Creation and runtime code of every contract of ours, as the optimiser leaves it."""
        # The time-out is not the tests': the optimiser takes longer than they do.
        args = [str(forge()), "build"]
        ran = run(args, profile="equivalence", timeout=FIRST_TIMEOUT, cwd=self.root, echo=False, env=self.env)
        if ran.code != 0:
            raise Failed(f"forge build [equivalence] failed:\n{ran.output[-4000:]}")
        found = {}
        for source in sorted((self.root / "contracts").rglob("*.sol")):
            for path in sorted((self.root / "build" / "equivalence" / "out" / source.name).glob("*.json")):
                artifact = json.loads(path.read_text())
                codes = [artifact[kind]["object"] for kind in ("bytecode", "deployedBytecode")]
                found[f"{source.name}:{path.name}"] = " ".join(codes)
        return found

    def judge(self, mutant: Mutant) -> Judged:
        path = self.root / mutant.file
        source = path.read_text()
        started = time.monotonic()
        path.write_text(mutant.apply(source))
        try:
            verdict, detail = self.verdict(self.test())
        finally:
            path.write_text(source)
        return Judged(verdict, round(time.monotonic() - started, 2), detail)

    def verdict(self, ran: Ran) -> tuple[Verdict, str]:
        if ran.timed_out:
            return Verdict.TIMEOUT, ""
        if "Compiler run failed" in ran.output:
            return Verdict.INVALID, ""
        if ran.code == 0:
            same = self.optimised() == self.bytecode
            return (Verdict.EQUIVALENT if same else Verdict.SURVIVED), ""
        failing = [line.strip() for line in ran.output.splitlines() if line.startswith("[FAIL")]
        if failing:
            return Verdict.KILLED, failing[0][:200]
        return Verdict.ERROR, ran.output[-500:]
