"""What every store does with what it read, wherever it came from."""

from __future__ import annotations

from collections.abc import Awaitable

from fairsignal.domain.cid import cid_of
from fairsignal.domain.errors import IntegrityError, NotFound, Unavailable
from fairsignal.ports import ReplicaState

__all__ = ["state_of", "verified"]


def verified(cid: str, data: bytes, store: str) -> bytes:
    """-> ``data``, which is what ``cid`` names.

    Raises:
        IntegrityError: it is not.
    """
    if cid_of(data) != cid:
        raise IntegrityError(
            f"What the {store} blob store holds as {cid} are other bytes.",
            remedy="Fetch the blob from another store, or store it again.",
            code="cid-mismatch",
        )
    return data


async def state_of(name: str, reading: Awaitable[object]) -> ReplicaState:
    """A replica's state by how reading its own copy ends."""
    try:
        await reading
    except NotFound:
        return ReplicaState(name, "missing")
    except IntegrityError as error:
        return ReplicaState(name, "corrupt", error.message)
    except Unavailable as error:
        return ReplicaState(name, "unreachable", error.message)
    return ReplicaState(name, "present")
