"""OpenAI-format JSONL: one conversation a line, ``{"messages": [{"role", "content"}], "id"?, "created"?}``.

``content`` is a string, or a list of parts of which those of type ``text`` count. ``created`` is in Unix seconds.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from typing import Any

from fairsignal.domain.errors import BadInput
from fairsignal.domain.signals import Message
from fairsignal.pipeline.importers.formats import Claim
from fairsignal.pipeline.importers.head import Head
from fairsignal.pipeline.importers.json_events import MAX_DEPTH, unexpected
from fairsignal.pipeline.importers.source import CountingReader, Source, located
from fairsignal.pipeline.importers.times import unix_seconds

__all__ = ["OpenAiJsonl"]

_MAX_LINE = 16 << 20
"""Bytes of one conversation; a longer line is no chat log."""
_REMEDY = "Write one whole conversation per line, as JSON; nothing of this file was used."


class OpenAiJsonl:
    """The format in which API logs and fine-tuning sets are kept."""

    title = "OpenAI-format JSONL"

    def claim(self, name: str) -> Claim:
        return Claim.SURE if name.lower().endswith(".jsonl") else Claim.NONE

    def sniff(self, head: Head) -> bool:
        keys = {"messages.role", "messages.content"}
        return head.container == "object" and keys <= head.keys and head.is_one_json_a_line

    def read(self, sources: Sequence[Source], own_name: str | None) -> Iterator[Message]:  # noqa: ARG002 - roles tell
        """Own messages, line by line. A line's id is only its conversation: API logs repeat it."""
        before = 0
        for source in sources:
            number = 0
            with located(source), source.open() as stream:
                reader = CountingReader(stream)
                for number, line in enumerate(_lines(reader), start=1):
                    if line.strip():
                        yield from _own_messages(_parsed(line, number, reader.bytes_read), number, before)
            before += number


def _lines(reader: CountingReader) -> Iterator[bytes]:
    """Lines with their line end; the last one may lack it."""
    buffered = io.BufferedReader(reader, 1 << 16)
    while line := buffered.readline(_MAX_LINE):
        if len(line) == _MAX_LINE:
            raise unexpected(f"A line is longer than {_MAX_LINE >> 20} MB")
        yield line


def _parsed(line: bytes, number: int, bytes_read: int) -> dict[str, Any]:
    # `from None` throughout: the decoder's errors carry the line, which is somebody's chat.
    try:
        value = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BadInput(
            f"Line {number} is not in UTF-8.", remedy="Save the file as UTF-8.", code="bad-encoding"
        ) from None
    except RecursionError:
        raise unexpected(f"Line {number} is nested more than {MAX_DEPTH} levels deep") from None
    except ValueError:
        if not line.endswith(b"\n"):
            raise BadInput(
                f"The file breaks off in line {number}, at byte {bytes_read:,}.", remedy=_REMEDY, code="truncated-file"
            ) from None
        raise BadInput(f"Line {number} is not valid JSON.", remedy=_REMEDY, code="not-json") from None
    if not isinstance(value, dict) or not isinstance(value.get("messages"), list):
        raise BadInput(f'Line {number} has no list of "messages".', remedy=_REMEDY, code="damaged-export")
    return value


def _own_messages(record: dict[str, Any], number: int, before: int) -> Iterator[Message]:
    """``before`` counts the lines of the files before this one, so that no two lines share a name."""
    identity = record.get("id")
    conversation = identity if isinstance(identity, str) and identity else f"line-{before + number}"
    sent_at = _time(record.get("created"))
    for index, item in enumerate(record["messages"]):
        if not isinstance(item, dict):
            raise unexpected(f"A message in line {number} is not an object")
        text = _text(item.get("content"))
        if item.get("role") == "user" and text.strip():
            yield Message(
                id=f"{conversation}:{before + number}:{index}", conversation=conversation, sent_at=sent_at, text=text
            )


def _time(value: object) -> int:
    """Unix seconds, or 0 when ``value`` is no time of our century."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return 0
    return unix_seconds(value)


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    parts = (part.get("text") for part in content if isinstance(part, dict) and part.get("type") == "text")
    return "\n".join(part for part in parts if isinstance(part, str))
