"""Reading chat exports: one module per format, found by looking at the content, never by the file's name.

A new format is a module with an object that satisfies ``formats.Format``, and a line in ``FORMATS``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from fairsignal.domain.errors import BadInput
from fairsignal.domain.signals import Message
from fairsignal.pipeline.importers.chatgpt import ChatGpt
from fairsignal.pipeline.importers.foreign import describe
from fairsignal.pipeline.importers.formats import Format
from fairsignal.pipeline.importers.head import Head
from fairsignal.pipeline.importers.json_events import truncated
from fairsignal.pipeline.importers.openai_jsonl import OpenAiJsonl
from fairsignal.pipeline.importers.source import Source, open_sources

__all__ = ["FORMATS", "read_chats"]

FORMATS: tuple[Format, ...] = (ChatGpt(), OpenAiJsonl())
_KNOWN = " or ".join(item.title for item in FORMATS)


def read_chats(path: Path) -> Iterator[Message]:
    """The person's own messages in an export, in the order of the file, streamed.

    The order within a conversation is the order in which they were written. Ids are those of the export, or follow
    from the position in it, so that reading the same file twice gives the same ids.

    Raises:
        BadInput: the file is missing, no known export, damaged or truncated, or holds no own message. It may be raised
            after some messages were given out: use nothing of an export whose reading did not end normally.
    """
    found = 0
    with open_sources(path, FORMATS) as sources:
        for source in sources:
            for message in _format_of(source).read(source):
                found += 1
                yield message
    if not found:
        raise BadInput(
            "The export holds no message that you wrote yourself.",
            remedy="Ask the chat service for a fresh export after you have used it, and give that one.",
            code="empty-export",
        )


def _format_of(source: Source) -> Format:
    head = Head.of(source)
    for candidate in FORMATS:
        if candidate.sniff(head):
            return candidate
    if head.breaks_off_at is not None:
        raise truncated(head.breaks_off_at)
    raise BadInput(describe(head), remedy=f"Give {_KNOWN}.", code="unknown-format")
