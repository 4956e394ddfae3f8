"""Meta's data exports (Instagram, and Messenger in Facebook's): ``messages/inbox/<thread>/message_<N>.json``.

A thread has ``participants`` and ``messages`` (``sender_name``, ``timestamp_ms``, ``content``), newest first, at most
10,000 to a file; ``message_1.json`` is the newest. The text is UTF-8 whose bytes were each written as one character
of Latin-1. The person's own messages are those of the export's owner; see ``meta_owner``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from fairsignal.domain.signals import Message
from fairsignal.pipeline.importers.formats import Claim
from fairsignal.pipeline.importers.head import Head
from fairsignal.pipeline.importers.json_events import Event, items, json_events, members, skip_value, unexpected
from fairsignal.pipeline.importers.meta_owner import PROFILE, owner_of, repaired
from fairsignal.pipeline.importers.meta_phrases import is_automatic
from fairsignal.pipeline.importers.own_name import plain_name
from fairsignal.pipeline.importers.source import Source, located
from fairsignal.pipeline.importers.times import unix_seconds

__all__ = ["Meta"]

_MEMBER = re.compile(r"(?:^|/)message_(\d+)\.json$")
_WRITTEN = frozenset({"", "Generic", "Share"})
"""Types of messages that hold the sender's words; others say that somebody called or joined."""


@dataclass(slots=True)
class _Turn:
    sender: str = ""
    sent_ms: float = 0
    content: str = ""
    kind: str = ""
    unsent: bool = False


class Meta:
    """The format of Instagram's and Messenger's chats."""

    title = "a Meta export in JSON (Instagram or Messenger: its zips, or the folder with messages/inbox)"

    def claim(self, name: str) -> Claim:
        if PROFILE.search(name):
            return Claim.BESIDE
        if not _MEMBER.search(name):
            return Claim.NONE
        return Claim.SURE if "messages/" in name else Claim.MAYBE

    def sniff(self, head: Head) -> bool:
        if head.container != "object" or "messages.senderName" in head.keys:
            return False
        return "messages.sender_name" in head.keys or {"participants", "messages"} <= head.keys

    def read(self, sources: Sequence[Source], own_name: str | None) -> Iterator[Message]:
        """Own messages, thread by thread; one file's own text is in memory."""
        profiles = [source for source in sources if PROFILE.search(source.name)]
        files = [source for source in sources if not PROFILE.search(source.name)]
        owner = owner_of(files, profiles, own_name)
        for number, (_, parts) in enumerate(groupby(_oldest_first(files), key=_thread), start=1):
            conversation = f"thread-{number}"  # The folder's name is that of the other person.
            # The same thread may be in two zips, or in a zip and in the folder that was unpacked from it.
            seen: set[tuple[float, str]] = set()
            for source in parts:
                with located(source):
                    turns = _own_turns(source, owner)
                for turn in turns:
                    key = (turn.sent_ms, turn.content)
                    if key not in seen:
                        identity = f"{conversation}:{len(seen)}"
                        seen.add(key)
                        sent_at = unix_seconds(turn.sent_ms / 1000)
                        yield Message(id=identity, conversation=conversation, sent_at=sent_at, text=turn.content)


def _thread(source: Source) -> str:
    """The thread's folder: it carries a number of its own, and is the same in every part of an export."""
    return source.name.rpartition("/")[0].rpartition("/")[2]


def _oldest_first(files: Sequence[Source]) -> list[Source]:
    order: dict[str, int] = {}
    for source in files:
        order.setdefault(_thread(source), len(order))
    return sorted(files, key=lambda source: (order[_thread(source)], -_number(source)))


def _number(source: Source) -> int:
    found = _MEMBER.search(source.name)
    return int(found[1]) if found else 0


def _own_turns(source: Source, owner: str) -> list[_Turn]:
    """What the owner wrote in one file, oldest first."""
    turns: list[_Turn] = []
    with source.open() as stream:
        events = json_events(stream)
        next(events)
        for key, event, _ in members(events):
            if key == "messages" and event == "start_array":
                for item, _ in items(events):
                    if item != "start_map":
                        raise unexpected("A message is not an object")
                    turn = _turn(events)
                    if plain_name(turn.sender) == owner and _is_written(turn):
                        turns.append(turn)
            else:
                skip_value(events, event)
        for _ in events:  # Whatever follows is an error, which only reading on finds.
            pass
    turns.reverse()  # Newest first in the file; the clock alone does not order what was sent in one millisecond.
    turns.sort(key=lambda turn: turn.sent_ms)
    return turns


def _is_written(turn: _Turn) -> bool:
    return (
        bool(turn.content.strip())
        and not turn.unsent
        and turn.kind in _WRITTEN
        and not is_automatic(turn.content, turn.sender)
    )


def _turn(events: Iterator[Event]) -> _Turn:
    turn = _Turn()
    for key, event, value in members(events):
        if key == "sender_name" and event == "string":
            turn.sender = repaired(value)
        elif key == "timestamp_ms" and event == "number":
            turn.sent_ms = value
        elif key == "content" and event == "string":
            turn.content = repaired(value)
        elif key == "type" and event == "string":
            turn.kind = value
        elif key == "is_unsent" and event == "boolean":
            turn.unsent = value
        else:
            skip_value(events, event)
    return turn
