"""The first bytes of a file, read just far enough to tell which format it is."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass

import ijson  # type: ignore[import-untyped]  # ships no types

from fairsignal.domain.errors import BadInput
from fairsignal.pipeline.importers.source import CountingReader, Source

__all__ = ["Head"]

_SIZE = 1 << 16
_UTF8_BOM = b"\xef\xbb\xbf"
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Head:
    """What a file begins with."""

    start: bytes
    """Up to 64 KiB, without byte order mark and leading white space."""
    container: str
    """``array`` or ``object`` when the file begins like JSON, else the empty string."""
    keys: frozenset[str]
    """Keys of the first object, and below ``messages`` those of its first item as ``messages.role``."""
    breaks_off_at: int | None
    """Length of the file, bytes, when it is short and ends before its JSON does."""

    @property
    def is_empty_json(self) -> bool:
        return self.start.rstrip() in (b"[]", b"{}")

    @property
    def is_one_json_a_line(self) -> bool:
        """True unless the first line ends in the middle of its JSON, as that of indented JSON does."""
        line, end, _ = self.start.partition(b"\n")
        if not end:
            return True
        try:
            json.loads(line)
        except (ValueError, RecursionError):
            return False
        return True

    @classmethod
    def of(cls, source: Source) -> Head:
        """Look at the beginning of a file.

        Raises:
            BadInput: it is UTF-16 or UTF-32, or not readable.
        """
        with source.open() as stream:
            # Bytes of a zip member come in pieces.
            reader = CountingReader(stream)
            data = b""
            while len(data) < _SIZE and (piece := reader.read(_SIZE - len(data))):
                data += piece
        if data.startswith(_WIDE_BOMS):
            raise BadInput(
                "The file is in UTF-16 or UTF-32, exports are in UTF-8.",
                remedy="Give the file as the chat service made it, or save it as UTF-8.",
                code="bad-encoding",
            )
        start = data.removeprefix(_UTF8_BOM).lstrip()
        container, keys, is_complete = _outline(start)
        breaks_off = container != "" and not is_complete and len(data) < _SIZE
        return cls(start=start, container=container, keys=keys, breaks_off_at=len(data) if breaks_off else None)


def _outline(start: bytes) -> tuple[str, frozenset[str], bool]:
    """(container, keys, False when the text ends before its JSON does)"""
    if start[:1] not in (b"[", b"{"):
        return "", frozenset(), True
    container = "array" if start[:1] == b"[" else "object"
    base = 2 if container == "array" else 1
    keys: set[str] = set()
    depth, under = 0, ""
    feed = CountingReader(io.BytesIO(start))
    try:
        for event, value in ijson.basic_parse(feed, multiple_values=True):
            if event in ("start_map", "start_array"):
                depth += 1
            elif event in ("end_map", "end_array"):
                depth -= 1
            elif event == "map_key" and depth == base:
                under = value
                keys.add(value)
            elif event == "map_key" and depth == base + 2 and under == "messages":
                keys.add(f"messages.{value}")
    except (ijson.JSONError, UnicodeDecodeError):
        # The head may end anywhere; what was seen until then is what counts.
        return container, frozenset(keys), not feed.at_end
    return container, frozenset(keys), True
