"""Single calls to a Kubo daemon that take more than one method of ipfshttpclient, and what its errors mean."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from typing import Any

from fairsignal.domain.errors import NotFound, Unavailable

# The library's own switch, read at import: without it, it patches requests in a way that today's urllib3 warns about.
os.environ.setdefault("PY_IPFS_HTTP_CLIENT_PATCH_REQUESTS", "no")
from ipfshttpclient import exceptions  # type: ignore[import-untyped]

__all__ = ["error_of_daemon", "is_pinned", "own_addresses", "remove", "remove_blocks", "swarm_connect"]

_MOST_ARGUMENTS = 200
"""CIDs in one call: they go into its address."""


def is_pinned(client: Any, cid: str) -> bool:
    """Pinned as a whole tree."""
    try:
        return cid in client.pin.ls(cid, type="recursive")["Keys"]
    except exceptions.ErrorResponse as error:
        if "is not pinned" in str(error):
            return False
        raise


def remove(client: Any, cid: str) -> bool:
    """Unpin, then drop the blocks: Kubo would keep them until its next garbage collection.

    Also drops what an earlier call unpinned and a crash kept it from dropping.
    """
    pinned = is_pinned(client, cid)
    if not pinned and not _holds(client, cid):
        return False
    try:
        refs = client.unstable.refs(cid, opts={"recursive": "true", "unique": "true", "offline": "true"})
        below = [ref["Ref"] for ref in refs]
    except exceptions.ErrorResponse:
        below = []  # a damaged tree: what hangs below it is garbage once it is unpinned
    if pinned:
        client.pin.rm(cid)
    _drop(client, [cid, *below])
    return True


def remove_blocks(client: Any, cid: str, blocks: Sequence[str]) -> None:
    """Unpin and drop these blocks whatever state they are in; those that other pins need stay."""
    if is_pinned(client, cid):
        client.pin.rm(cid)
    _drop(client, blocks)


def own_addresses(client: Any) -> list[str]:
    """Multiaddrs that the daemon listens on, as it announces them."""
    return list(client.id()["Addresses"] or ())


def swarm_connect(client: Any, addresses: Sequence[str]) -> None:
    """Dial one after the other; failures are the daemon's to log."""
    for address in addresses:
        # Not `client.swarm.connect`, which takes its first argument apart into letters.
        with contextlib.suppress(exceptions.ErrorResponse):
            client._client.request("/swarm/connect", [address], decoder="json")


def _drop(client: Any, blocks: Sequence[str]) -> None:
    # The library has no method for `block rm`. Blocks that other pins need are kept by the daemon, which says so in
    # its answer; --force only silences complaints about blocks that are gone already.
    for start in range(0, len(blocks), _MOST_ARGUMENTS):
        some = blocks[start : start + _MOST_ARGUMENTS]
        client._client.request("/block/rm", some, opts={"force": "true"}, decoder="json")


def _holds(client: Any, cid: str) -> bool:
    try:
        client.block.stat(cid, opts={"offline": "true"})
    except exceptions.ErrorResponse:
        return False
    return True


def error_of_daemon(error: exceptions.ErrorResponse) -> NotFound | Unavailable:
    """Our error for what the daemon answered."""
    said = str(error)
    if "not found" in said or "could not find" in said:
        return NotFound(
            "The IPFS daemon does not have this blob.",
            remedy="Fetch it from another store, or import it again.",
            code="no-such-blob",
        )
    if "deadline exceeded" in said:
        return Unavailable(
            "The IPFS daemon did not find the blob in time.",
            remedy="Try again, or connect the daemon to a peer that has it.",
            code="ipfs-timeout",
        )
    return Unavailable(
        "The IPFS daemon refused the call.",
        remedy="Read the daemon's log; a full disk and a locked repository are the usual causes.",
        code="ipfs-unavailable",
    )
