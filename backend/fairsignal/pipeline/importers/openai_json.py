"""OpenAI-format JSON: a list of ``{"messages": [{"role", "content"}], "id"?, "created"?}``, one such object, or a bare
list of messages, which is one conversation. ``openai_jsonl`` reads the same one to a line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from fairsignal.domain.signals import Message
from fairsignal.pipeline.importers.formats import Claim
from fairsignal.pipeline.importers.head import Head
from fairsignal.pipeline.importers.json_events import (
    Event,
    items,
    json_events,
    members,
    skip_value,
    text_parts,
    unexpected,
)
from fairsignal.pipeline.importers.source import Source, located
from fairsignal.pipeline.importers.times import unix_seconds

__all__ = ["OpenAiJson"]

_MESSAGE = frozenset({"role", "content"})


@dataclass(slots=True)
class _Record:
    id: str = ""
    created: int = 0
    texts: list[tuple[int, str]] = field(default_factory=list)
    """(position, text) of own messages."""


class OpenAiJson:
    """The format in which API logs are kept when they are not kept as JSONL."""

    title = "OpenAI-format JSON"

    def claim(self, name: str) -> Claim:
        return Claim.MAYBE if name.lower().endswith(".json") else Claim.NONE

    def sniff(self, head: Head) -> bool:
        has_records = {"messages.role", "messages.content"} <= head.keys
        if head.container == "array":
            return has_records or head.keys >= _MESSAGE
        return head.container == "object" and has_records and not head.is_one_json_a_line

    def read(self, sources: Sequence[Source], own_name: str | None) -> Iterator[Message]:  # noqa: ARG002 - roles tell
        """Own messages, conversation by conversation; one conversation's own text is in memory."""
        number = 0
        for source in sources:
            with located(source), source.open() as stream:
                for record in _records(json_events(stream)):
                    number += 1
                    conversation = record.id or f"record-{number}"
                    for index, text in record.texts:
                        identity = f"{conversation}:{number}:{index}"
                        yield Message(id=identity, conversation=conversation, sent_at=record.created, text=text)


def _records(events: Iterator[Event]) -> Iterator[_Record]:
    first, _ = next(events)
    bare = _Record()
    if first == "start_map":
        yield _record(events, 1)
    else:
        for number, (event, _) in enumerate(items(events), start=1):
            if event != "start_map":
                raise unexpected(f"Item {number} of the list is not an object")
            record = _record(events, number, bare)
            if record is not bare:
                yield record
    for _ in events:  # Whatever follows is an error, which only reading on finds.
        pass
    if bare.texts:
        yield bare


def _record(events: Iterator[Event], number: int, bare: _Record | None = None) -> _Record:
    """A conversation; or ``bare``, with the message added to it that the object turned out to be."""
    record = _Record()
    message = _OpenMessage()
    has_messages = False
    for key, event, value in members(events):
        if key == "messages" and event == "start_array":
            has_messages = True
            for index, (item, _) in enumerate(items(events)):
                if item != "start_map":
                    raise unexpected(f"A message of item {number} is not an object")
                inner = _OpenMessage()
                for name, first, scalar in members(events):
                    inner.take(name, first, scalar, events)
                if inner.is_own:
                    record.texts.append((index, inner.text))
        elif key == "id" and event == "string":
            record.id = value
        elif key == "created" and event == "number":
            record.created = unix_seconds(value)
        elif bare is not None:
            message.take(key, event, value, events)
        else:
            skip_value(events, event)
    if has_messages:
        return record
    if bare is None or not message.role:
        raise unexpected(f'Item {number} has no list of "messages"')
    if message.is_own:
        bare.texts.append((number - 1, message.text))
    return bare


@dataclass(slots=True)
class _OpenMessage:
    """A message while its members are being read, in whatever order."""

    role: str = ""
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.parts)

    @property
    def is_own(self) -> bool:
        return self.role == "user" and bool(self.text.strip())

    def take(self, key: str, event: str, value: object, events: Iterator[Event]) -> None:
        if key == "role" and event == "string":
            self.role = str(value)
        elif key == "content" and event == "string":
            self.parts.append(str(value))
        elif key == "content" and event == "start_array":
            for item, _ in items(events):
                if item == "start_map":
                    self.parts.extend(text_parts(events))
                else:
                    skip_value(events, item)
        else:
            skip_value(events, event)
