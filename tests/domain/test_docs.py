"""The tests that the documents name exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`((?:[\w/]+\.(?:py|t\.sol))?)::(\w+)`")


def named(document: str) -> list[tuple[str, str]]:
    """(file, test); a name without a file is in the file named before."""
    found, file = [], ""
    for path, test in NAMED.findall((ROOT / "docs" / document).read_text("utf-8")):
        file = path or file
        found.append((file, test))
    return found


@pytest.mark.parametrize("document", ["permissions.md", "verification.md"])
def test_tests_named_in_a_document_exist(document: str) -> None:
    tests = named(document)
    missing = []
    for file, test in tests:
        folder = "tests" if file.startswith(("foundry/", "halmos/")) else "tests/contracts"
        path = ROOT / folder / file
        if not path.is_file() or not re.search(rf"\b(def|function) {test}\b", path.read_text("utf-8")):
            missing.append(f"{file}::{test}")
    assert len(tests) > 20
    assert missing == []


@pytest.mark.parametrize(("document", "least"), [("threat-model.md", 40), ("audit.md", 20)])
def test_tests_named_without_their_file_exist(document: str, least: int) -> None:
    wanted = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / document).read_text("utf-8")))
    sources = (path.read_text("utf-8") for path in (ROOT / "tests").rglob("*.py"))
    known = {name for source in sources for name in re.findall(r"\bdef (test_\w+)\b", source)}
    assert len(wanted) > least
    assert wanted <= known, wanted - known
