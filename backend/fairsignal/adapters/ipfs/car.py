"""The CARv1 file format (https://ipld.io/specs/transport/car/carv1/): a header with roots, then blocks with their CIDs.

Every section is a varint of its length, a binary CID and the block. The header is DAG-CBOR, left to ``libipld``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Any

import libipld

from fairsignal.domain.cid import parse, varint, verify_block
from fairsignal.domain.errors import BadInput, IntegrityError

__all__ = ["CarIndex", "read_block", "scan", "write_block", "write_header"]

_MAX_HEADER = 4 * 1024 * 1024
"""Bytes: about a hundred thousand roots."""
_MAX_BLOCK = 2 * 1024 * 1024
"""Bytes that IPFS implementations exchange as one block."""
_CID_BYTES = 36
"""Of the only kind stored here: CIDv1, SHA-256."""
_MAX_BLOCKS = 1_000_000
_MANGLED = "Get the file again, or export it again with `fairsignal storage export` or `ipfs dag export`."


@dataclass(frozen=True, slots=True)
class CarIndex:
    """What a CAR file holds, and where."""

    roots: tuple[str, ...]
    blocks: dict[str, tuple[int, int]]
    """CID -> (offset, bytes) of the block in the file."""


def write_header(file: IO[bytes], roots: Sequence[str]) -> int:
    """-> bytes written.

    Raises:
        BadInput: more roots than a header holds.
    """
    # libipld writes bytes that are a CID as a link (tag 42).
    header = libipld.encode_dag_cbor({"roots": [_binary(root) for root in roots], "version": 1})
    if len(header) > _MAX_HEADER:
        raise BadInput(
            "These are too many CIDs for one CAR file.", remedy="Export them in parts.", code="too-many-cids"
        )
    return file.write(varint(len(header)) + header)


def write_block(file: IO[bytes], cid: str, data: bytes) -> int:
    """-> bytes written."""
    return file.write(varint(_CID_BYTES + len(data)) + _binary(cid) + data)


def scan(file: IO[bytes], name: str, progress: Callable[[int], None]) -> CarIndex:
    """Read a CAR file from its start and verify every block.

    Args:
        file: seekable.
        name: for errors.
        progress: told the bytes read so far.

    Raises:
        BadInput: not CARv1, cut off, or with blocks of a kind that is not stored here.
        IntegrityError: a block is not what its CID names.
    """
    roots = _header(file, name)
    blocks: dict[str, tuple[int, int]] = {}
    while True:
        start = file.tell()
        progress(start)
        size = _length(file, name, start)
        if size is None:
            return CarIndex(roots, blocks)
        if not _CID_BYTES <= size <= _CID_BYTES + _MAX_BLOCK:
            raise _bad(name, start, f"a block of {size} bytes with its CID, which no block has")
        section = _exactly(file, size, name, start)
        cid, block = _text(section[:_CID_BYTES], name, start), section[_CID_BYTES:]
        try:
            verify_block(cid, block)
        except IntegrityError as error:
            raise IntegrityError(
                f"{name}: the block at byte {start} is not what its CID {cid} names.",
                remedy=_MANGLED,
                code="cid-mismatch",
            ) from error
        blocks.setdefault(cid, (file.tell() - len(block), len(block)))
        if len(blocks) > _MAX_BLOCKS:
            raise _bad(name, start, f"more than {_MAX_BLOCKS} blocks")


def read_block(file: IO[bytes], index: CarIndex, cid: str, name: str) -> bytes:
    """One block of a scanned file, verified again: the file may have been changed since.

    Raises:
        BadInput: the file does not have it.
        IntegrityError: it is another one by now.
    """
    try:
        offset, size = index.blocks[cid]
    except KeyError:
        raise BadInput(f"{name} lacks the block {cid}.", remedy=_MANGLED, code="incomplete-car") from None
    file.seek(offset)
    block = file.read(size)
    verify_block(cid, block)
    return block


def _header(file: IO[bytes], name: str) -> tuple[str, ...]:
    size = _length(file, name, 0)
    if not size or size > _MAX_HEADER:
        raise _bad(name, 0, "no CARv1 header")
    encoded = _exactly(file, size, name, 0)
    try:
        header: Any = libipld.decode_dag_cbor(encoded)
    except (ValueError, RecursionError):
        header = None
    if isinstance(header, dict) and header.get("version") == 2:
        raise _bad(name, 0, "a CARv2 header, and only CARv1 is read")
    if not isinstance(header, dict) or header.get("version") != 1 or not isinstance(header.get("roots"), list):
        raise _bad(name, 0, "no CARv1 header")
    return tuple(dict.fromkeys(_text(root, name, 0) for root in header["roots"]))


def _length(file: IO[bytes], name: str, start: int) -> int | None:
    """The varint before a section; None at the end of the file."""
    value = 0
    for shift in range(0, 63, 7):
        byte = file.read(1)
        if not byte:
            if shift == 0:
                return None
            break
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
    raise _bad(name, start, "a length that is cut off or too long")


def _exactly(file: IO[bytes], size: int, name: str, start: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise _bad(name, start, f"{size} bytes announced, of which {size - len(data)} are missing")
    return data


def _text(raw: object, name: str, start: int) -> str:
    try:
        cid: str = libipld.encode_cid(raw) if isinstance(raw, bytes) else ""
        parse(cid)
    except (ValueError, BadInput) as error:
        raise _bad(name, start, "a CID of another kind than CIDv1 with SHA-256, raw or dag-pb") from error
    return cid


def _binary(cid: str) -> bytes:
    codec, digest = parse(cid)
    return bytes((1, codec, 0x12, 0x20)) + digest


def _bad(name: str, start: int, found: str) -> BadInput:
    return BadInput(f"{name} is no usable CAR file: at byte {start} there is {found}.", remedy=_MANGLED, code="bad-car")
