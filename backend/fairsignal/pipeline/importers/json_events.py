"""JSON read event by event, so that memory does not grow with the file, and with errors that people understand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

import ijson  # type: ignore[import-untyped]  # ships no types

from fairsignal.domain.errors import BadInput
from fairsignal.pipeline.importers.source import CountingReader

__all__ = [
    "MAX_DEPTH",
    "Event",
    "items",
    "json_events",
    "members",
    "skip_value",
    "text_parts",
    "truncated",
    "unexpected",
]

Event = tuple[str, Any]
"""Name as in ``ijson.basic_parse`` and its value; numbers are int or float."""

MAX_DEPTH = 64
"""Levels of nesting. Real exports stay below 15."""
_OPENING = frozenset({"start_map", "start_array"})
_CLOSING = frozenset({"end_map", "end_array"})
_BUFFER = 1 << 16


def json_events(stream: IO[bytes]) -> Iterator[Event]:
    """All events of one JSON text.

    Raises:
        BadInput: truncated (with the byte where the file ends), malformed (with about where), not UTF-8, or nested
            more than ``MAX_DEPTH`` deep.
    """
    reader = CountingReader(stream)
    depth = 0
    # `from None` throughout: the parser's messages quote the text around the error, which is somebody's chat.
    try:
        for event, value in ijson.basic_parse(_without_bom(reader), use_float=True, buf_size=_BUFFER):
            if event in _OPENING:
                depth += 1
                if depth > MAX_DEPTH:
                    raise unexpected(f"It is nested more than {MAX_DEPTH} levels deep")
            elif event in _CLOSING:
                depth -= 1
            yield event, value
    except ijson.IncompleteJSONError as error:
        # The C parser raises this type for every syntax error. It is a truncation when there was nothing left to read.
        if "UTF8" in str(error):
            raise _bad_encoding(reader.bytes_read) from None
        if reader.at_end:
            raise truncated(reader.bytes_read) from None
        raise _malformed(reader.bytes_read) from None
    except UnicodeDecodeError:
        raise _bad_encoding(reader.bytes_read) from None
    except ijson.JSONError:
        raise _malformed(reader.bytes_read) from None


class _without_bom:  # noqa: N801 - used like a function
    """Drops a UTF-8 byte order mark, which some editors add and JSON does not allow."""

    def __init__(self, reader: CountingReader) -> None:
        self._reader = reader
        self._at_start = True

    def read(self, size: int = -1) -> bytes:
        data = self._reader.read(size)
        if self._at_start and data:
            self._at_start = False
            stripped = data.removeprefix(b"\xef\xbb\xbf")
            return stripped or self._reader.read(size)
        return data


def skip_value(events: Iterator[Event], first: str) -> None:
    """Read past the value whose first event was ``first``."""
    depth = 1 if first in _OPENING else 0
    while depth:
        event, _ = next(events)
        if event in _OPENING:
            depth += 1
        elif event in _CLOSING:
            depth -= 1


def members(events: Iterator[Event]) -> Iterator[tuple[str, str, Any]]:
    """(key, first event of the value, value if a scalar) of the object that was just opened."""
    for event, value in events:
        if event == "end_map":
            return
        inner, scalar = next(events)
        yield value, inner, scalar


def items(events: Iterator[Event]) -> Iterator[Event]:
    """(first event, value if a scalar) of each item of the array that was just opened."""
    for event, value in events:
        if event == "end_array":
            return
        yield event, value


def truncated(position: int) -> BadInput:
    """A file that ends at byte ``position``, before its JSON does."""
    return BadInput(
        f"The file breaks off at byte {position:,}, before its JSON ends.",
        remedy="Download the export again; nothing of this one was used.",
        code="truncated-file",
    )


def unexpected(what: str) -> BadInput:
    """An export that is JSON but not built as its format says. ``what`` is a clause without a full stop."""
    return BadInput(
        f"The export is damaged. {what}.", remedy="Download the export again, unchanged.", code="damaged-export"
    )


def _malformed(position: int) -> BadInput:
    start = max(0, position - _BUFFER)
    return BadInput(
        f"The file is not valid JSON (somewhere between byte {start:,} and byte {position:,}).",
        remedy="Download the export again, or give it as the chat service made it.",
        code="not-json",
    )


def _bad_encoding(position: int) -> BadInput:
    return BadInput(
        f"The file is not in UTF-8 (before byte {position:,}).",
        remedy="Give the file as the chat service made it, or save it as UTF-8.",
        code="bad-encoding",
    )


def text_parts(events: Iterator[Event]) -> list[str]:
    """The text of a content part ``{"type": "text", "text": ...}`` that was just opened; nothing of any other kind."""
    kind, text = "", ""
    for key, event, value in members(events):
        if key == "type" and event == "string":
            kind = value
        elif key == "text" and event == "string":
            text = value
        else:
            skip_value(events, event)
    return [text] if kind == "text" else []
