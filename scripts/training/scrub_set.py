"""The messages of backend/fairsignal/data/scrub, and what the scrubber makes of them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fairsignal.domain.signals import Message
from fairsignal.pipeline.scrub import scrub

__all__ = ["HALVES", "KINDS", "ScrubMessage", "Span", "missed_spans", "read_scrub_set", "scrubbed"]

HALVES = ("develop", "check")
KINDS = ("email", "phone", "iban", "card", "id", "address", "url", "secret")
_MARK = re.compile(rf"⟦({'|'.join(KINDS)}):([^⟦⟧]+)⟧")
_PLACEHOLDER = re.compile(r"\[(?:email|phone|iban|card|id|address|url|secret|handle|network|number|date)\]")


@dataclass(frozen=True, slots=True)
class Span:
    """Personal data at ``text[start:end]``."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ScrubMessage:
    """One message; clean ones have no spans."""

    text: str
    language: str
    half: str
    spans: tuple[Span, ...]


def read_scrub_set(folder: Path) -> list[ScrubMessage]:
    """All messages in the order of file names and lines, without repeats.

    Raises:
        ValueError: a mark that is not as the README describes, or marks in a clean message and none in another.
    """
    messages: dict[str, ScrubMessage] = {}
    for path in sorted(folder.glob("*_*.txt")):
        part, language = path.stem.split("_")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            message = _parsed(line, language)
            if bool(message.spans) != (part == "personal") or set(message.text) & set("⟦⟧"):
                raise ValueError(f"{path.name}:{number}: {line}")
            messages.setdefault(message.text, message)
    return list(messages.values())


def _parsed(line: str, language: str) -> ScrubMessage:
    text, spans, end = "", [], 0
    for mark in _MARK.finditer(line):
        text += line[end : mark.start()]
        spans.append(Span(mark[1], len(text), len(text) + len(mark[2])))
        text += mark[2]
        end = mark.end()
    half = HALVES[hashlib.sha256(line.encode()).digest()[0] % 2]
    return ScrubMessage(text + line[end:], language, half, tuple(spans))


def scrubbed(text: str) -> str:
    """As the pipeline does it, which has to find out the language, too."""
    return scrub(Message("m", "c", 0, text)).full_text


def missed_spans(message: ScrubMessage) -> list[Span]:
    """Spans of which at least one letter or digit survives."""
    removed = {place for start, end in _removed(message.text, scrubbed(message.text)) for place in range(start, end)}
    return [
        span
        for span in message.spans
        if any(message.text[place].isalnum() and place not in removed for place in range(span.start, span.end))
    ]


def _removed(before: str, after: str) -> Iterator[tuple[int, int]]:
    """Which parts of ``before`` became placeholders."""
    pattern = "(.+?)".join(map(re.escape, _PLACEHOLDER.split(after)))
    match = re.fullmatch(pattern, before, re.DOTALL)
    if match is None:
        raise ValueError(f"the scrubber did more than replacing: {before!r} -> {after!r}")
    yield from (match.span(group) for group in range(1, len(match.groups()) + 1))
