"""The labelled messages, as backend/fairsignal/data/messages/README.md describes them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from fairsignal.domain.categories import INTERESTS, PROHIBITED
from fairsignal.domain.signals import Intent

__all__ = ["Labelled", "read_messages", "read_splits"]

_INTERESTS = {item.slug for item in INTERESTS}
_PROHIBITED = {item.slug for item in PROHIBITED}
_INTENTS = {"-": Intent.NONE, **{item.value: item for item in Intent if item is not Intent.NONE}}


@dataclass(frozen=True, slots=True)
class Labelled:
    """One message and what it says."""

    voice: str
    language: str
    text: str
    interests: frozenset[str]
    sensitive: frozenset[str]
    is_implicit: bool
    """Sensitive, and said openly of no class."""
    near_misses: frozenset[str]
    intent: Intent


def read_messages(folder: Path) -> list[Labelled]:
    """All messages in the order of file names and lines, without repeats.

    Raises:
        ValueError: a line does not follow the format; says which.
    """
    messages: dict[str, Labelled] = {}
    for path in sorted(folder.glob("*.txt")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            if not line.strip() or line.startswith(("#", "interests |")):
                continue
            message = _parsed(path.stem, line, f"{path.name}:{number}")
            messages.setdefault(message.text, message)
    return list(messages.values())


def read_splits(path: Path) -> dict[str, str]:
    """Voice -> ``train``, ``tune`` or ``test``."""
    table = tomllib.loads(path.read_text("utf-8"))
    return {voice: part for part in ("train", "tune", "test") for voice in table[part]}


def _parsed(voice: str, line: str, place: str) -> Labelled:
    fields = [item.strip() for item in line.split(" | ", 3)]
    if len(fields) != 4 or fields[2] not in _INTENTS:
        raise ValueError(f"{place}: not `interests | sensitive | intent | text`")
    interests = frozenset(_listed(fields[0]))
    marks = _listed(fields[1])
    near = frozenset(mark[1:] for mark in marks if mark.startswith("~"))
    sensitive = [mark for mark in marks if not mark.startswith("~")]
    classes = frozenset(mark.rstrip("*") for mark in sensitive)
    if not interests <= _INTERESTS or not classes | near <= _PROHIBITED:
        raise ValueError(f"{place}: unknown category")
    return Labelled(
        voice=voice,
        language=voice.split("_")[0],
        text=fields[3],
        interests=interests,
        sensitive=classes,
        is_implicit=bool(sensitive) and all(mark.endswith("*") for mark in sensitive),
        near_misses=near,
        intent=_INTENTS[fields[2]],
    )


def _listed(field: str) -> list[str]:
    return [] if field == "-" else [item.strip() for item in field.split(",")]
