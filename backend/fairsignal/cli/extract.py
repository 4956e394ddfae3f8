"""``fairsignal extract``: which signals chat exports give, told on this machine."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import typer
from rich.table import Table

from fairsignal.cli.console import console, day, errors, progress
from fairsignal.cli.output import opened
from fairsignal.domain.categories import BY_SLUG
from fairsignal.domain.consent import categories_mask
from fairsignal.domain.errors import BadInput
from fairsignal.domain.signals import Message, ScreenedProfile
from fairsignal.pipeline.extract_files import Engine, extract_files
from fairsignal.pipeline.importers import read_chats
from fairsignal.pipeline.profile_json import profile_as_json

__all__ = ["NAME", "SOURCES", "extract", "extract_profile", "print_profile", "read_messages"]

SOURCES = typer.Option(
    ..., "--in", help="Export: file, zip or folder (ChatGPT, Claude, Meta, WhatsApp, OpenAI format). Repeatable."
)
NAME = typer.Option("", "--name", help="Your name as it stands in the chats; WhatsApp needs it, Meta sometimes.")


def extract(
    sources: list[Path] = SOURCES,
    name: str = NAME,
    only: list[str] = typer.Option([], help="Extract only these categories (repeatable)."),
    as_json: bool = typer.Option(False, "--json", help="Machine-readable."),
    explain: bool = typer.Option(False, "--explain", help="Say which messages led to what, and what was dropped."),
    each: bool = typer.Option(False, "--each", help="Every --in is another person: one JSON line each."),
    out: Path = typer.Option(Path("-"), "--out", help="Where --each writes; - for the screen."),
    engine: Engine = typer.Option("local", help="For --each: local, or ray for many workers."),
    workers: int = typer.Option(0, min=0, help="For --engine ray; 0 for one per core."),
    ray_address: str = typer.Option("local", help="A running Ray cluster, instead of one on this machine."),
) -> None:
    """Extract screened interests from exports, on this machine.

    All --in together are one person's, such as the parts of a split export. With --each they are one person each.
    """
    categories_mask(only)
    if each:
        _extract_each(sources, name, only, explain, out, engine, workers, ray_address)
        return
    if engine != "local":
        raise BadInput("--engine ray works on many people.", remedy="Add --each.", code="engine-needs-each")
    messages = read_messages(sources, name)
    profile = extract_profile(messages, only)
    if as_json:
        console.print_json(json.dumps(profile_as_json(profile, explain=explain)))
        return
    print_profile(profile)
    if explain:
        _print_explanation(profile, messages)


def _extract_each(
    sources: Sequence[Path],
    name: str,
    only: Sequence[str],
    explain: bool,
    out: Path,
    engine: Engine,
    workers: int,
    address: str,
) -> None:
    from fairsignal.bootstrap.models import extractor_factory

    failed = 0
    with progress() as bar, opened(out) as file:
        task = bar.add_task("extracting", total=len(sources))
        for record in extract_files(
            sources,
            extractor=extractor_factory(),
            now=int(time.time()),
            engine=engine,
            allowed=list(only) or None,
            own_name=name or None,
            explain=explain,
            workers=workers or None,
            address=address,
            progress=lambda done: bar.update(task, completed=done),
        ):
            file.write(json.dumps(record.as_json(), ensure_ascii=False) + "\n")
            failed += record.error is not None
    errors.print(f"{len(sources) - failed} of {len(sources)} exports extracted, {failed} failed")
    if failed:
        raise typer.Exit(1)


def read_messages(sources: Iterable[Path], name: str) -> list[Message]:
    """The person's own messages, with a progress bar."""
    with progress() as bar:
        task = bar.add_task("reading", total=None)
        messages = []
        for message in read_chats(sources, name or None):
            messages.append(message)
            bar.advance(task)
    return messages


def extract_profile(messages: Iterable[Message], only: Iterable[str] = ()) -> ScreenedProfile:
    """Extract with a progress bar; ``only`` empty means every interest category."""
    from fairsignal.bootstrap.models import open_extractor

    messages = list(messages)
    extractor = open_extractor()
    with progress() as bar:
        task = bar.add_task("extracting", total=len(messages))
        return extractor.extract(
            messages,
            now=int(time.time()),
            allowed=list(only) or None,
            progress=lambda done: bar.update(task, completed=done),
        )


def print_profile(profile: ScreenedProfile) -> None:
    """The signals as a table, and what was dropped for which rule."""
    table = Table("signal", "score", "messages", "intent", "last seen", title_justify="left")
    for signal in profile.signals:
        table.add_row(
            BY_SLUG[signal.slug].en, f"{signal.score:.2f}", str(signal.evidence), signal.intent, day(signal.last_seen)
        )
    console.print(table if profile.signals else "No signal: nothing was said twice, or everything was screened out.")
    report = profile.report
    dropped = ", ".join(f"{count} {rule}" for rule, count in report.dropped.items()) or "none"
    removed = ", ".join(f"{count} {kind}" for kind, count in report.personal_data.items()) or "none"
    console.print(f"read {report.messages} messages; dropped: {dropped}; personal data removed: {removed}")


def _print_explanation(profile: ScreenedProfile, messages: list[Message]) -> None:
    texts = {message.id: message.text for message in messages}
    for evidence in profile.evidence:
        console.print(f"\n[bold]{BY_SLUG[evidence.slug].en}[/] because of:")
        for message_id in evidence.message_ids:
            console.print(f"  - {_short(texts[message_id])}", markup=False)
    rules = Counter(dropped.rule for dropped in profile.dropped)
    for rule, _ in rules.most_common():
        console.print(f"\n[bold]dropped[/] ({rule}):")
        for dropped in profile.dropped:
            if dropped.rule == rule:
                console.print(f"  - {_short(texts[dropped.message_id])}", markup=False)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 100 else line[:99] + "…"
