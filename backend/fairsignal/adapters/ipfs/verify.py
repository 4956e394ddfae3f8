"""What every store does with what it read, wherever it came from."""

from __future__ import annotations

from fairsignal.domain.cid import cid_of
from fairsignal.domain.errors import IntegrityError

__all__ = ["verified"]


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
