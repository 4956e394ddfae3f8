"""The three generated tables say the same."""

import json
import re
from pathlib import Path

import pytest

from fairsignal.domain.categories import BY_SLUG, INTERESTS, PROHIBITED, PROHIBITED_MASK, Category

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(("name", "table"), [("INTERESTS", INTERESTS), ("PROHIBITED", PROHIBITED)])
def test_typescript_has_the_same_rows(name: str, table: tuple[Category, ...]) -> None:
    source = (ROOT / "web/src/generated/categories.ts").read_text("utf-8")
    listed = re.search(rf"{name} = \[\n(.*?)\n\] as const", source, re.DOTALL)
    assert listed is not None
    rows = [json.loads(line.strip().rstrip(",")) for line in listed[1].splitlines()]
    assert [(row["bit"], row["slug"], row["en"], row["de"]) for row in rows] == [
        (item.bit, item.slug, item.en, item.de) for item in table
    ]


def test_solidity_has_the_same_bits() -> None:
    source = (ROOT / "contracts/lib/Categories.sol").read_text("utf-8")
    bits = {slug.lower(): int(bit) for slug, bit in re.findall(r"uint8 internal constant (\w+) += (\d+);", source)}
    assert bits == {slug: item.bit for slug, item in BY_SLUG.items()}


def test_no_interest_is_in_the_range_that_no_consent_unlocks() -> None:
    assert not sum(1 << item.bit for item in INTERESTS) & PROHIBITED_MASK
    assert all(PROHIBITED_MASK >> item.bit & 1 for item in PROHIBITED)
