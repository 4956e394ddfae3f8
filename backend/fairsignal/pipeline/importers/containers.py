"""What people hand over: a plain file, a zip, or a folder with any number of either in it."""

from __future__ import annotations

import os
import re
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from fairsignal.domain.errors import BadInput
from fairsignal.pipeline.importers.source import Source, damaged_zip

__all__ = ["Container", "open_containers"]

_ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")  # the second is that of an empty zip
_OPEN_ZIPS = 16
"""A folder may hold one zip per chat; file handles are scarcer than that."""
_BOMB_RATIO = 200
"""Chats shrink to a 5th or a 30th; more than this only what was made to harm. Deflate itself ends at 1032."""
_BOMB_FLOOR = 256 << 20
"""Bytes below which no ratio matters: that much is read in seconds."""
_HTML = re.compile(r"(?:^|/)message_\d+\.html$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Container:
    """One plain file (``members`` is that file), or the members of a zip or folder that may hold chats."""

    members: list[Source]
    is_plain: bool = False
    why_empty: str = "The file holds no chats, only what goes with them."
    """A sentence about what has nothing in it to read."""
    remedy: str = "Give the whole export, or the file with the chats as well."


@contextmanager
def open_containers(paths: Iterable[Path], wanted: Callable[[str], bool]) -> Iterator[list[Container]]:
    """Everything at ``paths``, in their order and otherwise in natural order; zips in folders are opened too.

    Args:
        wanted: says of the name of a zip's or folder's member whether it is worth a look.

    Raises:
        BadInput: missing, not readable, empty, or a zip that is damaged, encrypted or a bomb.
    """
    zips = _Zips()
    try:
        yield [container for path in paths for container in _containers(path, wanted, zips)]
    finally:
        zips.close()


def _containers(path: Path, wanted: Callable[[str], bool], zips: _Zips) -> list[Container]:
    if path.is_dir():
        return _folder(path, wanted, zips)
    magic = _magic(path)
    if not magic:
        raise BadInput("The file is empty.", remedy="Download the export again.", code="empty-export")
    if magic in _ZIP_MAGICS:
        return [_zip(path, wanted, zips)]
    return [Container([Source(partial(_open_file, path), f"{path.resolve().parent.name}/{path.name}")], is_plain=True)]


def _open_file(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise _unreadable_file(error) from error


def _magic(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(4)
    except OSError as error:
        raise _unreadable_file(error) from error


def _unreadable_file(error: OSError) -> BadInput:
    return BadInput(
        f"The file cannot be read ({error.strerror or 'unknown reason'}).", remedy="Check the path and its rights."
    )


def _folder(folder: Path, wanted: Callable[[str], bool], zips: _Zips) -> list[Container]:
    files: list[tuple[str, Path]] = []
    # Links to folders are not followed: they may lead anywhere, or in a circle.
    for base, _, names in os.walk(folder, onerror=_unreadable):
        for name in names:
            path = Path(base, name)
            if path.is_file():
                files.append((path.relative_to(folder).as_posix(), path))
    files = sorted((item for item in files if not _is_junk(item[0])), key=lambda item: _natural(item[0]))
    members = [Source(partial(_open_file, path), name) for name, path in files if wanted(name)]
    inner = [_zip(path, wanted, zips) for name, path in files if name.lower().endswith(".zip")]
    inner = [container for container in inner if container.members] or inner[:1]
    if members or not inner:
        why, remedy = _explanation("folder", [name for name, _ in files])
        inner.insert(0, Container(members, why_empty=why, remedy=remedy))
    return inner


def _unreadable(error: OSError) -> None:
    raise BadInput(
        f"A folder cannot be read ({error.strerror or 'unknown reason'}).", remedy="Check its rights."
    ) from error


def _zip(path: Path, wanted: Callable[[str], bool], zips: _Zips) -> Container:
    archive = zips.get(path)
    names = {info: info.filename.replace("\\", "/") for info in archive.infolist() if not info.is_dir()}
    infos = sorted(
        (info for info, name in names.items() if wanted(name) and not _is_junk(name)),
        key=lambda info: _natural(names[info]),
    )
    if any(info.flag_bits & 1 for info in infos):
        raise BadInput(
            "The zip file is encrypted.", remedy="Unpack it, then give the folder with the chats.", code="encrypted-zip"
        )
    # zipfile never reads more of a member than the size that it declares, so what is declared is the bound.
    total = sum(info.file_size for info in infos)
    if total > _BOMB_FLOOR and total > _BOMB_RATIO * path.stat().st_size:
        raise BadInput(
            f"The zip file would unpack to more than {_BOMB_RATIO} times its size, which no chat export does.",
            remedy="Give the zip that the chat service sent you, unchanged; or unpack it and give the folder.",
            code="zip-bomb",
        )
    why, remedy = _explanation("zip file", list(names.values()))
    members = [Source(partial(_open_member, zips, path, info), names[info]) for info in infos]
    return Container(members, why_empty=why, remedy=remedy)


def _open_member(zips: _Zips, path: Path, info: zipfile.ZipInfo) -> IO[bytes]:
    try:
        return zips.get(path).open(info)
    except NotImplementedError as error:
        raise BadInput(
            "The zip file is packed in a way that cannot be read here (Deflate64 or another rare method).",
            remedy="Unpack it, then give the folder with the chats.",
            code="unsupported-zip",
        ) from error
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError) as error:
        raise damaged_zip() from error


def _explanation(what: str, names: list[str]) -> tuple[str, str]:
    """(why nothing can be read here, what to do) for a zip or folder without chats."""
    if not names:
        return f"The {what} is empty.", "Download the export again."
    if any(_HTML.search(name) for name in names):
        return f"The {what} holds an export in HTML.", "Ask for the export again and choose JSON as its format."
    if any(name.lower().endswith(".zip") for name in names):
        return f"The {what} holds other zip files, but no chats.", "Unpack it, then give the folder."
    return (
        f"The {what} holds no conversations.json and no other chats that can be read.",
        "Give the export as the chat service sent it to you, unchanged.",
    )


def _is_junk(name: str) -> bool:
    """True for what macOS adds to zips and disks."""
    return name.startswith("__MACOSX/") or "/__MACOSX/" in name or name.rpartition("/")[2].startswith("._")


def _natural(name: str) -> list[tuple[int, str]]:
    """Sort key that puts ``conversations-2.json`` before ``conversations-10.json``."""
    # isdecimal, not isdigit: "²" is a digit that int() refuses.
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


class _Zips:
    """Open archives, the last used few. A member that is being read stays readable when its archive is let go."""

    def __init__(self) -> None:
        self._open: OrderedDict[Path, zipfile.ZipFile] = OrderedDict()

    def get(self, path: Path) -> zipfile.ZipFile:
        if path not in self._open:
            try:
                self._open[path] = zipfile.ZipFile(path)
            except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
                raise damaged_zip() from error
            if len(self._open) > _OPEN_ZIPS:
                self._open.popitem(last=False)[1].close()
        self._open.move_to_end(path)
        return self._open[path]

    def close(self) -> None:
        while self._open:
            self._open.popitem()[1].close()
