"""Bytes that are put into stores."""

from __future__ import annotations

import random

from fairsignal.domain.cid import CHUNK

__all__ = ["MIB", "SIZES", "blob"]


MIB = 1024 * 1024
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, MIB, 46 * MIB]


def blob(size: int) -> bytes:
    return random.Random(size).randbytes(size)
