"""The parts of a use log: uses in groups, each under its subject's key; totals and days; and the directories that name
the parts (docs/use-log.md). Every part is one raw block on IPFS, addressed by its SHA-256.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fairsignal.domain.cid import CHUNK
from fairsignal.domain.errors import IntegrityError
from fairsignal.domain.log_keys import TAG_BYTES, open_sealed
from fairsignal.domain.use_record import RECORD_BYTES, UseRecord, pack_records, unpack_records

__all__ = [
    "GROUP_RECORDS",
    "LEAF_BYTES",
    "BookKind",
    "Group",
    "Part",
    "PartRef",
    "open_book",
    "open_group",
    "pack_directories",
    "pack_groups",
    "read_directory",
    "read_groups",
    "seal_books",
    "seal_groups",
]

LEAF_BYTES = 32
"""Of the totals: subject 20, running total u96."""
_AMOUNT_BYTES = 12
_GCM_TAG = 16
_GROUP_HEAD = TAG_BYTES + 4
GROUP_RECORDS = 8_192
"""Most records in one group; a subject with more has several, one behind the other."""

BookKind = Literal["totals", "days"]
_BOOKS: dict[BookKind, tuple[bytes, int]] = {"totals": (b"t", LEAF_BYTES), "days": (b"d", 24)}
"""First byte of the nonces, bytes of an entry."""

_REF = struct.Struct(">32s16sI")
_REFS = CHUNK // _REF.size


@dataclass(frozen=True, slots=True)
class Group:
    """Uses of one subject, encrypted."""

    tag: bytes
    sealed: bytes = field(repr=False)
    records: int = 0

    @property
    def encoded(self) -> bytes:
        return self.tag + len(self.sealed).to_bytes(4) + self.sealed


class PartRef(NamedTuple):
    """A part as its directory names it: 52 bytes."""

    digest: bytes
    """SHA-256 of the part."""
    first: bytes
    """Tag of its first group; zeros for totals and days."""
    entries: int
    """Records, leaves or day counts in it."""


@dataclass(frozen=True, slots=True)
class Part:
    """At most 256 KiB."""

    data: bytes = field(repr=False)
    first: bytes
    entries: int

    @property
    def ref(self) -> PartRef:
        return PartRef(hashlib.sha256(self.data).digest(), self.first, self.entries)


def seal_groups(key: bytes, tag: bytes, total: int, records: Sequence[UseRecord]) -> list[Group]:
    """Encrypt one subject's uses.

    Args:
        key, tag: as ``LogKeys.of_subject`` gives them.
        total: the subject's running total after this epoch, base units.
        records: by block and use id; at least one.
    """
    cipher, head = AESGCM(key), total.to_bytes(_AMOUNT_BYTES)
    groups = []
    for number, start in enumerate(range(0, len(records), GROUP_RECORDS)):
        part = records[start : start + GROUP_RECORDS]
        groups.append(Group(tag, cipher.encrypt(number.to_bytes(12), head + pack_records(part), None), len(part)))
    return groups


def open_group(key: bytes, number: int, sealed: bytes) -> tuple[int, list[UseRecord]]:
    """-> (running total, records).

    Args:
        number: 0, or which of several groups of the subject it is.

    Raises:
        IntegrityError: altered, or under another key.
    """
    opened = open_sealed(key, number.to_bytes(12), sealed)
    return int.from_bytes(opened[:_AMOUNT_BYTES]), unpack_records(opened[_AMOUNT_BYTES:])


def pack_groups(groups: Iterable[Group]) -> Iterator[Part]:
    """Fill parts with groups that come by ascending tag."""
    buffer, first, records = bytearray(), b"", 0
    for group in groups:
        if len(buffer) + _GROUP_HEAD + len(group.sealed) > CHUNK:
            yield Part(bytes(buffer), first, records)
            buffer, first, records = bytearray(), b"", 0
        first = first or group.tag
        buffer += group.encoded
        records += group.records
    if buffer:
        yield Part(bytes(buffer), first, records)


def read_groups(part: bytes) -> Iterator[Group]:
    """The groups of a part, not opened yet.

    Raises:
        IntegrityError: not a whole number of groups, or one without records.
    """
    at = 0
    while at < len(part):
        tag, length = part[at : at + TAG_BYTES], int.from_bytes(part[at + TAG_BYTES : at + _GROUP_HEAD])
        at += _GROUP_HEAD
        records, rest = divmod(length - _AMOUNT_BYTES - _GCM_TAG, RECORD_BYTES)
        if rest or records < 1 or at + length > len(part):
            raise IntegrityError("A part of the use log is not made of whole groups.", code="bad-use-log")
        yield Group(tag, part[at : at + length], records)
        at += length


def seal_books(kind: BookKind, key: bytes, entries: Iterable[bytes]) -> Iterator[Part]:
    """Encrypt totals or days.

    Args:
        key: ``LogKeys.books``.
        entries: totals: ``LEAF_BYTES`` each; days: 24 bytes each; ascending. May come in portions of several.
    """
    prefix, size = _BOOKS[kind]
    cipher, room = AESGCM(key), (CHUNK - _GCM_TAG) // size * size
    buffer, number = bytearray(), 0
    for portion in entries:
        buffer += portion
        while len(buffer) > room:
            yield _book(cipher, prefix, number, bytes(buffer[:room]), size)
            del buffer[:room]
            number += 1
    if buffer:
        yield _book(cipher, prefix, number, bytes(buffer), size)


def _book(cipher: AESGCM, prefix: bytes, number: int, plain: bytes, size: int) -> Part:
    return Part(cipher.encrypt(prefix + number.to_bytes(11), plain, None), bytes(TAG_BYTES), len(plain) // size)


def open_book(kind: BookKind, key: bytes, number: int, part: bytes) -> bytes:
    """-> whole entries of a totals or days part, concatenated.

    Raises:
        IntegrityError: altered, under another key, or another part than the ``number``-th.
    """
    prefix, size = _BOOKS[kind]
    opened = open_sealed(key, prefix + number.to_bytes(11), part)
    if len(opened) % size or not opened:
        raise IntegrityError(f"A {kind} part of the use log is not made of whole entries.", code="bad-use-log")
    return opened


def pack_directories(refs: Iterable[PartRef]) -> Iterator[bytes]:
    """Tables of at most 256 KiB that name parts in order."""
    table, count = bytearray(), 0
    for ref in refs:
        table += _REF.pack(*ref)
        count += 1
        if count == _REFS:
            yield bytes(table)
            table, count = bytearray(), 0
    if table:
        yield bytes(table)


def read_directory(table: bytes) -> list[PartRef]:
    """The inverse of ``pack_directories``, for one table.

    Raises:
        IntegrityError: not a whole number of entries.
    """
    if len(table) % _REF.size or not table:
        raise IntegrityError("A directory of the use log is not made of whole entries.", code="bad-use-log")
    return [PartRef(*fields) for fields in _REF.iter_unpack(table)]
