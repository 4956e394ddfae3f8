"""Line and branch coverage of our contracts by tests/foundry: all of both, file by file."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .foundry import closing_counts
from .tools import BUILD, ROOT, Failed, forge, our_sources, run

__all__ = ["FileCoverage", "check", "parse"]

# Interfaces hold no code; mocks and tests are not ours to cover.
NOT_COVERED = r"(node_modules|contracts/mocks|contracts/interfaces|tests)/"


@dataclass(slots=True)
class FileCoverage:
    lines: dict[int, int] = field(default_factory=dict)
    branches: dict[tuple[int, str, str], int] = field(default_factory=dict)

    def missed_lines(self) -> list[int]:
        return sorted(line for line, hits in self.lines.items() if hits == 0)

    def missed_branches(self) -> list[str]:
        return [f"{line}:{branch}" for (line, _, branch), hits in sorted(self.branches.items()) if hits == 0]


def parse(lcov: str) -> dict[Path, FileCoverage]:
    """The `SF`, `DA` and `BRDA` records of an lcov file (man 1 geninfo)."""
    files: dict[Path, FileCoverage] = {}
    current = FileCoverage()
    for line in lcov.splitlines():
        kind, _, rest = line.partition(":")
        if kind == "SF":
            current = files.setdefault(Path(rest), FileCoverage())
        elif kind == "DA":
            number, hits = rest.split(",")[:2]
            current.lines[int(number)] = int(hits)
        elif kind == "BRDA":
            number, block, branch, taken = rest.split(",")
            current.branches[(int(number), block, branch)] = 0 if taken == "-" else int(taken)
    return files


def share(hit: int, all_: int) -> str:
    return f"{100 * hit / all_:6.2f} % ({hit}/{all_})" if all_ else "     - (none)"


def describe(files: dict[Path, FileCoverage]) -> Iterator[str]:
    for path, cover in sorted(files.items()):
        lines, branches = cover.missed_lines(), cover.missed_branches()
        yield (
            f"{path!s:44} lines {share(len(cover.lines) - len(lines), len(cover.lines))}"
            f"  branches {share(len(cover.branches) - len(branches), len(cover.branches))}"
        )
        if lines:
            yield f"    lines not reached: {', '.join(map(str, lines))}"
        if branches:
            yield f"    branches not taken (line:branch): {', '.join(branches)}"


def check(timeout: float = 900, match_path: str | None = None) -> str:
    report = BUILD / "coverage" / "lcov.info"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    args = [str(forge()), "coverage", "--report", "lcov", "--report-file", str(report)]
    args += ["--exclude-tests", "--no-match-coverage", NOT_COVERED]
    if match_path:
        args += ["--match-path", match_path]
    ran = run(args, profile="coverage", timeout=timeout)
    if ran.timed_out:
        raise Failed(f"forge coverage did not finish in {timeout:.0f} s.")
    passed, failed, _ = closing_counts(ran.output)
    if ran.code != 0 or failed or not passed or not report.exists():
        raise Failed(f"forge coverage: {passed} tests passed, {failed} failed, exit code {ran.code}.")
    files = parse(report.read_text())
    print("\n".join(describe(files)))
    # A file without a single executable line (only constants) has no record.
    unseen = [str(path) for path in our_sources() if path not in files and "function " in (ROOT / path).read_text()]
    if unseen:
        raise Failed(f"coverage: no test reaches {', '.join(unseen)}.")
    partial = [str(path) for path, cover in files.items() if cover.missed_lines() or cover.missed_branches()]
    if partial:
        raise Failed(f"coverage: below 100 % in {', '.join(sorted(partial))}: test what is listed above.")
    lines = sum(len(cover.lines) for cover in files.values())
    branches = sum(len(cover.branches) for cover in files.values())
    return f"coverage: 100 % of {lines} lines and {branches} branches in {len(files)} files"
