"""Putting a blob together from the blocks of its tree.

Node format: dag-pb (https://ipld.io/specs/codecs/dag-pb/spec/), a protobuf message of links (field 2: hash = 1) and
data. The reading is lenient about all the rest on purpose: whoever puts a blob together compares its CID in the end,
and only the canonical tree of the very same bytes has that.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence

import libipld

from fairsignal.domain.cid import CHUNK, MAX_LINKS, build, parse
from fairsignal.domain.errors import BadInput

__all__ = ["MAX_BLOB", "assemble", "depth_first", "is_tree", "links"]

MAX_BLOB = 256 * 1024 * 1024
"""Bytes; a blob is held in memory."""
_DAG_PB = 0x70
_DELIMITED = 2
_WIRE_SIZES = {1: 8, 5: 4}
"""Protobuf wire type -> bytes of a fixed-size field."""


def is_tree(cid: str) -> bool:
    """True when the CID names a node with links, False for a block of a blob's own bytes."""
    return parse(cid)[0] == _DAG_PB


async def assemble(
    cid: str, fetch: Callable[[Sequence[str]], Awaitable[Sequence[bytes]]], *, max_bytes: int = MAX_BLOB
) -> bytes:
    """Fetch a blob's blocks level by level -> its bytes; the caller checks that their CID is ``cid``.

    Args:
        fetch: gives verified blocks in the order of the CIDs asked for.
        max_bytes: of the blob. More blocks than the canonical tree of that many bytes has are not asked for.

    Raises:
        BadInput: the tree is not one of ours.
    """
    most_leaves = max(1, -(-max_bytes // CHUNK))
    level, height = [cid], 0
    while any(map(is_tree, level)):
        height += 1
        nodes = await fetch(level)
        below: list[str] = []
        for name, node in zip(level, nodes, strict=True):
            below.extend(links(node) if is_tree(name) else (name,))
            # A node may name the same child many times: without a limit, small trees would unfold into endless ones.
            if len(below) > most_leaves:
                raise _not_ours(f"has more blocks than a blob of {max_bytes} bytes")
        level = below
        if MAX_LINKS ** (height - 1) > most_leaves:
            raise _not_ours("is higher than any of ours")
    data = b"".join(await fetch(level)) if level else b""
    if len(data) > max_bytes:
        raise _not_ours(f"holds more than {max_bytes} bytes")
    return data


def depth_first(data: bytes) -> Iterator[tuple[str, bytes]]:
    """(CID, bytes) of each block of the blob's tree once, parents first, as ``ipfs dag export`` sends them."""
    root, blocks = build(data)
    by_cid = {block.cid: block.data for block in blocks}
    waiting, seen = [root], set()
    while waiting:
        cid = waiting.pop()
        if cid in seen:
            continue
        seen.add(cid)
        yield cid, by_cid[cid]
        if is_tree(cid):
            waiting.extend(reversed(links(by_cid[cid])))


def links(node: bytes) -> tuple[str, ...]:
    """CIDs that a dag-pb node links to, in order.

    Raises:
        BadInput: no dag-pb node, or links to something that is never part of a blob's tree.
    """
    found = []
    for number, payload in _delimited_fields(node):
        if number == 2:
            hashes = [value for field, value in _delimited_fields(payload) if field == 1]
            try:
                found.append(libipld.encode_cid(hashes[0]))
            except (IndexError, ValueError):
                raise _not_ours("has a link without a CID") from None
            parse(found[-1])
    return tuple(found)


def _delimited_fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """(field number, payload) of the length-delimited fields of a protobuf message; the others are skipped."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            _, at = _varint(message, at)
            continue
        if kind == _DELIMITED:
            size, at = _varint(message, at)
        elif kind in _WIRE_SIZES:
            size = _WIRE_SIZES[kind]
        else:
            raise _not_ours("has a node that is no dag-pb")
        end = at + size
        if end > len(message):
            raise _not_ours("has a node that is cut off")
        if kind == _DELIMITED:
            yield number, message[at:end]
        at = end


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """-> (value, offset behind it)."""
    value = 0
    for shift in range(0, 64, 7):
        if at >= len(message):
            break
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise _not_ours("has a node that is no dag-pb")


def _not_ours(why: str) -> BadInput:
    return BadInput(
        f"The tree of blocks {why}.",
        remedy="Blobs are files as `ipfs add --cid-version=1` makes them, without a folder around them.",
        code="not-a-blob",
    )
