"""An epoch continues the one before: its log, its blocks, and what everybody had."""

from __future__ import annotations

from fairsignal.domain.errors import IntegrityError
from fairsignal.domain.log_index import LogIndex, check_books_key
from fairsignal.domain.log_keys import LogKeys
from fairsignal.domain.merkle import MerkleTree
from fairsignal.domain.violations import EpochRule, Violation
from fairsignal.epochs.read import Books, read_books
from fairsignal.ports import BlobSource

__all__ = ["check_continues", "read_previous_books"]


def check_continues(index: LogIndex, previous: LogIndex | None, digest: bytes) -> list[Violation]:
    """Whether an index follows on the one of the epoch before.

    Args:
        previous: None for the first epoch.
        digest: SHA-256 of the previous index, as the chain has it; zeros for the first epoch.
    """
    found = []
    if index.previous != digest:
        detail = f"The log before this one is 0x{digest.hex()}; the index names 0x{index.previous.hex()}."
        found.append(Violation(EpochRule.WRONG_PREVIOUS, detail))
    if previous is not None and index.from_block != previous.to_block:
        detail = f"The last epoch ended with block {previous.to_block}, and this one begins behind {index.from_block}."
        found.append(Violation(EpochRule.WRONG_RANGE, detail))
    if index.to_block <= index.from_block:
        detail = f"The epoch ends with block {index.to_block} and begins behind {index.from_block}."
        found.append(Violation(EpochRule.WRONG_RANGE, detail))
    return found


async def read_previous_books(
    blobs: BlobSource, index: LogIndex, keys: LogKeys, previous: LogIndex, root: bytes
) -> Books:
    """What an epoch begins with, opened with the key that its own log hands on.

    Args:
        index, keys: of the epoch itself.
        previous: index of the epoch before, which the chain names.
        root: that the chain settled the epoch before with, 32 bytes.

    Raises:
        IntegrityError: the key does not open them, or they are not the totals that were settled.
        NotFound, Unavailable: a part cannot be read.
    """
    key = check_books_key(previous, keys.previous_books(index.previous_books))
    books = await read_books(blobs, previous, key)
    if MerkleTree.build(books.leaves).root != root:
        raise IntegrityError(
            "The totals of the epoch before are not those that were settled.",
            remedy="Fetch its log from another source.",
            code="wrong-previous-totals",
        )
    return books
