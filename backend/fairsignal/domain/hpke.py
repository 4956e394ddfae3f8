"""HPKE single-shot messages (RFC 9180, base mode): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, empty aad.

On the wire: the 32-byte encapsulated key, then the ciphertext with its 16-byte tag, which is what
``@hpke/core``'s ``CipherSuite.seal`` gives when ``enc`` and ``ct`` are concatenated.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from fairsignal.domain.errors import BadInput, IntegrityError

__all__ = ["KEY_BYTES", "OVERHEAD", "loaded", "new_private_key", "open_message", "public_key_of", "seal_message"]

KEY_BYTES = 32
"""Private and public X25519 keys, raw (RFC 7748)."""
OVERHEAD = 48
"""Bytes that a message is longer than its plaintext."""

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def new_private_key() -> bytes:
    """A fresh X25519 private key, 32 bytes."""
    return X25519PrivateKey.generate().private_bytes_raw()


def public_key_of(private_key: bytes) -> bytes:
    """The X25519 public key (32 bytes) of a private key."""
    return loaded(private_key).public_key().public_bytes_raw()


def seal_message(plaintext: bytes, public_key: bytes, info: bytes) -> bytes:
    """Encrypt to the holder of ``public_key``, bound to ``info``; the sender stays anonymous.

    Raises:
        BadInput: the key is not a usable X25519 public key.
    """
    try:
        return _SUITE.encrypt(plaintext, X25519PublicKey.from_public_bytes(public_key), info)
    except ValueError as error:  # of 32 bytes only the few points of small order fail
        raise BadInput(
            "The recipient's key is not a usable X25519 public key.",
            remedy="Give the 32-byte public key of a freshly made key pair.",
            code="bad-recipient-key",
        ) from error


def open_message(message: bytes, private_key: bytes | X25519PrivateKey, info: bytes) -> bytes:
    """Decrypt what ``seal_message`` gave.

    Args:
        private_key: 32 bytes, or as ``loaded`` gives it: faster for many messages.

    Raises:
        IntegrityError: altered, sealed to another key, or for another context.
    """
    try:
        key = private_key if isinstance(private_key, X25519PrivateKey) else loaded(private_key)
        return _SUITE.decrypt(message, key, info)
    except (InvalidTag, ValueError) as error:
        raise IntegrityError(
            "The sealed message does not open: it was altered, or is meant for another key or context.",
            remedy="Check that the key and the record belong together.",
            code="does-not-open",
        ) from error


def loaded(private_key: bytes) -> X25519PrivateKey:
    """The key with its public half, which takes as long to compute as opening a message.

    Raises:
        BadInput: it does not have 32 bytes.
    """
    try:
        return X25519PrivateKey.from_private_bytes(private_key)
    except ValueError as error:
        raise BadInput("An X25519 private key has 32 bytes.", code="bad-private-key") from error
