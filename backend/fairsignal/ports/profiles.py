"""Sealed profiles in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["ProfileRow", "Profiles"]


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """A sealed profile on its way to the chain, or there. Holds ciphertext and the operator's matching index only."""

    subject: str
    version: int
    digest: bytes
    cid: str
    categories: int
    """Bitmap of the categories with a signal: what the operator matches campaigns against."""
    manifest: bytes = field(repr=False)
    deposits: tuple[bytes, ...] = field(repr=False)
    """One sealed deposit per keeper, in keeper order, for keepers that come late; none once all have theirs."""
    stored: bool = False
    deposited: tuple[int, ...] = ()
    """Indices of the keepers that acknowledged."""
    attested: bool = False


class Profiles(Protocol):
    async def get(self, subject: str) -> ProfileRow | None:
        """The newest version."""

    async def save(self, row: ProfileRow) -> None:
        """
        Raises:
            Refused: an erasure of this subject is open; ``code`` is ``erasure-open``.
        """

    async def unfinished(self) -> list[ProfileRow]:
        """Newest versions that are not attested yet, or whose shares not all keepers have."""

    async def many(self, subjects: Sequence[str]) -> dict[str, ProfileRow]:
        """Those that may be used: without subjects whose erasure is open."""

    async def stored_cids(self) -> list[str]:
        """CIDs of all manifests that a blob store has acknowledged, sorted."""

    async def manifest(self, cid: str) -> bytes | None:
        """The manifest of this CID, if it is the newest of a subject."""

    async def is_wanted(self, cid: str) -> bool:
        """Whether it is of some version of a subject that still has a profile: False once that is erased."""

    async def forget(self, subject: str) -> None:
        """Remove it; the CIDs of all its versions are still known, for whoever deletes the blobs."""

    async def cids(self, subject: str) -> list[str]:
        """CIDs of all versions that there ever were since the last erasure, sorted."""

    async def forget_cids(self, subject: str) -> None: ...
