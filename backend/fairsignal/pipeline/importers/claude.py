"""Claude's data export: ``conversations.json``, in one zip or in several (``...-batch-0000.zip`` and so on).

A list of conversations, each with ``chat_messages`` in the order in which they were written. A message has a
``sender`` (``human`` or ``assistant``), a ``content`` of blocks of which those of type ``text`` count, and in older
exports only a ``text``. What was attached (``attachments`` with ``extracted_content``, ``files``) are not own words.
Where messages name their parent, a message that was edited leaves a branch; what was really said is the path from the
leaf (``current_leaf_message_uuid``, else the last message) to the root.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from fairsignal.domain.signals import Message
from fairsignal.pipeline.importers.choose import CONVERSATIONS
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
from fairsignal.pipeline.importers.times import from_iso

__all__ = ["Claude"]


@dataclass(slots=True)
class _Turn:
    id: str = ""
    parent: str | None = None
    sender: str = ""
    created: int = 0
    plain: str = ""
    blocks: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What the person wrote, or the empty string when it was somebody else."""
        if self.sender != "human":
            return ""
        # Where both are given they say the same, except that `text` also names what was attached.
        text = "\n".join(block for block in self.blocks if block.strip()) or self.plain
        return text if text.strip() else ""


@dataclass(slots=True)
class _Conversation:
    id: str = ""
    leaf: str | None = None
    turns: list[_Turn] = field(default_factory=list)


class Claude:
    """The format of Claude exports."""

    title = "a Claude export (conversations.json, or the zips that hold it)"

    def claim(self, name: str) -> Claim:
        return Claim.SURE if CONVERSATIONS.search(name) else Claim.NONE

    def sniff(self, head: Head) -> bool:
        return head.container != "" and "chat_messages" in head.keys

    def read(self, sources: Sequence[Source], own_name: str | None) -> Iterator[Message]:  # noqa: ARG002 - senders tell
        """Own messages of all conversations; at any time, one conversation's own text is in memory."""
        seen: set[int] = set()  # hashes of ids, since millions of ids would fill the memory
        index = 0
        for source in sources:
            with located(source), source.open() as stream:
                for conversation in _conversations(json_events(stream)):
                    index += 1
                    for message in _own_messages(conversation, index):
                        # Parts of a split export may overlap.
                        if (key := hash(message.id)) not in seen:
                            seen.add(key)
                            yield message


def _conversations(events: Iterator[Event]) -> Iterator[_Conversation]:
    first, _ = next(events)
    if first == "start_map":
        yield _conversation(events)
    else:
        for number, (event, _) in enumerate(items(events), start=1):
            if event != "start_map":
                raise unexpected(f"Conversation {number} is not an object")
            yield _conversation(events)
    for _ in events:  # Whatever follows is an error, which only reading on finds.
        pass


def _own_messages(conversation: _Conversation, index: int) -> Iterator[Message]:
    name = conversation.id or f"conversation-{index}"
    for position, turn in enumerate(_said(conversation)):
        if text := turn.text:
            yield Message(id=turn.id or f"{name}:{position}", conversation=name, sent_at=turn.created, text=text)


def _said(conversation: _Conversation) -> list[_Turn]:
    """The turns that were not edited away."""
    turns = conversation.turns
    by_id = {turn.id: turn for turn in turns}
    if len(by_id) != len(turns) or not any(turn.parent in by_id for turn in turns):
        return turns
    path: dict[str, _Turn] = {}
    step: str | None = conversation.leaf if conversation.leaf in by_id else turns[-1].id
    # The root names a parent that is not in the export (zeros); so does a conversation whose beginning is gone.
    while step in by_id and step is not None:
        if step in path:
            raise unexpected("The messages of a conversation form a circle")
        path[step] = by_id[step]
        step = by_id[step].parent
    return list(reversed(path.values()))


def _conversation(events: Iterator[Event]) -> _Conversation:
    result = _Conversation()
    for key, event, value in members(events):
        if key == "uuid" and event == "string":
            result.id = value
        elif key == "current_leaf_message_uuid" and event == "string":
            result.leaf = value
        elif key == "chat_messages" and event == "start_array":
            for item, _ in items(events):
                if item != "start_map":
                    raise unexpected("A message is not an object")
                result.turns.append(_turn(events))
        elif key == "chat_messages" and event != "null":
            raise unexpected("The messages of a conversation are no list")
        else:
            skip_value(events, event)
    return result


def _turn(events: Iterator[Event]) -> _Turn:
    turn = _Turn()
    for key, event, value in members(events):
        if key == "uuid" and event == "string":
            turn.id = value
        elif key == "parent_message_uuid" and event == "string":
            turn.parent = value
        elif key == "sender" and event == "string":
            turn.sender = value
        elif key == "created_at" and event == "string":
            turn.created = from_iso(value)
        elif key == "text" and event == "string":
            turn.plain = value
        elif key == "content" and event == "start_array":
            for item, _ in items(events):
                if item == "start_map":
                    turn.blocks.extend(text_parts(events))
                else:
                    skip_value(events, item)
        else:
            skip_value(events, event)
    if turn.sender != "human":
        turn.plain = ""  # An assistant's long answers are not ours to keep, not even until the conversation ends.
        turn.blocks.clear()
    return turn
