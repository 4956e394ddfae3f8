"""One metered use as the use log holds it: 24 bytes (docs/use-log.md, "Record")."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import NamedTuple

from fairsignal.domain.errors import IntegrityError

__all__ = ["RECORD_BYTES", "USE_ID_BYTES", "UseRecord", "pack_records", "unpack_records"]

USE_ID_BYTES = 16
RECORD_BYTES = 24
"""Use id 16, campaign u16, category u8, block u40; big-endian."""

_RECORD = struct.Struct(">16sHBBI")  # the block's highest byte, and the rest of it


class UseRecord(NamedTuple):
    """A tuple, because there are millions of them."""

    use_id: bytes
    """16 bytes."""
    campaign: int
    """Position in the log's table of campaigns."""
    category: int
    """Bit of the category."""
    block: int
    """The block that the use was decided at."""


def pack_records(records: Iterable[UseRecord]) -> bytes:
    """-> 24 bytes per record, in the order given."""
    pack = _RECORD.pack
    return b"".join(
        [
            pack(use_id, campaign, category, block >> 32, block & 0xFFFFFFFF)
            for use_id, campaign, category, block in records
        ]
    )


def unpack_records(data: bytes) -> list[UseRecord]:
    """The inverse of ``pack_records``.

    Raises:
        IntegrityError: not a whole number of records.
    """
    if len(data) % RECORD_BYTES:
        raise IntegrityError("Records of uses have 24 bytes each.", code="bad-use-log")
    return [
        UseRecord(use_id, campaign, category, high << 32 | low)
        for use_id, campaign, category, high, low in _RECORD.iter_unpack(data)
    ]
