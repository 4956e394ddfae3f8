"""What chats become on their way to a profile. Each stage has a type of its own, so that an unscreened profile
cannot be sealed and an unsealed one cannot be published: it would not type-check.

    Message -> ScrubbedMessage -> Reading -> ScreenedProfile -> SealedProfile
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = [
    "Dropped",
    "Evidence",
    "ExtractionReport",
    "Intent",
    "Message",
    "Reading",
    "ScreenedProfile",
    "ScrubbedMessage",
    "Signal",
]


class Intent(StrEnum):
    """How far a person is from buying, as one message or one signal shows it."""

    EXPLORING = "exploring"
    COMPARING = "comparing"
    READY = "ready"
    OWNS = "owns"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Message:
    """One message that the person wrote. The text is never shown in ``repr``, logs or errors."""

    id: str
    conversation: str
    sent_at: int
    """Unix seconds; 0 when the export does not say."""
    text: str = field(repr=False)
    language: str = ""
    """ISO 639-1 when the source says so; empty to have it identified."""


@dataclass(frozen=True, slots=True)
class ScrubbedMessage:
    """A message with personal data replaced by neutral words and negated clauses removed."""

    id: str
    conversation: str
    sent_at: int
    text: str = field(repr=False)
    full_text: str = field(repr=False)
    """The same with the negated clauses kept: what the screen reads, since "I never go to church" is sensitive too."""
    language: str
    """ISO 639-1, or ``und`` when it cannot be told."""
    removed: Mapping[str, int] = field(default_factory=dict)
    """Kind of personal data (``email``, ``phone``, ``iban`` ...) -> how many were removed."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the classifier says of one message, before anything is decided over a whole conversation."""

    message_id: str
    conversation: str
    sent_at: int
    language: str
    interests: Mapping[str, float]
    """Slug -> score in 0..1, only those at or above the interest's threshold."""
    sensitive: Mapping[str, float]
    """Prohibited class -> score in 0..1, all seven."""
    blocked: bool
    """True when the message is too close to a prohibited class to be used at all."""
    reasons: tuple[str, ...]
    intent: Intent


@dataclass(frozen=True, slots=True)
class Dropped:
    """A message that was not used, and the rule that said so (never its text)."""

    message_id: str
    rule: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Which messages led to a signal; stays on the machine that did the extraction."""

    slug: str
    message_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signal:
    """An interest of one person: what advertisers pay for. Never chat text."""

    slug: str
    score: float
    """0..1, decayed with the age of the evidence."""
    evidence: int
    """Number of distinct messages behind it, at least two."""
    first_seen: int
    """Unix seconds, UTC day granularity."""
    last_seen: int
    """Unix seconds, UTC day granularity."""
    intent: Intent
    language: str


@dataclass(frozen=True, slots=True)
class ExtractionReport:
    """What was read and what was dropped for which rule; counts only, safe to log."""

    messages: int
    used: int
    dropped: Mapping[str, int]
    """Rule -> number of messages."""
    personal_data: Mapping[str, int]
    """Kind -> number of pieces removed."""
    model_id: str


@dataclass(frozen=True, slots=True)
class ScreenedProfile:
    """A person's signals after the screen: the only thing that can be sealed. Build it with ``pipeline.aggregate``."""

    signals: tuple[Signal, ...]
    report: ExtractionReport
    evidence: tuple[Evidence, ...] = field(default=(), repr=False)
    dropped: tuple[Dropped, ...] = field(default=(), repr=False)
