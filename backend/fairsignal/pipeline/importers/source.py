"""Where the bytes of an export come from: plain files, members of zips, files in folders, or several of them."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from fairsignal.domain.errors import BadInput

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["CountingReader", "Source", "damaged_zip", "located"]


@dataclass(frozen=True, slots=True)
class Source:
    """One file of an export that can be opened again from its beginning."""

    open: Callable[[], IO[bytes]]
    name: str = ""
    """Path inside the export, with ``/`` between folders. It may name people: it is never shown."""
    place: str = ""
    """How to tell people which of several files is meant, without a name from it."""


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
        except OSError as error:
            raise BadInput(
                f"The file cannot be read to its end ({error.strerror or 'unknown reason'}).",
                remedy="Copy it to another disk, then try again.",
            ) from error
        view[: len(data)] = data
        self.bytes_read += len(data)
        self.at_end = not data
        return len(data)


@contextmanager
def located(source: Source) -> Iterator[None]:
    """Errors inside say which of several files they are about."""
    try:
        yield
    except BadInput as error:
        if not source.place:
            raise
        raise BadInput(f"{source.place}: {error.message}", remedy=error.remedy, code=error.code) from error


def damaged_zip() -> BadInput:
    return BadInput(
        "The zip file is damaged or was cut off.", remedy="Download the export again.", code="truncated-file"
    )
