"""Sealing: a screened profile becomes ciphertext that only the subject, or a quorum of keepers, can open."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence

from fairsignal.domain.categories import BY_SLUG
from fairsignal.domain.cid import cid_of_digest
from fairsignal.domain.errors import BadInput
from fairsignal.domain.hpke import seal_message
from fairsignal.domain.sealing import (
    NONCE_BYTES,
    SLOTS,
    KeeperKey,
    SealContext,
    SealedDeposit,
    SealedProfile,
    Slot,
    check_category,
    deposit_info,
    encode_header,
    manifest_bytes,
    slot_context,
    subject_info,
)
from fairsignal.domain.shamir import SCALAR_BYTES, RandomBytes, scalars, split
from fairsignal.domain.signal_record import EMPTY, encode_record
from fairsignal.domain.signals import ScreenedProfile, Signal
from fairsignal.domain.slot_cipher import encrypt_record

__all__ = ["seal"]


def seal(
    profile: ScreenedProfile,
    context: SealContext,
    subject_key: bytes,
    keepers: Sequence[KeeperKey],
    threshold: int,
    *,
    random: RandomBytes = os.urandom,
) -> SealedProfile:
    """Seal a profile; every call draws fresh secrets, so no two results share a key.

    Args:
        subject_key: the subject's X25519 public key, 32 bytes.
        keepers: one per share; their indices are 1..n.
        threshold: shares that open a category.
        random: source of secrets and nonces (HPKE draws its own); replaced only to check test vectors. Drawn in
            this order: all slots' secrets, all nonces, then slot by slot the other coefficients.

    Raises:
        BadInput: keepers or threshold do not fit, a key is unusable, or a signal cannot be written.
    """
    ordered = sorted(keepers, key=lambda keeper: keeper.index)
    if [keeper.index for keeper in ordered] != list(range(1, len(ordered) + 1)):
        raise BadInput("The keepers' share indices are 1..n, each once.", code="bad-keepers")
    head = encode_header(context, threshold, len(ordered), profile.report.model_id)
    records = _records(profile.signals)
    secrets = [value.to_bytes(SCALAR_BYTES) for value in scalars(SLOTS, random)]
    nonces = random(SLOTS * NONCE_BYTES)

    slots, sharings = [], []
    for category, secret in enumerate(secrets):
        shares, commitments = split(secret, threshold, len(ordered), random)
        nonce = nonces[category * NONCE_BYTES : (category + 1) * NONCE_BYTES]
        ciphertext = encrypt_record(records[category], secret, nonce, slot_context(head, category))
        slots.append(Slot(nonce, ciphertext, tuple(commitments)))
        sharings.append(shares)

    body = manifest_bytes(head, slots)
    copy = seal_message(b"".join(secrets), subject_key, subject_info(hashlib.sha256(body).digest()))
    manifest = body + copy
    digest = hashlib.sha256(manifest).digest()
    return SealedProfile(
        version=context.version,
        manifest=manifest,
        digest=digest,
        cid=cid_of_digest(digest),
        deposits=tuple(
            _deposit(keeper, shares, head, digest)
            for keeper, shares in zip(ordered, zip(*sharings, strict=True), strict=True)
        ),
    )


def _records(signals: Sequence[Signal]) -> list[bytes]:
    records = [EMPTY] * SLOTS
    for signal in signals:
        if signal.slug not in BY_SLUG:
            raise BadInput(f"There is no category {signal.slug!r}.", code="unknown-category")
        category = BY_SLUG[signal.slug].bit
        check_category(category)
        if records[category] is not EMPTY:
            raise BadInput(f"The profile has two signals for {signal.slug}.", code="bad-signal")
        records[category] = encode_record(signal)
    return records


def _deposit(keeper: KeeperKey, shares: Sequence[bytes], head: bytes, digest: bytes) -> SealedDeposit:
    info = deposit_info(head, digest, keeper.index)
    return SealedDeposit(keeper.index, seal_message(b"".join(shares), keeper.public_key, info))
