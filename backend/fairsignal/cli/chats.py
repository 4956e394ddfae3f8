"""``fairsignal import``: what a chat export holds, and sending it to an operator to be sealed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from fairsignal.cli.console import console, day
from fairsignal.cli.extract import NAME, SOURCES, extract_profile, print_profile, read_messages
from fairsignal.domain.errors import BadInput
from fairsignal.domain.hpke import public_key_of
from fairsignal.domain.signals import Message

if TYPE_CHECKING:
    from fairsignal.cli.api_client import ApiClient

__all__ = ["import_chats", "send_chats"]


def import_chats(
    sources: list[Path] = SOURCES,
    name: str = NAME,
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
    messages = read_messages(sources, name)
    if not to:
        _say_what_is_in(messages, as_json)
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


def _say_what_is_in(messages: list[Message], as_json: bool) -> None:
    conversations = len({message.conversation for message in messages})
    times = [message.sent_at for message in messages if message.sent_at]
    first, last = min(times, default=0), max(times, default=0)
    if as_json:
        summary = {"messages": len(messages), "conversations": conversations, "first": first, "last": last}
        console.print_json(json.dumps(summary))
        return
    console.print(f"{len(messages)} own messages in {conversations} conversations", soft_wrap=True)
    console.print(f"from {day(first)} to {day(last)}")
    console.print("Next: `fairsignal extract --in FILE --explain` shows which signals they give, and what is dropped.")


def _subject_key(path: Path) -> bytes:
    """The person's X25519 key from its recovery file, made at the first use."""
    from fairsignal.bootstrap.wallets import load_or_create_recovery_file

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
