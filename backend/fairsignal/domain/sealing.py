"""The sealed profile: its types and its binary layout, byte by byte as docs/sealed-format.md specifies it.

A manifest is header, 48 category slots, and the subject's copy. Its length depends on the threshold alone: every slot
is there and is encrypted under a fresh random secret, whether it holds a signal or not.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import overload

from eth_utils.address import to_canonical_address

from fairsignal.domain.addresses import checksummed
from fairsignal.domain.errors import BadInput, IntegrityError
from fairsignal.domain.hpke import OVERHEAD
from fairsignal.domain.shamir import POINT_BYTES, SCALAR_BYTES
from fairsignal.domain.signal_record import RECORD_BYTES

__all__ = [
    "HEADER_BYTES",
    "MAX_KEEPERS",
    "NONCE_BYTES",
    "SLOTS",
    "Header",
    "KeeperKey",
    "Manifest",
    "SealContext",
    "SealedDeposit",
    "SealedProfile",
    "Slot",
    "check_category",
    "deposit_info",
    "encode_header",
    "manifest_bytes",
    "parse_manifest",
    "read_header",
    "share_info",
    "slot_context",
    "subject_info",
]

SLOTS = 48
"""Category slots, for the bits 0..47."""
MAX_KEEPERS = 64
NONCE_BYTES = 12

_MAGIC = b"FSIG"
_FORMAT = 1
_HEADER = struct.Struct(">4sBBBBQ20s20s20sI32s")
HEADER_BYTES = _HEADER.size
_CIPHERTEXT_BYTES = RECORD_BYTES + 16
_SUBJECT_COPY_BYTES = SLOTS * SCALAR_BYTES + OVERHEAD


@dataclass(frozen=True, slots=True)
class SealContext:
    """What a sealed profile is bound to; nothing in it opens under any other."""

    chain_id: int
    registry: str
    """ProfileRegistry, address."""
    operator: str
    """Address."""
    subject: str
    """Address."""
    version: int
    """Profile version, 1 and up; every version has fresh secrets."""


@dataclass(frozen=True, slots=True)
class KeeperKey:
    """A keeper to seal shares to."""

    index: int
    """Share index, 1..n; each is taken once."""
    public_key: bytes
    """X25519, 32 bytes."""


@dataclass(frozen=True, slots=True)
class SealedDeposit:
    """One keeper's shares of all slots."""

    index: int
    """The keeper's share index, 1..n."""
    sealed: bytes = field(repr=False)
    """HPKE message to the keeper."""


@dataclass(frozen=True, slots=True)
class SealedProfile:
    """What can be published: ciphertext only. Build it with ``pipeline.seal``."""

    version: int
    manifest: bytes = field(repr=False)
    digest: bytes
    """SHA-256 of the manifest: what is attested on chain."""
    cid: str
    deposits: tuple[SealedDeposit, ...]
    """One per keeper, by index."""


@dataclass(frozen=True, slots=True)
class Header:
    """What everybody may know of a sealed profile."""

    chain_id: int
    registry: str
    """Checksummed."""
    operator: str
    subject: str
    version: int
    threshold: int
    """Shares that open a slot."""
    keepers: int
    """Shares that exist."""
    model: bytes
    """SHA-256 of the id of the model that extracted the signals, 32 bytes."""
    digest: bytes
    """SHA-256 of the whole manifest, 32 bytes (not part of the encoded header)."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One category, encrypted."""

    nonce: bytes
    ciphertext: bytes = field(repr=False)
    """AES-256-GCM, with the tag."""
    commitments: tuple[bytes, ...]
    """Feldman commitments to the sharing of the slot's secret, compressed points; as many as the threshold."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A parsed manifest."""

    header: Header
    head: bytes = field(repr=False)
    """The encoded header: part of every slot's context."""
    slots: Sequence[Slot] = field(repr=False)
    body_digest: bytes
    """SHA-256 of header and slots, to which the subject's copy is bound."""
    subject_copy: bytes = field(repr=False)
    """HPKE message with all slots' secrets."""


def encode_header(context: SealContext, threshold: int, keepers: int, model_id: str) -> bytes:
    """-> the first 112 bytes of a manifest.

    Raises:
        BadInput: a value does not fit.
    """
    if not 1 <= threshold <= keepers <= MAX_KEEPERS:
        raise BadInput(
            f"The threshold lies between 1 and the number of keepers, which is at most {MAX_KEEPERS}.",
            code="bad-threshold",
        )
    if not (0 < context.chain_id < 1 << 64 and 0 < context.version < 1 << 32):
        raise BadInput("The chain id or the profile's version is out of range.", code="bad-context")
    try:
        addresses = [to_canonical_address(text) for text in (context.registry, context.operator, context.subject)]
    except (ValueError, TypeError) as error:
        raise BadInput("Registry, operator and subject are 20-byte addresses.", code="bad-context") from error
    model = hashlib.sha256(model_id.encode()).digest()
    return _HEADER.pack(
        _MAGIC, _FORMAT, threshold, keepers, SLOTS, context.chain_id, *addresses, context.version, model
    )


def manifest_bytes(head: bytes, slots: Sequence[Slot]) -> bytes:
    """Header and slots; the subject's copy, which is bound to their hash, goes after them."""
    parts = [head]
    for slot in slots:
        parts += (slot.nonce, slot.ciphertext, *slot.commitments)
    return b"".join(parts)


def read_header(manifest: bytes) -> Header:
    """Decode the header and check that the length fits it.

    Raises:
        BadInput: not a sealed profile, of an unknown version, or cut short; ``code`` says which.
    """
    if len(manifest) < HEADER_BYTES or manifest[:4] != _MAGIC:
        raise BadInput("This is not a sealed profile.", remedy="Check the CID.", code="not-a-sealed-profile")
    _, version, threshold, keepers, slots, chain_id, *addresses, profile_version, model = _HEADER.unpack_from(manifest)
    if version != _FORMAT or slots != SLOTS:
        raise BadInput(
            f"This sealed profile has format {version} with {slots} slots, known is format {_FORMAT} with {SLOTS}.",
            remedy="Use a newer version of this software.",
            code="unknown-format",
        )
    if not 1 <= threshold <= keepers <= MAX_KEEPERS:
        raise BadInput("This sealed profile names an impossible threshold.", code="bad-threshold")
    if len(manifest) != HEADER_BYTES + SLOTS * _slot_bytes(threshold) + _SUBJECT_COPY_BYTES:
        raise BadInput(
            "This sealed profile has the wrong length.", remedy="Fetch it again.", code="not-a-sealed-profile"
        )
    registry, operator, subject = (checksummed(raw) for raw in addresses)
    return Header(
        chain_id=chain_id,
        registry=registry,
        operator=operator,
        subject=subject,
        version=profile_version,
        threshold=threshold,
        keepers=keepers,
        model=model,
        digest=hashlib.sha256(manifest).digest(),
    )


def parse_manifest(manifest: bytes, digest: bytes | None = None) -> Manifest:
    """Take a manifest apart.

    Args:
        digest: what the chain attests; give it wherever the manifest came from someone else.

    Raises:
        BadInput: see ``read_header``.
        IntegrityError: not the manifest with this digest.
    """
    if digest is not None and hashlib.sha256(manifest).digest() != digest:
        raise IntegrityError(
            "The sealed profile is not the one attested on chain.",
            remedy="Fetch it from another store.",
            code="manifest-mismatch",
        )
    header = read_header(manifest)
    size = _slot_bytes(header.threshold)
    end = HEADER_BYTES + SLOTS * size
    return Manifest(
        header=header,
        head=manifest[:HEADER_BYTES],
        slots=_Slots(manifest[HEADER_BYTES:end], size),
        body_digest=hashlib.sha256(manifest[:end]).digest(),
        subject_copy=manifest[end:],
    )


def check_category(category: int) -> None:
    """Refuse a bit that has no slot."""
    if not 0 <= category < SLOTS:
        raise BadInput(f"Category bits with a slot are 0..{SLOTS - 1}.", code="unknown-category")


def slot_context(head: bytes, category: int) -> bytes:
    """HKDF ``info`` and AES-GCM associated data of one slot: binds header (chain, registry, operator, subject, version,
    threshold, model) and category."""
    return b"fairsignal/slot/v1" + head + bytes((category,))


def subject_info(body_digest: bytes) -> bytes:
    """HPKE ``info`` of the subject's copy: binds the SHA-256 of header and slots."""
    return b"fairsignal/subject/v1" + body_digest


def deposit_info(head: bytes, digest: bytes, index: int) -> bytes:
    """HPKE ``info`` of a keeper's deposit: binds the header, the whole manifest's SHA-256 and the share index."""
    return b"fairsignal/deposit/v1" + head + digest + bytes((index,))


def share_info(digest: bytes, campaign_id: bytes, category: int, index: int) -> bytes:
    """HPKE ``info`` of a released share: binds manifest (and through its hash chain, registry, operator, subject and
    version), campaign (32 bytes), category and share index."""
    return b"fairsignal/share/v1" + digest + campaign_id + bytes((category, index))


def _slot_bytes(threshold: int) -> int:
    return NONCE_BYTES + _CIPHERTEXT_BYTES + threshold * POINT_BYTES


class _Slots(Sequence[Slot]):
    """Taken apart one by one: whoever opens a category needs one of the 48."""

    def __init__(self, raw: bytes, size: int) -> None:
        self._raw, self._size = raw, size

    def __len__(self) -> int:
        return len(self._raw) // self._size

    @overload
    def __getitem__(self, place: int) -> Slot: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Slot, ...]: ...
    def __getitem__(self, place: int | slice) -> Slot | tuple[Slot, ...]:
        if isinstance(place, slice):
            return tuple(self[each] for each in range(*place.indices(len(self))))
        at = range(0, len(self._raw), self._size)[place]
        return _read_slot(self._raw[at : at + self._size])


def _read_slot(raw: bytes) -> Slot:
    sealed = NONCE_BYTES + _CIPHERTEXT_BYTES
    return Slot(
        nonce=raw[:NONCE_BYTES],
        ciphertext=raw[NONCE_BYTES:sealed],
        commitments=tuple(raw[at : at + POINT_BYTES] for at in range(sealed, len(raw), POINT_BYTES)),
    )
