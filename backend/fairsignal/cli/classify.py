"""``fairsignal classify``: what the model says of single messages, for checking it against labels."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from fairsignal.cli.console import errors, progress
from fairsignal.cli.output import opened
from fairsignal.domain.errors import BadInput
from fairsignal.domain.signals import Message, Reading

__all__ = ["classify"]

_LONGEST_LINE = 1_000_000
"""Letters; a longer line is no chat message, and reading it would take memory without bound."""


def classify(
    source: Path = typer.Option(..., "--in", help='JSON lines {"id", "text"}, optionally "lang" (ISO 639-1).'),
    out: Path = typer.Option(Path("-"), "--out", help="Where to write one JSON line per message; - for the screen."),
) -> None:
    """Judge message by message: interests, sensitive classes, whether it is blocked and why, and intent.

    This is for checking the model. Single messages are judged as they stand; the rules that need a whole
    conversation, and the one that asks for two messages per signal, are those of `fairsignal extract`.
    """
    from fairsignal.bootstrap.models import open_extractor

    extractor = open_extractor()
    count = blocked = 0
    with progress() as bar, opened(out) as file:
        task = bar.add_task("classifying", total=None)
        for reading in extractor.read(_messages(source)):
            file.write(json.dumps(_as_json(reading), ensure_ascii=False) + "\n")
            count += 1
            blocked += reading.blocked
            bar.advance(task)
    errors.print(f"{count} messages, {blocked} blocked; model {extractor.model_id}", soft_wrap=True)


def _messages(source: Path) -> Iterator[Message]:
    if not source.is_file():
        raise BadInput(f"{source} is no file.", remedy='Give a file of JSON lines {"id", "text"}.', code="no-file")
    seen: set[str] = set()
    with source.open(encoding="utf-8", errors="strict") as lines:
        number = 0
        while True:
            number += 1
            try:
                line = lines.readline(_LONGEST_LINE + 1)
            except UnicodeDecodeError:
                raise _bad(source, number, "is not UTF-8") from None
            if not line:
                return
            if len(line) > _LONGEST_LINE:
                raise _bad(source, number, f"has more than {_LONGEST_LINE} letters")
            if not line.strip():
                continue
            message = _message(source, number, line)
            if message.id in seen:
                raise _bad(source, number, "repeats an id")
            seen.add(message.id)
            yield message


def _message(source: Path, number: int, line: str) -> Message:
    try:
        value: Any = json.loads(line.removeprefix("\ufeff") if number == 1 else line)
    except (ValueError, RecursionError):
        raise _bad(source, number, "is no JSON") from None
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        raise _bad(source, number, 'is no object with a string "text"')
    name, language = value.get("id"), value.get("lang")
    if isinstance(name, bool) or not isinstance(name, str | int):
        raise _bad(source, number, 'has no "id" (a string or a number)')
    if language is None:
        language = ""
    if not isinstance(language, str) or (language and not language[:2].isalpha()):
        raise _bad(source, number, 'has a "lang" that is no ISO 639-1 code')
    return Message(id=str(name), conversation=str(number), sent_at=0, text=value["text"], language=language[:2].lower())


def _bad(source: Path, number: int, rule: str) -> BadInput:
    return BadInput(
        f"{source}:{number} {rule}.",
        remedy='Each line is one JSON object such as {"id": "1", "text": "any good hikes near Graz?", "lang": "en"}.',
        code="bad-line",
    )


def _as_json(reading: Reading) -> dict[str, object]:
    flagged = {reason.split(":", 1)[1] for reason in reading.reasons}
    return {
        "id": reading.message_id,
        "language": reading.language,
        "interests": [{"slug": slug, "score": score} for slug, score in _by_score(reading.interests.items())],
        "sensitive": [
            {"class": slug, "score": score}
            for slug, score in _by_score((slug, score) for slug, score in reading.sensitive.items() if slug in flagged)
        ],
        "blocked": reading.blocked,
        "reasons": list(reading.reasons),
        "intent": str(reading.intent),
    }


def _by_score(items: Any) -> list[tuple[str, float]]:
    return sorted(items, key=lambda item: (-item[1], item[0]))
