"""Mutants of a Solidity file: universalmutator's engine with our rules, other rules inside inline assembly."""

import contextlib
import hashlib
import io
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .tools import ROOT

__all__ = ["Mutant", "all_mutants", "mutants_of", "sample"]

RULES = Path(__file__).resolve().parent
STRING = re.compile(r'"[^"]*"')


@dataclass(frozen=True, slots=True)
class Mutant:
    file: str  # relative to the root
    line: int  # from 1
    original: str  # the line, without its end
    mutated: str

    def apply(self, source: str) -> str:
        lines = source.splitlines(keepends=True)
        lines[self.line - 1] = self.mutated + "\n"
        return "".join(lines)

    def key(self, source: str) -> str:
        """Names the mutant for good: another text of the file is another mutant."""
        return hashlib.sha256(f"{self.file}\0{source}\0{self.line}\0{self.mutated}".encode()).hexdigest()[:24]


def assembly_lines(lines: list[str]) -> set[int]:
    """Indices of the lines inside `assembly` blocks, by counting braces."""
    inside: set[int] = set()
    depth = 0
    for at, line in enumerate(lines):
        code = line.split("//")[0]
        if depth:
            inside.add(at)
            depth += code.count("{") - code.count("}")
        elif code.lstrip().startswith("assembly"):
            depth = code.count("{") - code.count("}")
            if depth == 0:  # all in one line
                inside.add(at)
    return inside


def engine(lines: list[str], rules: str) -> list[tuple[int, str]]:
    from universalmutator import mutator

    with contextlib.redirect_stdout(io.StringIO()):  # it talks
        found = mutator.mutants_regexp(lines, ruleFiles=[str(RULES / rules)], ignorePatterns=[])
    return [(int(line), str(text)) for line, text, *_ in found]


def mutants_of(path: Path) -> list[Mutant]:
    """In the order of the lines; the same for the same file."""
    lines = (ROOT / path).read_text().splitlines(keepends=True)
    yul = assembly_lines(lines)
    # The engine passes over blank lines, so each set of rules sees only the lines that it is for.
    solidity = engine(["\n" if at in yul else line for at, line in enumerate(lines)], "solidity.rules")
    assembly = engine([line if at in yul else "\n" for at, line in enumerate(lines)], "yul.rules")
    found = {
        Mutant(str(path), line, lines[line - 1].rstrip("\n"), text.rstrip("\n")): None
        for line, text in sorted(solidity + assembly, key=lambda item: item[0])
    }
    return [mutant for mutant in found if code_of(mutant.mutated) != code_of(mutant.original)]


def code_of(line: str) -> str:
    """Without white space, and without what stands in strings: names, versions and type strings are data."""
    return "".join(STRING.sub('""', line).split())


def all_mutants(paths: list[Path]) -> Iterator[Mutant]:
    for path in paths:
        yield from mutants_of(path)


def sample(mutants: list[Mutant], size: int) -> list[Mutant]:
    """The same `size` of them each time, in their order."""
    if size >= len(mutants):
        return mutants
    chosen = random.Random(0).sample(range(len(mutants)), size)  # noqa: S311 - repeatable, not secret
    return [mutants[at] for at in sorted(chosen)]
