"""Generate the category tables from their one source, backend/fairsignal/data/categories.toml.

    python scripts/generate.py            # rewrite what differs
    python scripts/generate.py --check    # exit 1 when something differs (CI)

Writes the Python table, the Solidity constants and the TypeScript table. Standard library only.
"""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "backend/fairsignal/data/categories.toml"
NOTE = "Generated from backend/fairsignal/data/categories.toml by `make generate`; do not edit."
FIRST_PROHIBITED_BIT = 112
BITS = 128


def load() -> tuple[list[dict], list[dict]]:
    """Read and check the table: unique slugs and bits, interests below bit 112, prohibited from there on."""
    table = tomllib.loads(SOURCE.read_text("utf-8"))
    interests, prohibited = table["interest"], table["prohibited"]
    rows = interests + prohibited
    for key in ("bit", "slug"):
        values = [row[key] for row in rows]
        if len(set(values)) != len(values):
            sys.exit(f"categories.toml: a {key} is used twice")
    if [row["bit"] for row in interests] != list(range(len(interests))):
        sys.exit("categories.toml: interest bits must count up from 0; bits never move")
    if not all(FIRST_PROHIBITED_BIT <= row["bit"] < BITS for row in prohibited):
        sys.exit(f"categories.toml: prohibited bits lie in {FIRST_PROHIBITED_BIT}..{BITS - 1}")
    return interests, prohibited


def python_table(interests: list[dict], prohibited: list[dict]) -> str:
    lines = [
        f'"""The category table. {NOTE}',
        "",
        "IAB ids: Audience Taxonomy 1.1 (segtax 4) and Content Taxonomy 3.0 (segtax 7), CC BY 3.0, (c) IAB Tech Lab.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        "from dataclasses import dataclass",
        "",
        '__all__ = ["BY_BIT", "BY_SLUG", "INTERESTS", "PROHIBITED", "PROHIBITED_MASK", "Category"]',
        "",
        "",
        "@dataclass(frozen=True, slots=True)",
        "class Category:",
        '    """One interest that can be consented to, or one prohibited class that cannot."""',
        "",
        "    bit: int",
        '    """Position in consent and campaign bitmaps, 0..127; never moves."""',
        "    slug: str",
        "    en: str",
        "    de: str",
        '    audience: str = ""',
        '    """Id in the IAB Audience Taxonomy 1.1."""',
        '    content: str = ""',
        '    """Id in the IAB Content Taxonomy 3.0."""',
        "",
        "",
        "INTERESTS: tuple[Category, ...] = (",
        *(
            f'    Category({r["bit"]}, "{r["slug"]}", "{r["en"]}", "{r["de"]}", "{r["audience"]}", "{r["content"]}"),'
            for r in interests
        ),
        ")",
        "",
        "PROHIBITED: tuple[Category, ...] = (",
        *(f'    Category({r["bit"]}, "{r["slug"]}", "{r["en"]}", "{r["de"]}"),' for r in prohibited),
        ")",
        "",
        f"PROHIBITED_MASK = 0x{prohibited_mask():032X}",
        f'"""Bits {FIRST_PROHIBITED_BIT}..{BITS - 1}, the reserved ones among them: no consent can unlock them."""',
        "",
        "BY_SLUG = {category.slug: category for category in INTERESTS + PROHIBITED}",
        "BY_BIT = {category.bit: category for category in INTERESTS + PROHIBITED}",
        "",
    ]
    return "\n".join(lines)


def prohibited_mask() -> int:
    return ((1 << BITS) - 1) ^ ((1 << FIRST_PROHIBITED_BIT) - 1)


def solidity_table(interests: list[dict], prohibited: list[dict]) -> str:
    width = max(len(row["slug"]) for row in interests + prohibited)
    lines = [
        "// SPDX-License-Identifier: Apache-2.0",
        "pragma solidity 0.8.30;",
        "",
        "/// @title Categories",
        f"/// @notice {NOTE}",
        "/// Bit positions of the interest categories and of the prohibited classes in 128-bit category bitmaps.",
        "library Categories {",
        f"    /// @notice Bits {FIRST_PROHIBITED_BIT}..{BITS - 1}: no consent can unlock them, whoever signs.",
        f"    uint128 internal constant PROHIBITED = {prohibited_mask():#034x};",
        "",
        *(f"    uint8 internal constant {r['slug'].upper().ljust(width)} = {r['bit']};" for r in interests),
        "",
        *(f"    uint8 internal constant {r['slug'].upper().ljust(width)} = {r['bit']};" for r in prohibited),
        "}",
        "",
    ]
    return "\n".join(lines)


def typescript_table(interests: list[dict], prohibited: list[dict]) -> str:
    def row(item: dict) -> str:
        fields = {key: item[key] for key in ("bit", "slug", "en", "de", "audience", "content") if key in item}
        return "  " + json.dumps(fields, ensure_ascii=False) + ","

    lines = [
        f"// {NOTE}",
        "// IAB ids: Audience Taxonomy 1.1 (segtax 4), Content Taxonomy 3.0 (segtax 7), CC BY 3.0, (c) IAB Tech Lab.",
        "",
        "/** One interest that can be consented to: `bit` is its position in 128-bit consent and campaign bitmaps. */",
        "export const INTERESTS = [",
        *(row(item) for item in interests),
        "] as const;",
        "",
        "/** Classes that no consent can unlock. */",
        "export const PROHIBITED = [",
        *(row(item) for item in prohibited),
        "] as const;",
        "",
        f"/** Bits {FIRST_PROHIBITED_BIT}..{BITS - 1}, the reserved ones among them. */",
        f"export const PROHIBITED_MASK = 0x{prohibited_mask():032x}n;",
        "",
        'export type Interest = (typeof INTERESTS)[number]["slug"];',
        'export type ProhibitedClass = (typeof PROHIBITED)[number]["slug"];',
        "",
    ]
    return "\n".join(lines)


def main(check: bool) -> int:
    tables = load()
    outputs = {
        ROOT / "backend/fairsignal/domain/categories.py": python_table(*tables),
        ROOT / "contracts/lib/Categories.sol": solidity_table(*tables),
        ROOT / "web/src/generated/categories.ts": typescript_table(*tables),
    }
    stale = [path for path, text in outputs.items() if not path.exists() or path.read_text("utf-8") != text]
    for path in stale:
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(outputs[path], "utf-8")
        print(f"{'differs' if check else 'written'}: {path.relative_to(ROOT)}")
    if check and stale:
        print("run `make generate` and commit the result")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
