"""Content identifiers: CIDv1 of bytes exactly as ``ipfs add --cid-version=1`` gives them.

That is: UnixFS, raw leaves, 256 KiB chunks, balanced layout with 174 links a node, SHA-256, base32. A blob of one
chunk is one raw block, so its CID's digest is the SHA-256 of the blob itself.

Sources: https://github.com/multiformats/cid, https://specs.ipfs.tech/unixfs/ (dag-pb and UnixFS messages, field
numbers below), Kubo's defaults ``--chunker=size-262144 --raw-leaves``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from fairsignal.domain.errors import BadInput, IntegrityError

__all__ = [
    "CHUNK",
    "MAX_LINKS",
    "Block",
    "build",
    "cid_of",
    "cid_of_digest",
    "digest_of",
    "parse",
    "varint",
    "verify_block",
]

CHUNK = 262_144
"""Bytes in a leaf."""
MAX_LINKS = 174
"""Links in an inner node, Kubo's default for balanced files."""

_RAW = 0x55
_DAG_PB = 0x70
_SHA2_256 = b"\x12\x20"


@dataclass(frozen=True, slots=True)
class Block:
    """One node of a blob's tree."""

    cid: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Node:
    """What a parent needs to know of a child."""

    cid: bytes
    """Binary CID."""
    file_size: int
    """Bytes of the file below this node."""
    tree_size: int
    """Bytes of all encoded blocks from this node down: dag-pb's ``Tsize``."""


def cid_of(data: bytes) -> str:
    """CID of a blob of any size, in base32, e.g. ``bafkrei...`` (one chunk) or ``bafybei...`` (more)."""
    if len(data) <= CHUNK:
        return cid_of_digest(hashlib.sha256(data).digest())
    root = b""
    for root, _ in _tree(data):  # noqa: B007 - the root comes last
        pass
    return _text(root)


def build(data: bytes) -> tuple[str, list[Block]]:
    """-> (CID, all blocks of the tree, leaves first and the root last)."""
    blocks = [Block(_text(cid), encoded) for cid, encoded in _tree(data)]
    return blocks[-1].cid, blocks


def verify_block(cid: str, data: bytes) -> None:
    """Check one block against its CID.

    Raises:
        BadInput: not a CID that we know how to check.
        IntegrityError: the bytes are not the block's.
    """
    _, digest = parse(cid)
    if hashlib.sha256(data).digest() != digest:
        raise IntegrityError(
            f"The bytes received for block {cid} do not match it.",
            remedy="Fetch the block from another store.",
            code="cid-mismatch",
        )


def cid_of_digest(digest: bytes) -> str:
    """CID of the single-block blob with this SHA-256 (32 bytes), e.g. a sealed manifest from its on-chain hash."""
    if len(digest) != 32:
        raise BadInput("A SHA-256 digest has 32 bytes.", code="bad-digest")
    return _text(_binary(_RAW, digest))


def digest_of(cid: str) -> bytes:
    """SHA-256 (32 bytes) of a single-block blob; the inverse of ``cid_of_digest``.

    Raises:
        BadInput: not a CID, or one of a blob of several blocks (its digest is not the blob's).
    """
    codec, digest = parse(cid)
    if codec != _RAW:
        raise BadInput(
            "This CID names a tree of blocks, whose hash is not the content's.",
            remedy="Give the CID of a blob of at most 256 KiB.",
            code="bad-cid",
        )
    return digest


def parse(cid: str) -> tuple[int, bytes]:
    """-> (codec, SHA-256 digest) of a CIDv1 in base32; only the canonical spelling is accepted.

    Raises:
        BadInput: anything else, also CIDv0 and other bases and hashes.
    """
    try:
        raw = base64.b32decode(cid[1:].upper() + "=" * (-(len(cid) - 1) % 8)) if cid[:1] == "b" else b""
    except (binascii.Error, ValueError):
        raw = b""
    codec = raw[1] if len(raw) == 36 else -1
    if codec not in (_RAW, _DAG_PB) or raw != _binary(codec, raw[4:]) or _text(raw) != cid:
        raise BadInput(
            "This is not a CIDv1 of the kind stored here (base32, SHA-256, raw or dag-pb).",
            remedy="Convert it with `ipfs cid base32 <cid>`.",
            code="bad-cid",
        )
    return codec, raw[4:]


def _binary(codec: int, digest: bytes) -> bytes:
    return bytes((1, codec)) + _SHA2_256 + digest


def _text(raw: bytes) -> str:
    return "b" + base64.b32encode(raw).decode("ascii").lower().rstrip("=")


def _tree(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (binary CID, encoded block) of every node, children before parents, the root last."""
    view = memoryview(data)
    level: list[_Node] = []
    for start in range(0, len(data) or 1, CHUNK):
        chunk = view[start : start + CHUNK]
        cid = _binary(_RAW, hashlib.sha256(chunk).digest())
        level.append(_Node(cid, len(chunk), len(chunk)))
        yield cid, bytes(chunk)
    while len(level) > 1:
        parents: list[_Node] = []
        for start in range(0, len(level), MAX_LINKS):
            children = level[start : start + MAX_LINKS]
            encoded = _inner_node(children)
            cid = _binary(_DAG_PB, hashlib.sha256(encoded).digest())
            file_size = sum(child.file_size for child in children)
            parents.append(_Node(cid, file_size, len(encoded) + sum(child.tree_size for child in children)))
            yield cid, encoded
        level = parents


def _inner_node(children: Sequence[_Node]) -> bytes:
    """``PBNode`` {2: links {1: hash, 2: name "", 3: tsize}, 1: data}; dag-pb puts the links first."""
    links = bytearray()
    sizes = bytearray()
    for child in children:
        links += _delimited(2, _delimited(1, child.cid) + _delimited(2, b"") + _varint_field(3, child.tree_size))
        sizes += _varint_field(4, child.file_size)
    file_size = sum(child.file_size for child in children)
    # UnixFS ``Data`` {1: type = File (2), 3: filesize, 4: blocksizes, one per link, not packed}.
    unixfs = _varint_field(1, 2) + _varint_field(3, file_size) + bytes(sizes)
    return bytes(links) + _delimited(1, unixfs)


def _delimited(number: int, payload: bytes) -> bytes:
    return bytes((number << 3 | 2,)) + varint(len(payload)) + payload


def _varint_field(number: int, value: int) -> bytes:
    return bytes((number << 3,)) + varint(value)


def varint(value: int) -> bytes:
    """An unsigned integer in LEB128, as multiformats and protobuf write it."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
