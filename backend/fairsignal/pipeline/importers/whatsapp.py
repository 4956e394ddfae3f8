"""WhatsApp's "Export chat": ``_chat.txt`` (iPhone) or ``WhatsApp Chat with ....txt`` (Android), plain or in its zip.

A line begins a message, ``[12.03.24, 14:05:11] Name: text`` or ``12.03.24, 14:05 - Name: text``, in the phone's way to
write dates; the lines after it belong to it until the next such line. See ``whatsapp_lines`` for the layouts and dates,
``whatsapp_phrases`` for what the app adds. Nothing in the file marks the person's own messages, so their name is
needed. Times are those of the phone's clock, without a zone; they are read as UTC.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from fairsignal.domain.errors import BadInput
from fairsignal.domain.signals import Message
from fairsignal.pipeline.importers.formats import Claim
from fairsignal.pipeline.importers.head import Head
from fairsignal.pipeline.importers.json_events import unexpected
from fairsignal.pipeline.importers.own_name import name_needed, name_unknown, plain_name
from fairsignal.pipeline.importers.source import CountingReader, Source, located
from fairsignal.pipeline.importers.whatsapp_lines import DateOrder, parsed_line
from fairsignal.pipeline.importers.whatsapp_phrases import own_words

__all__ = ["WhatsApp"]

_MAX_LINE = 1 << 20
"""Characters; WhatsApp's longest message has 65,536."""
_MAX_NAME = 200


class WhatsApp:
    """The format of WhatsApp's chats."""

    title = "WhatsApp chats (the exported .txt files or zips)"

    def claim(self, name: str) -> Claim:
        base = name.rpartition("/")[2].lower()
        if not base.endswith(".txt"):
            return Claim.NONE
        return Claim.SURE if base == "_chat.txt" or "whatsapp" in base else Claim.MAYBE

    def sniff(self, head: Head) -> bool:
        line = head.start.partition(b"\n")[0].decode("utf-8", errors="replace")
        return parsed_line(line.rstrip("\r")) is not None

    def read(self, sources: Sequence[Source], own_name: str | None) -> Iterator[Message]:
        """Own messages, chat by chat; one message is in memory, and a digest of each."""
        if own_name is None:
            raise name_needed("A WhatsApp chat does not say which of its people is you.")
        owner = plain_name(own_name)
        was_there = False
        earlier: set[int] = set()
        for number, source in enumerate(sources, start=1):
            # A chat may be given twice, as a zip and unpacked. In one file, saying a thing twice counts as twice.
            here: set[int] = set()
            count = 0
            with located(source):
                for sent_at, text in _own_texts(source, owner):
                    was_there = True
                    key = hash((sent_at, text))
                    if text and key not in earlier:
                        here.add(key)
                        yield Message(f"chat-{number}:{count}", f"chat-{number}", sent_at, text)
                        count += 1
            earlier |= here
        if not was_there:
            raise name_unknown()


def _own_texts(source: Source, owner: str) -> Iterator[tuple[int, str]]:
    """(Unix seconds, text) of the owner's messages; the text is empty where the app alone has spoken."""
    order = _date_order(source)
    sent_at, size = 0, 0
    parts: list[str] = []
    layout: tuple[object, ...] | None = None
    for raw in _lines(source):
        line = parsed_line(raw)
        # A line in another layout, or with a date that cannot be, was pasted into a message.
        if line is not None and layout in (None, line.layout) and (moment := order.seconds(line)) is not None:
            layout = line.layout
            if parts:
                yield sent_at, own_words(parts)
            text = _own_text(line.rest, owner)
            sent_at, parts, size = moment, [] if text is None else [text], 0
        elif parts:
            size += len(raw)
            if size > _MAX_LINE:
                raise unexpected(f"A message is longer than {_MAX_LINE:,} characters")
            parts.append(raw)
    if parts:
        yield sent_at, own_words(parts)


def _date_order(source: Source) -> DateOrder:
    order = DateOrder()
    layout: tuple[object, ...] | None = None
    for raw in _lines(source):
        line = parsed_line(raw)
        if line is not None and layout in (None, line.layout):
            layout = line.layout
            order.see(line)
    return order


def _own_text(rest: str, owner: str) -> str | None:
    """What follows the owner's name, or None when the line is somebody else's or WhatsApp's."""
    # A name may hold a colon, so each is tried.
    end = rest.find(":")
    while 0 <= end <= _MAX_NAME:
        after = rest[end + 1 :]
        if (not after or after.startswith(" ")) and plain_name(rest[:end]) == owner:
            return after[1:]
        end = rest.find(":", end + 1)
    return None


def _lines(source: Source) -> Iterator[str]:
    with source.open() as stream:
        buffered = io.BufferedReader(CountingReader(stream), 1 << 16)
        # Only line feeds part lines: the separators that str.splitlines knows may stand in a message.
        text = io.TextIOWrapper(buffered, encoding="utf-8-sig", newline="\n")
        try:
            while line := text.readline(_MAX_LINE):
                if len(line) == _MAX_LINE:
                    raise unexpected(f"A line is longer than {_MAX_LINE:,} characters")
                yield line.rstrip("\r\n")
        except UnicodeDecodeError:
            # `from None`: the decoder's error carries the bytes, which are somebody's chat.
            raise BadInput(
                "The file is not in UTF-8.",
                remedy="Give the file as WhatsApp made it, or save it as UTF-8.",
                code="bad-encoding",
            ) from None
