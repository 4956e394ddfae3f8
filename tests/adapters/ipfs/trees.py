"""dag-pb nodes as nobody honest makes them."""

from __future__ import annotations

import hashlib

from fairsignal.domain.cid import cid_of

_PREFIX = {"raw": b"\x01\x55\x12\x20", "dag-pb": b"\x01\x70\x12\x20"}


def node(*children: bytes) -> bytes:
    """A dag-pb node without data; children are binary CIDs of 36 bytes."""
    return b"".join(b"\x12" + bytes([len(child) + 2]) + b"\x0a" + bytes([len(child)]) + child for child in children)


def binary(kind: str, data: bytes) -> bytes:
    return _PREFIX[kind] + hashlib.sha256(data).digest()


def text(raw: bytes) -> str:
    import base64

    return "b" + base64.b32encode(raw).decode().lower().rstrip("=")


def bomb(levels: int) -> tuple[str, dict[str, bytes]]:
    """A tree of few small blocks, each linked 174 times -> (root, blocks by CID)."""
    leaf = bytes(1000)
    blocks, child = {cid_of(leaf): leaf}, binary("raw", leaf)
    for _ in range(levels):
        parent = node(*[child] * 174)
        child = binary("dag-pb", parent)
        blocks[text(child)] = parent
    return text(child), blocks
