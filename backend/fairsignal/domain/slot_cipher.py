"""One category slot: AES-256-GCM under a key derived from the slot's secret (docs/sealed-format.md, "Slot")."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fairsignal.domain.errors import IntegrityError
from fairsignal.domain.sealing import Slot

__all__ = ["decrypt_slot", "encrypt_record"]


def encrypt_record(record: bytes, secret: bytes, nonce: bytes, context: bytes) -> bytes:
    """-> ciphertext with tag. ``context`` (``sealing.slot_context``) goes into the key and the associated data."""
    return AESGCM(_data_key(secret, context)).encrypt(nonce, record, context)


def decrypt_slot(slot: Slot, secret: bytes, context: bytes) -> bytes:
    """-> the record.

    Raises:
        IntegrityError: altered, another secret, or another context.
    """
    try:
        return AESGCM(_data_key(secret, context)).decrypt(slot.nonce, slot.ciphertext, context)
    except InvalidTag as error:
        raise IntegrityError(
            "The category's record does not open: it was altered, or the secret belongs to another record.",
            remedy="Fetch the sealed profile again and compare it with the hash on chain.",
            code="does-not-open",
        ) from error


def _data_key(secret: bytes, context: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=None, info=context).derive(secret)
