"""``fairsignal categories``: what can be consented to, and what never can."""

from __future__ import annotations

import json

import typer
from rich.table import Table

from fairsignal.cli.console import console
from fairsignal.domain.categories import INTERESTS, PROHIBITED

__all__ = ["categories"]


def categories(as_json: bool = typer.Option(False, "--json", help="Machine-readable.")) -> None:
    """List the interest categories with their IAB ids, and the prohibited classes."""
    if as_json:
        rows = [
            {"bit": c.bit, "slug": c.slug, "en": c.en, "de": c.de, "audience": c.audience, "content": c.content}
            for c in INTERESTS
        ]
        prohibited = [{"bit": c.bit, "slug": c.slug, "en": c.en, "de": c.de} for c in PROHIBITED]
        console.print_json(json.dumps({"interests": rows, "prohibited": prohibited}))
        return
    table = Table("bit", "slug", "English", "Deutsch", "IAB audience", "IAB content")
    for c in INTERESTS:
        table.add_row(str(c.bit), c.slug, c.en, c.de, c.audience, c.content)
    console.print(table)
    console.print(f"Never: {', '.join(c.en for c in PROHIBITED)}. The contract reverts whoever signs.")
