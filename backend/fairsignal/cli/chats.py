"""``fairsignal import`` and ``fairsignal extract``: what a chat export says, told on this machine."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.table import Table

from fairsignal.cli.console import console, progress
from fairsignal.domain.categories import BY_SLUG
from fairsignal.domain.consent import categories_mask
from fairsignal.domain.errors import BadInput
from fairsignal.domain.hpke import public_key_of
from fairsignal.domain.signals import Message, ScreenedProfile
from fairsignal.pipeline.importers import read_chats

if TYPE_CHECKING:
    from fairsignal.cli.api_client import ApiClient

__all__ = ["extract", "extract_profile", "import_chats", "print_profile", "send_chats"]

_FILE = typer.Argument(..., help="ChatGPT conversations.json (or the export's zip), or OpenAI-format JSONL.")


def import_chats(
    file: Path = _FILE,
    to: str = typer.Option("", "--to", help="URL of an operator's backend: seal and attest the profile there."),
    subject: str = typer.Option("", help="Your address; needed with --to."),
    key_file: Path = typer.Option(
        Path("fairsignal-recovery.json"), help="Your recovery file; made if missing. It opens your own copy."
    ),
    yes: bool = typer.Option(False, "--yes", help="Do not ask before sending."),
    as_json: bool = typer.Option(False, "--json", help="Machine-readable."),
) -> None:
    """Read a chat export, show which signals it gives, and with --to have the operator seal and attest them.

    Without --to nothing leaves this machine and nothing is stored.
    """
    if to and not subject:
        raise BadInput("--to needs --subject.", remedy="Give the address that consented.", code="no-subject")
    messages = _read(file)
    if not to:
        _say_what_is_in(file, messages, as_json)
        return
    profile = extract_profile(messages)
    if not as_json:
        print_profile(profile)
    if not yes and not typer.confirm(f"Send these {len(messages)} messages to {to} to be sealed?"):
        raise typer.Exit(1)
    sealed = asyncio.run(_send(to, subject, _subject_key(key_file), messages))
    if as_json:
        console.print_json(json.dumps(sealed))
        return
    console.print(f"sealed as {sealed['cid']} (version {sealed['version']}), attested in {sealed['tx_hash']}")
    console.print(f"[bold]Keep {key_file}[/]: it alone opens your own copy.", soft_wrap=True)


def _say_what_is_in(file: Path, messages: list[Message], as_json: bool) -> None:
    conversations = len({message.conversation for message in messages})
    times = [message.sent_at for message in messages if message.sent_at]
    first, last = min(times, default=0), max(times, default=0)
    if as_json:
        summary = {"messages": len(messages), "conversations": conversations, "first": first, "last": last}
        console.print_json(json.dumps(summary))
        return
    console.print(f"{file}: {len(messages)} own messages in {conversations} conversations", soft_wrap=True)
    console.print(f"from {_day(first)} to {_day(last)}")
    console.print("Next: `fairsignal extract FILE --explain` shows which signals they give, and which are dropped.")


def _subject_key(path: Path) -> bytes:
    """The person's X25519 key from its recovery file, made at the first use."""
    from fairsignal.bootstrap import load_or_create_recovery_file

    return load_or_create_recovery_file(path)


async def _send(url: str, subject: str, key: bytes, messages: list[Message]) -> dict[str, Any]:
    from fairsignal.cli.api_client import ApiClient

    async with ApiClient(url) as api:
        return await send_chats(api, subject, public_key_of(key), messages)


async def send_chats(api: ApiClient, subject: str, subject_key: bytes, messages: Iterable[Message]) -> dict[str, Any]:
    """Hand own messages to an operator's backend; -> what became of them (``ChatsResponse``).

    Args:
        subject_key: X25519 public key that the person's own copy is sealed to, 32 bytes.
    """
    chats: dict[str, list[dict[str, Any]]] = {}
    for message in messages:
        turn = {"role": "user", "content": message.text, "created": message.sent_at}
        chats.setdefault(message.conversation, []).append(turn)
    body = {
        "subject": subject,
        "subject_key": "0x" + subject_key.hex(),
        "chats": [{"id": conversation, "messages": turns} for conversation, turns in chats.items()],
    }
    return await api.post("/v1/chats", body)


def extract(
    file: Path = _FILE,
    only: list[str] = typer.Option([], help="Extract only these categories (repeatable)."),
    as_json: bool = typer.Option(False, "--json", help="Machine-readable."),
    explain: bool = typer.Option(False, "--explain", help="Say which messages led to what, and what was dropped."),
) -> None:
    """Extract one person's screened interests from an export, on this machine."""
    categories_mask(only)
    messages = _read(file)
    profile = extract_profile(messages, only)
    if as_json:
        console.print_json(json.dumps(_as_json(profile, explain)))
        return
    print_profile(profile)
    if explain:
        _print_explanation(profile, messages)


def _read(file: Path) -> list[Message]:
    with progress() as bar:
        task = bar.add_task("reading", total=None)
        messages = []
        for message in read_chats(file):
            messages.append(message)
            bar.advance(task)
    return messages


def extract_profile(messages: Iterable[Message], only: Iterable[str] = ()) -> ScreenedProfile:
    """Extract with a progress bar; ``only`` empty means every interest category."""
    from fairsignal.bootstrap import open_extractor

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
            BY_SLUG[signal.slug].en, f"{signal.score:.2f}", str(signal.evidence), signal.intent, _day(signal.last_seen)
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


def _as_json(profile: ScreenedProfile, explain: bool) -> dict[str, object]:
    document: dict[str, object] = {
        "signals": [
            {
                "category": signal.slug,
                "score": round(signal.score, 4),
                "evidence": signal.evidence,
                "first_seen": signal.first_seen,
                "last_seen": signal.last_seen,
                "intent": str(signal.intent),
                "language": signal.language,
            }
            for signal in profile.signals
        ],
        "messages": profile.report.messages,
        "used": profile.report.used,
        "dropped": dict(profile.report.dropped),
        "personal_data": dict(profile.report.personal_data),
        "model": profile.report.model_id,
    }
    if explain:
        document["evidence"] = {evidence.slug: list(evidence.message_ids) for evidence in profile.evidence}
        document["dropped_messages"] = [{"id": d.message_id, "rule": d.rule} for d in profile.dropped]
    return document


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).date().isoformat() if seconds else "-"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 100 else line[:99] + "…"
