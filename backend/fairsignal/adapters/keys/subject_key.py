"""The subject's X25519 key: random, and wrapped so that only the subject gets it back.

Two ways back, of which a signature alone is never the only one: smart wallets need not sign the same way twice.

- **Wallet**: the key is encrypted under one derived from the wallet's signature of ``unlock_message``. The wrapped key
  is safe to keep anywhere; its salt is part of the message, so that every wrapping takes a signature of its own.
- **Recovery file**: the key itself, encrypted with a passphrase if the person sets one (``keys.key_file``).
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from eth_utils.address import is_address, to_checksum_address

from fairsignal.adapters.files import write_atomically
from fairsignal.adapters.keys.key_file import decode_key_file, encode_key_file
from fairsignal.domain.errors import BadInput, Unavailable
from fairsignal.domain.hpke import KEY_BYTES, new_private_key, public_key_of

__all__ = [
    "WrappedSubjectKey",
    "decode_wrapped",
    "encode_wrapped",
    "load_or_create_recovery_file",
    "new_salt",
    "read_recovery_file",
    "recovery_file",
    "unlock_message",
    "unwrap_with_signature",
    "wrap_with_signature",
]

_FORMAT = "fairsignal-subject-key"
_SALT_BYTES = 32
_NONCE_BYTES = 12
_STATEMENT = "Unlock my Fairsignal profile key. Sign this only on a site that you trust with your profile."


@dataclass(frozen=True, slots=True)
class WrappedSubjectKey:
    """An encrypted subject key; opens with the wallet's signature of ``unlock_message(subject, salt)``."""

    subject: str
    """Checksummed address."""
    public_key: bytes
    """X25519, 32 bytes."""
    salt: bytes
    """32 bytes."""
    nonce: bytes
    ciphertext: bytes = field(repr=False)


def new_salt() -> bytes:
    """32 random bytes for a new wrapping."""
    return os.urandom(_SALT_BYTES)


def unlock_message(subject: str, salt: bytes) -> dict[str, Any]:
    """EIP-712 typed data for the wallet. Bound to no chain: the key is the person's on all of them."""
    fields = [("statement", "string"), ("subject", "address"), ("salt", "bytes32")]
    return {
        "types": {
            "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "version", "type": "string"}],
            "UnlockKey": [{"name": name, "type": kind} for name, kind in fields],
        },
        "primaryType": "UnlockKey",
        "domain": {"name": "Fairsignal Subject Key", "version": "1"},
        "message": {"statement": _STATEMENT, "subject": subject, "salt": salt},
    }


def wrap_with_signature(private_key: bytes, subject: str, salt: bytes, signature: bytes) -> WrappedSubjectKey:
    """Encrypt the key under the wallet's signature of ``unlock_message(subject, salt)``.

    Raises:
        BadInput: a malformed address, salt or signature.
    """
    if not is_address(subject) or len(salt) != _SALT_BYTES:
        raise BadInput("A wrapped key names an address and a salt of 32 bytes.", code="bad-wrapped-key")
    address = str(to_checksum_address(subject))
    public_key = public_key_of(private_key)
    nonce = os.urandom(_NONCE_BYTES)
    cipher = AESGCM(_wrapping_key(address, salt, signature))
    return WrappedSubjectKey(
        address, public_key, salt, nonce, cipher.encrypt(nonce, private_key, _associated(address, public_key))
    )


def unwrap_with_signature(wrapped: WrappedSubjectKey, signature: bytes) -> bytes:
    """-> the private key, 32 bytes.

    Raises:
        BadInput: another signature than the one it was wrapped under, or an altered file.
    """
    cipher = AESGCM(_wrapping_key(wrapped.subject, wrapped.salt, signature))
    try:
        return cipher.decrypt(wrapped.nonce, wrapped.ciphertext, _associated(wrapped.subject, wrapped.public_key))
    except InvalidTag as error:
        raise BadInput(
            "This signature does not unlock the key.",
            remedy="Sign with the wallet that the key was made with, or use the recovery file.",
            code="wrong-signature",
        ) from error


def encode_wrapped(wrapped: WrappedSubjectKey) -> bytes:
    """-> JSON, binary fields in hex."""
    document = {
        "format": _FORMAT,
        "version": 1,
        "subject": wrapped.subject,
        "public_key": wrapped.public_key.hex(),
        "salt": wrapped.salt.hex(),
        "nonce": wrapped.nonce.hex(),
        "ciphertext": wrapped.ciphertext.hex(),
    }
    return (json.dumps(document, indent=2) + "\n").encode("ascii")


def decode_wrapped(content: bytes) -> WrappedSubjectKey:
    """The inverse of ``encode_wrapped``.

    Raises:
        BadInput: not a wrapped key.
    """
    malformed = BadInput(
        "This is not a wrapped Fairsignal key, or it is damaged.",
        remedy="Use the recovery file.",
        code="bad-wrapped-key",
    )
    try:
        document = json.loads(content)
        if (document["format"], document["version"]) != (_FORMAT, 1) or not is_address(document["subject"]):
            raise malformed
        public_key, salt, nonce, ciphertext = (
            bytes.fromhex(document[name]) for name in ("public_key", "salt", "nonce", "ciphertext")
        )
    except (KeyError, TypeError, ValueError) as error:
        raise malformed from error
    lengths = (len(public_key), len(salt), len(nonce), len(ciphertext))
    if lengths != (KEY_BYTES, _SALT_BYTES, _NONCE_BYTES, KEY_BYTES + 16):
        raise malformed
    return WrappedSubjectKey(str(to_checksum_address(document["subject"])), public_key, salt, nonce, ciphertext)


def recovery_file(private_key: bytes, passphrase: str | None) -> bytes:
    """-> the recovery file's content; without a passphrase it must be kept like cash."""
    return encode_key_file(private_key, passphrase or None)


def read_recovery_file(content: bytes, passphrase: str | None) -> bytes:
    """-> the private key, 32 bytes.

    Raises:
        BadInput: not a recovery file, or a wrong passphrase; ``code`` says which.
    """
    return decode_key_file(content, passphrase or None)


def load_or_create_recovery_file(path: Path) -> bytes:
    """The private key (32 bytes) of a recovery file without a passphrase, made with mode 0600 if there is none.

    Raises:
        BadInput: not a recovery file, or one with a passphrase.
        Unavailable: the file cannot be read or written.
    """
    try:
        if not path.exists():
            content = recovery_file(new_private_key(), None)
            write_atomically(path, content, scratch=path.resolve().parent, mode=0o600, replace=False)
        return read_recovery_file(path.read_bytes(), None)
    except OSError as error:
        raise Unavailable(
            f"The recovery file {path} cannot be used: {error.strerror or type(error).__name__}.",
            remedy="Choose another place with --key-file.",
            code="recovery-file",
        ) from error


def _associated(subject: str, public_key: bytes) -> bytes:
    return b"fairsignal/unlock/v1" + bytes.fromhex(subject[2:]) + public_key


def _wrapping_key(subject: str, salt: bytes, signature: bytes) -> bytes:
    info = b"fairsignal/unlock/v1" + bytes.fromhex(subject[2:])
    return HKDF(hashes.SHA256(), 32, salt=salt, info=info).derive(_key_material(signature))


def _key_material(signature: bytes) -> bytes:
    """r and s alone for an EOA's signature: wallets differ in v (0/1, 27/28, or EIP-2098's top bit of s)."""
    if len(signature) in (64, 65):
        r, s = signature[:32], bytearray(signature[32:64])
        s[0] &= 0x7F
        return r + bytes(s)
    if len(signature) < 64:
        raise BadInput("The signature is too short.", remedy="Sign again.", code="bad-signature")
    return signature
