"""Where the bytes of an export come from: a plain file, or members of a zip."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from fairsignal.domain.errors import BadInput

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["CountingReader", "Source", "damaged_zip", "open_sources"]

_ZIP_MAGIC = b"PK\x03\x04"
_EMPTY_ZIP_MAGIC = b"PK\x05\x06"


@dataclass(frozen=True, slots=True)
class Source:
    """One file of chats that can be opened again from its beginning."""

    open: Callable[[], IO[bytes]]


class _MemberChooser(Protocol):
    def owns_member(self, name: str) -> bool: ...


class CountingReader(io.RawIOBase):
    """Counts the bytes that were read, to be able to say where a file breaks off."""

    def __init__(self, inner: IO[bytes]) -> None:
        super().__init__()
        self._inner = inner
        self.bytes_read = 0
        self.at_end = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer)
        try:
            data = self._inner.read(len(view))
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise damaged_zip() from error
        view[: len(data)] = data
        self.bytes_read += len(data)
        self.at_end = not data
        return len(data)


def damaged_zip() -> BadInput:
    return BadInput(
        "The zip file is damaged or was cut off.", remedy="Download the export again.", code="truncated-file"
    )


@contextmanager
def open_sources(path: Path, formats: Sequence[_MemberChooser]) -> Iterator[Iterator[Source]]:
    """The files to read: ``path`` itself, or the members of the zip at ``path`` that one of ``formats`` owns.

    Raises:
        BadInput: missing, not readable, empty, or a zip that is damaged, encrypted or without chats.
    """
    try:
        with path.open("rb") as stream:
            magic = stream.read(4)
    except OSError as error:
        raise BadInput(
            f"The file cannot be read ({error.strerror or 'unknown reason'}).", remedy="Check the path and its rights."
        ) from error
    if not magic:
        raise BadInput("The file is empty.", remedy="Download the export again.", code="empty-export")
    if magic not in (_ZIP_MAGIC, _EMPTY_ZIP_MAGIC):
        yield iter((Source(lambda: path.open("rb")),))
        return
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise damaged_zip() from error
    with archive:
        yield iter([_member(archive, info) for info in _chosen(archive, formats)])


def _chosen(archive: zipfile.ZipFile, formats: Sequence[_MemberChooser]) -> list[zipfile.ZipInfo]:
    for candidate in formats:
        infos = [info for info in archive.infolist() if candidate.owns_member(info.filename)]
        if infos:
            if any(info.flag_bits & 1 for info in infos):
                raise BadInput("The zip file is encrypted.", remedy="Unpack it, then give the file with the chats.")
            return sorted(infos, key=lambda info: _natural(info.filename))
    raise BadInput(
        "The zip file holds no conversations.json and no other chats that can be read.",
        remedy="Give the zip that the chat service sent you, unchanged.",
        code="unknown-format",
    )


def _natural(name: str) -> list[tuple[int, str]]:
    """Sort key that puts ``conversations-2.json`` before ``conversations-10.json``."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Source:
    def open_member() -> IO[bytes]:
        try:
            return archive.open(info)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
            raise damaged_zip() from error

    return Source(open_member)
