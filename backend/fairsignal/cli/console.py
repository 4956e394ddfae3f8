"""Consoles and small renderers shared by the commands."""

from __future__ import annotations

from datetime import UTC, datetime

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from fairsignal.domain.errors import FairsignalError

__all__ = ["console", "day", "errors", "money", "print_error", "progress"]

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def money(base_units: int, decimals: int, symbol: str = "") -> str:
    """An exact amount: ``money(35_000, 6, "tUSD") == "0.035 tUSD"``."""
    whole, fraction = divmod(base_units, 10**decimals)
    digits = str(fraction).rjust(decimals, "0").rstrip("0")
    return f"{whole:,}{'.' + digits if digits else ''}{' ' + symbol if symbol else ''}"


def day(seconds: int) -> str:
    """The UTC day of a time in Unix seconds; a dash when it is not known."""
    return datetime.fromtimestamp(seconds, tz=UTC).date().isoformat() if seconds else "-"


def progress() -> Progress:
    """A bar for work that takes a while; it goes to stderr, so that ``--json`` output stays clean."""
    return Progress(
        TextColumn("  {task.description}"),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=errors,
        transient=True,
        disable=not errors.is_terminal,
    )


def print_error(error: FairsignalError) -> None:
    """What broke and what to do about it, on stderr."""
    errors.print("[bold red]error[/]", escape(f"[{error.code}] {error.message}"), soft_wrap=True)
    if error.remedy:
        errors.print("[bold]remedy[/]", escape(error.remedy), soft_wrap=True)
