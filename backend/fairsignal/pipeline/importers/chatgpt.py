"""ChatGPT's data export: ``conversations.json``, plain, in the zip, or split into ``conversations-000.json`` and so on.

A list of conversations, each with a tree of nodes (``mapping``) and the id of the node that is shown
(``current_node``). Editing a message makes a sibling, so what was really said is the path from there to the root.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from fairsignal.domain.signals import Message
from fairsignal.pipeline.importers.choose import CONVERSATIONS
from fairsignal.pipeline.importers.formats import Claim
from fairsignal.pipeline.importers.head import Head
from fairsignal.pipeline.importers.json_events import Event, items, json_events, members, skip_value, unexpected
from fairsignal.pipeline.importers.source import Source, located
from fairsignal.pipeline.importers.times import unix_seconds

__all__ = ["ChatGpt"]

_TEXT_TYPES = frozenset({"text", "multimodal_text"})


@dataclass(slots=True)
class _Node:
    parent: str | None = None
    role: str = ""
    content_type: str = ""
    parts: list[str] = field(default_factory=list)
    created: int = 0
    hidden: bool = False

    @property
    def text(self) -> str:
        """What the person wrote, or the empty string when it was somebody else or is hidden from them."""
        if self.role != "user" or self.hidden or self.content_type not in _TEXT_TYPES:
            return ""
        return "\n".join(part for part in self.parts if part.strip())


@dataclass(slots=True)
class _Conversation:
    id: str = ""
    current: str | None = None
    nodes: dict[str, _Node] = field(default_factory=dict)


class ChatGpt:
    """The format of ChatGPT exports."""

    title = "a ChatGPT export (conversations.json, or the zip that holds it)"

    def claim(self, name: str) -> Claim:
        return Claim.SURE if CONVERSATIONS.search(name) else Claim.NONE

    def sniff(self, head: Head) -> bool:
        return head.container == "array" and "mapping" in head.keys

    def read(self, sources: Sequence[Source], own_name: str | None) -> Iterator[Message]:  # noqa: ARG002 - roles tell
        """Own messages of all conversations; at any time, one conversation's own text is in memory."""
        # A conversation that was branched off another repeats its beginning; once is enough. Nor does a zip count
        # twice that lies beside what was unpacked from it. Hashes of ids, since millions of ids would fill the memory.
        seen: set[int] = set()
        index = 0
        for source in sources:
            with located(source), source.open() as stream:
                events = json_events(stream)
                next(events)
                for event, _ in items(events):
                    if event != "start_map":
                        raise unexpected(f"Conversation {index + 1} is not an object")
                    for message in _own_messages(_conversation(events), index):
                        if (key := hash(message.id)) not in seen:
                            seen.add(key)
                            yield message
                    index += 1
                # Whatever follows the list is an error, which only reading on finds.
                for _ in events:
                    pass


def _own_messages(conversation: _Conversation, index: int) -> list[Message]:
    nodes = conversation.nodes
    if not nodes:
        return []
    place = f"conversation {index + 1}"
    node_id = conversation.current
    if node_id is None or node_id not in nodes:
        raise unexpected(f"The current message of {place} is not in it")
    path: list[str] = []
    visited: set[str] = set()
    while node_id is not None:
        if node_id in visited:
            raise unexpected(f"The messages of {place} form a circle")
        if node_id not in nodes:
            raise unexpected(f"A message of {place} follows one that is not in it")
        visited.add(node_id)
        path.append(node_id)
        node_id = nodes[node_id].parent
    name = conversation.id or f"conversation-{index}"
    return [
        Message(id=node_id, conversation=name, sent_at=nodes[node_id].created, text=text)
        for node_id in reversed(path)
        if (text := nodes[node_id].text)
    ]


def _conversation(events: Iterator[Event]) -> _Conversation:
    result = _Conversation()
    fallback_id = ""
    for key, event, value in members(events):
        if key == "mapping" and event == "start_map":
            for node_id, node_event, _ in members(events):
                if node_id in result.nodes:
                    raise unexpected("Two messages of one conversation have the same id")
                if node_event == "start_map":
                    result.nodes[node_id] = _node(events)
                else:
                    raise unexpected("A message is not an object")
        elif key == "current_node" and event in ("string", "null"):
            result.current = value
        elif key == "conversation_id" and event == "string":
            result.id = value
        elif key == "id" and event == "string":
            fallback_id = value
        else:
            skip_value(events, event)
    result.id = result.id or fallback_id
    return result


def _node(events: Iterator[Event]) -> _Node:
    node = _Node()
    for key, event, value in members(events):
        if key == "parent" and event == "string":
            node.parent = value
        elif key == "message" and event == "start_map":
            _message(events, node)
        else:
            skip_value(events, event)
    if node.role != "user":
        node.parts.clear()  # An assistant's long answers are not ours to keep, not even until the conversation ends.
    return node


def _message(events: Iterator[Event], node: _Node) -> None:
    for key, event, value in members(events):
        if key == "author" and event == "start_map":
            for name, inner, role in members(events):
                if name == "role" and inner == "string":
                    node.role = role
                else:
                    skip_value(events, inner)
        elif key == "create_time" and event == "number":
            node.created = unix_seconds(value)
        elif key == "weight" and event == "number":
            node.hidden |= value == 0
        elif key == "content" and event == "start_map":
            _content(events, node)
        elif key == "metadata" and event == "start_map":
            for name, inner, flag in members(events):
                if name in ("is_visually_hidden_from_conversation", "is_user_system_message") and inner == "boolean":
                    node.hidden |= flag
                else:
                    skip_value(events, inner)
        else:
            skip_value(events, event)


def _content(events: Iterator[Event], node: _Node) -> None:
    for key, event, value in members(events):
        if key == "content_type" and event == "string":
            node.content_type = value
        elif key == "parts" and event == "start_array":
            for inner, part in items(events):
                if inner == "string":
                    node.parts.append(part)
                else:
                    skip_value(events, inner)  # an image, or another attachment
        else:
            skip_value(events, event)
