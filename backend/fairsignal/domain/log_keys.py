"""The keys of a use log: all follow from one random log key per epoch (docs/use-log.md, "Keys").

Whoever has the log key reads everything. A person gets the 48 bytes of its own groups; the auditor of the next epoch
the key of the books (totals and days), which that epoch begins with.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fairsignal.domain.errors import IntegrityError

__all__ = ["KEY_BYTES", "TAG_BYTES", "LogContext", "LogKeys", "key_commitment", "open_sealed"]

KEY_BYTES = 32
TAG_BYTES = 16
_PREFIX = b"fairsignal/use-log/1"
_NONCE = bytes(12)


@dataclass(frozen=True, slots=True)
class LogContext:
    """Which epoch of whom a log is of; keys of one context are worth nothing in another."""

    chain_id: int
    market: str
    """SignalMarket, address."""
    operator: str
    """Address."""
    epoch: int

    @property
    def encoded(self) -> bytes:
        """73 bytes: "fairsignal/use-log/1", chain id u64, market 20, operator 20, epoch u40."""
        addresses = bytes.fromhex(self.market[2:]) + bytes.fromhex(self.operator[2:])
        return _PREFIX + self.chain_id.to_bytes(8) + addresses + self.epoch.to_bytes(5)


class LogKeys:
    """What follows from a log key in its context; HKDF-SHA256 (RFC 5869) with the context as salt."""

    def __init__(self, log_key: bytes, context: LogContext) -> None:
        self.context = context
        self._extracted = hmac.digest(context.encoded, log_key, "sha256")
        self.books = self._expand(b"books", KEY_BYTES)
        """Key of the totals and days."""
        self.commitment = key_commitment(context, "log", log_key)
        """What the index says of the log key."""
        self.books_commitment = key_commitment(context, "books", self.books)
        self._previous = self._expand(b"previous", KEY_BYTES)

    def __repr__(self) -> str:
        return f"LogKeys({self.context})"

    def of_subject(self, subject: bytes) -> tuple[bytes, bytes]:
        """(key 32 bytes, tag 16) of the groups of one subject (20 bytes)."""
        both = self._expand(b"subject" + subject, KEY_BYTES + TAG_BYTES)
        return both[:KEY_BYTES], both[KEY_BYTES:]

    def seal_previous_books(self, books: bytes) -> bytes:
        """Hand the key of the last epoch's books to whoever reads this log; -> 48 bytes."""
        return AESGCM(self._previous).encrypt(_NONCE, books, None)

    def previous_books(self, sealed: bytes) -> bytes:
        """The inverse of ``seal_previous_books``."""
        return open_sealed(self._previous, _NONCE, sealed)

    def _expand(self, info: bytes, length: int) -> bytes:
        # RFC 5869, 2.3; by hand, because it is done for every subject and this is several times as fast.
        block = hmac.digest(self._extracted, info + b"\x01", "sha256")
        if length > len(block):
            block += hmac.digest(self._extracted, block + info + b"\x02", "sha256")
        return block[:length]


def key_commitment(context: LogContext, kind: Literal["log", "books"], key: bytes) -> bytes:
    """SHA-256(context ‖ kind ‖ key). AES-GCM alone does not tell which key a ciphertext is of: one could be made that
    opens to one thing under the key that keepers get, and to another under the auditors'.
    """
    return hashlib.sha256(context.encoded + kind.encode() + key).digest()


def open_sealed(key: bytes, nonce: bytes, sealed: bytes) -> bytes:
    """AES-256-GCM.

    Raises:
        IntegrityError: altered, or under another key.
    """
    try:
        return AESGCM(key).decrypt(nonce, sealed, None)
    except (InvalidTag, ValueError) as error:
        raise IntegrityError(
            "A part of the use log does not open: it was altered, or this is not its key.",
            remedy="Check that the key is of this epoch.",
            code="does-not-open",
        ) from error
