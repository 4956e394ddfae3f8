"""Content-addressed bytes, in one place or several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

__all__ = ["BlobSource", "BlobStore", "Replica", "ReplicaCondition", "ReplicaReport", "ReplicaSet", "ReplicaState"]


class BlobSource(Protocol):
    """Where content-addressed bytes can be read."""

    async def get(self, cid: str) -> bytes:
        """As ``BlobStore.get``."""


class BlobStore(Protocol):
    """Content-addressed bytes.

    All adapters return byte-identical CIDv1: UnixFS, raw leaves, 256 KiB chunks, base32.
    """

    @property
    def name(self) -> str:
        """Short name for reports, e.g. ``embedded`` or ``kubo``."""

    async def put(self, data: bytes) -> str:
        """Store and pin; return the CID. Storing the same bytes twice is harmless."""

    async def get(self, cid: str) -> bytes:
        """Return the bytes, verified against the CID.

        Raises:
            NotFound: this store does not have it.
            IntegrityError: what came back does not match the CID.
            Unavailable: the store did not answer in time.
        """

    async def has(self, cid: str) -> bool:
        """True when the bytes are pinned here."""

    async def delete(self, cid: str) -> bool:
        """Unpin and remove; True when there was something to remove."""

    async def close(self) -> None:
        """Release connections."""


ReplicaCondition = Literal["present", "missing", "corrupt", "unreachable"]


@dataclass(frozen=True, slots=True)
class ReplicaState:
    """What one replica has of a blob. Whatever is "present" was read and verified, unless ``detail`` says otherwise."""

    name: str
    condition: ReplicaCondition
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ReplicaReport:
    """What became of a request at one replica; ``detail`` is a sentence or a few words."""

    name: str
    ok: bool
    detail: str = ""


class Replica(BlobStore, Protocol):
    """A blob store that can be one of several."""

    @property
    def pulls(self) -> bool:
        """True when it fetches what it is to keep from another replica, instead of being sent the bytes."""

    async def state(self, cid: str) -> ReplicaState:
        """Look at this replica's own copy. Does not raise for a bad or unreachable one: that is the answer.

        Raises:
            BadInput: not a CID.
        """

    async def replace(self, data: bytes) -> str:
        """``put`` over whatever is there, which may be damaged; -> the CID."""


class ReplicaSet(BlobStore, Protocol):
    """One blob in several places."""

    @property
    def replicas(self) -> tuple[str, ...]:
        """Their names, in the order in which they are read."""

    async def verify(self, cid: str) -> tuple[ReplicaState, ...]:
        """The state of every replica's copy."""

    async def heal(self, cid: str, spare: bytes | None = None) -> tuple[ReplicaState, ...]:
        """Store again where the blob is missing or corrupt, from a replica that has it; -> the states afterwards.

        Args:
            spare: the blob, from outside, for when no replica has it. Ignored when it is not what the CID names.
        """

    async def erase(self, cid: str) -> tuple[ReplicaReport, ...]:
        """Delete everywhere, also what is being written just now. Can be repeated for replicas that did not answer."""

    async def settle(self) -> None:
        """Wait until no copy is being made in the background any more."""
