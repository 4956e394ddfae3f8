"""The opaque, single-use token of a decision: what was decided, until when it may be confirmed, readable to us alone.

A token is encrypted and authenticated (AES-256-GCM) under a key that an operator's replicas share, so that nothing is
stored until a use is confirmed. The key of every hour is derived anew (HKDF-SHA256): nonces are random, and one key
must not see more than some four billion of them.

Layout, 144 bytes, as base64url without padding 192 characters: version 1, hour 4, nonce 12, ciphertext 111, tag 16;
numbers are big-endian.
"""

from __future__ import annotations

import base64
import binascii
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fairsignal.domain.errors import BadInput

__all__ = ["TOKEN_LENGTH", "DecidedUse", "UseTokens"]

TOKEN_LENGTH = 192
"""Characters."""
_VERSION = 1
_HOUR = 3_600
_NONCE = 12
_HEADER = struct.Struct(">BI12s")
_BODY = struct.Struct(">16s32s20sBHIQQQ12s")


@dataclass(frozen=True, slots=True)
class DecidedUse:
    """A use that was allowed. Times in Unix seconds."""

    use_id: bytes
    """16 random bytes."""
    campaign: bytes
    subject: bytes
    """20 bytes."""
    category: int
    """Bit of the category."""
    metered: bool
    """Logged when it is confirmed; else recorded on chain at once."""
    cap: int
    """Uses that the consent allows in a UTC day."""
    consent_version: int
    block: int
    """The block that the decision is current to."""
    block_time: int
    expires_at: int
    price: int
    """Gross, token base units."""


class UseTokens:
    """Makes and reads the tokens of one operator."""

    def __init__(self, key: bytes, context: bytes) -> None:
        """
        Args:
            key: 32 bytes, shared by the operator's replicas.
            context: what tokens are bound to: chain, market and operator.
        """
        self._key = key
        self._context = context
        self._cipher = lru_cache(maxsize=4)(self._cipher_of)

    def seal(self, now: int, uses: Sequence[DecidedUse]) -> list[str]:
        """A token for each of these."""
        hour = now // _HOUR
        encrypt = self._cipher(hour).encrypt
        nonces = os.urandom(_NONCE * len(uses))  # a system call each would cost more than encrypting
        tokens = []
        for at, use in enumerate(uses):
            header = _HEADER.pack(_VERSION, hour, nonces[_NONCE * at : _NONCE * (at + 1)])
            body = _BODY.pack(
                use.use_id,
                use.campaign,
                use.subject,
                use.category | use.metered << 7,
                use.cap,
                use.consent_version,
                use.block,
                use.block_time,
                use.expires_at,
                use.price.to_bytes(12),
            )
            tokens.append(base64.urlsafe_b64encode(header + encrypt(header[-_NONCE:], body, header)).decode())
        return tokens

    def open(self, token: str) -> DecidedUse:
        """Read a token, expired or not.

        Raises:
            BadInput: it is none of this operator's; ``code`` is ``bad-token``.
        """
        try:
            sealed = base64.b64decode(token, altchars=b"-_", validate=True) if len(token) == TOKEN_LENGTH else b""
            version, hour, nonce = _HEADER.unpack_from(sealed)
            if version != _VERSION:
                raise ValueError("unknown version")
            body = self._cipher(hour).decrypt(nonce, sealed[_HEADER.size :], sealed[: _HEADER.size])
        except (ValueError, binascii.Error, struct.error, InvalidTag) as error:
            raise BadInput(
                "This is no token of this operator's decisions.",
                remedy="Send the token of a decision as it came.",
                code="bad-token",
            ) from error
        use_id, campaign, subject, category, *fields, price = _BODY.unpack(body)
        metered = bool(category >> 7)
        return DecidedUse(*(use_id, campaign, subject, category & 0x7F, metered, *fields, int.from_bytes(price)))

    def _cipher_of(self, hour: int) -> AESGCM:
        info = b"fairsignal/use-token/1" + self._context + hour.to_bytes(4)
        return AESGCM(HKDF(SHA256(), 32, salt=None, info=info).derive(self._key))
