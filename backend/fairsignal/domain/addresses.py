"""Addresses in the form that people compare: EIP-55. The same as eth-utils', in a fraction of its time.

A cohort names a thousand people, and each keeper meets each of them several times per request.
"""

from __future__ import annotations

from eth_hash.auto import keccak

__all__ = ["ADDRESS_BYTES", "checksummed"]

ADDRESS_BYTES = 20
_UPPER = "89abcdef"


def checksummed(address: bytes) -> str:
    """-> ``0x`` and 40 hex digits, in the case that EIP-55 gives them.

    Raises:
        ValueError: not 20 bytes.
    """
    if len(address) != ADDRESS_BYTES:
        raise ValueError(f"an address has {ADDRESS_BYTES} bytes, not {len(address)}")
    text = address.hex()
    marks = keccak(text.encode()).hex()
    return "0x" + "".join(
        [digit.upper() if mark in _UPPER else digit for digit, mark in zip(text, marks, strict=False)]
    )
