"""One X25519 key in one JSON file: encrypted with scrypt and AES-256-GCM, or in clear for a local chain.

``{"format": "fairsignal-key", "version": 1, "kind": "x25519", "public_key": hex, "kdf": {...}, "cipher": {...}}``, or
``"private_key": hex`` in place of the last two. The fields before them are the associated data, so that a public key
cannot be swapped for another. Parameters: RFC 7914 with N = 2^17, r = 8, p = 1 (OWASP's first choice), 16-byte salt.
"""

from __future__ import annotations

import json
import os
import unicodedata
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from fairsignal.domain.errors import BadInput
from fairsignal.domain.hpke import KEY_BYTES, public_key_of

__all__ = ["decode_key_file", "encode_key_file", "is_encrypted"]

_FORMAT = "fairsignal-key"
_N, _R, _P = 1 << 17, 8, 1


def encode_key_file(private_key: bytes, passphrase: str | None) -> bytes:
    """-> the file's content; in clear when there is no passphrase."""
    document: dict[str, Any] = {
        "format": _FORMAT,
        "version": 1,
        "kind": "x25519",
        "public_key": public_key_of(private_key).hex(),
    }
    if passphrase is None:
        document["private_key"] = private_key.hex()
    else:
        salt, nonce = os.urandom(16), os.urandom(12)
        sealed = AESGCM(_stretch(passphrase, salt)).encrypt(nonce, private_key, _associated(document))
        document["kdf"] = {"name": "scrypt", "n": _N, "r": _R, "p": _P, "salt": salt.hex()}
        document["cipher"] = {"name": "aes-256-gcm", "nonce": nonce.hex(), "ciphertext": sealed.hex()}
    return (json.dumps(document, indent=2) + "\n").encode("ascii")


def is_encrypted(content: bytes) -> bool:
    """True when a passphrase is needed.

    Raises:
        BadInput: not a key file.
    """
    return "private_key" not in _parse(content)


def decode_key_file(content: bytes, passphrase: str | None) -> bytes:
    """-> the private key, 32 bytes.

    Raises:
        BadInput: not a key file, a missing or wrong passphrase, or an altered file; ``code`` says which.
    """
    document = _parse(content)
    try:
        if "private_key" in document:
            private_key = bytes.fromhex(document["private_key"])
        else:
            private_key = _decrypt(document, passphrase)
        fits = len(private_key) == KEY_BYTES and public_key_of(private_key).hex() == document["public_key"]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _malformed() from error
    if not fits:
        raise _malformed()
    return private_key


def _parse(content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except ValueError as error:
        raise _malformed() from error
    known = {"format": _FORMAT, "version": 1, "kind": "x25519"}
    if not isinstance(document, dict) or any(document.get(field) != value for field, value in known.items()):
        raise _malformed()
    return document


def _decrypt(document: dict[str, Any], passphrase: str | None) -> bytes:
    if passphrase is None:
        raise BadInput(
            "The key file is encrypted and no passphrase is given.",
            remedy="Set FAIRSIGNAL_PASSPHRASE_FILE (for a keeper FAIRSIGNAL_KEEPER_PASSPHRASE_FILE).",
            code="no-passphrase",
        )
    kdf, cipher = document["kdf"], document["cipher"]
    # Other cost parameters would let a file say how much memory we take; a new version may bring new ones.
    if (kdf["name"], kdf["n"], kdf["r"], kdf["p"], cipher["name"]) != ("scrypt", _N, _R, _P, "aes-256-gcm"):
        raise _malformed()
    key = _stretch(passphrase, bytes.fromhex(kdf["salt"]))
    try:
        return AESGCM(key).decrypt(
            bytes.fromhex(cipher["nonce"]), bytes.fromhex(cipher["ciphertext"]), _associated(document)
        )
    except InvalidTag as error:
        raise BadInput(
            "The passphrase does not open the key file, or the file was altered.",
            remedy="Check the passphrase; restore the file from a backup.",
            code="wrong-passphrase",
        ) from error


def _associated(document: dict[str, Any]) -> bytes:
    fields = {name: document[name] for name in ("format", "version", "kind", "public_key")}
    return json.dumps(fields, separators=(",", ":")).encode()


def _stretch(passphrase: str, salt: bytes) -> bytes:
    # Keyboards differ in how they compose accents.
    text = unicodedata.normalize("NFC", passphrase)
    return Scrypt(salt=salt, length=32, n=_N, r=_R, p=_P).derive(text.encode())


def _malformed() -> BadInput:
    return BadInput(
        "This is not a Fairsignal key file, or it is damaged.",
        remedy="Restore it from a backup.",
        code="bad-key-file",
    )
