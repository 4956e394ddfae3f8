"""Opening what was sealed: one category with its secret or with the keepers' shares, or everything by the subject."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fairsignal.domain.errors import IntegrityError
from fairsignal.domain.hpke import open_message
from fairsignal.domain.sealing import SLOTS, Manifest, check_category, slot_context, subject_info
from fairsignal.domain.shamir import SCALAR_BYTES, combine, verify_share
from fairsignal.domain.signal_record import decode_record
from fairsignal.domain.signals import Signal
from fairsignal.domain.slot_cipher import decrypt_slot

__all__ = ["Opened", "open_own", "open_slot", "open_with_shares"]


@dataclass(frozen=True, slots=True)
class Opened:
    """One category, opened with keepers' shares."""

    signal: Signal | None
    """None when the subject has no signal there."""
    liars: tuple[int, ...]
    """Indices of the keepers whose share does not fit the commitments."""


def open_slot(manifest: Manifest, category: int, secret: bytes) -> Signal | None:
    """Open one category with its secret (32 bytes).

    Raises:
        IntegrityError: the secret does not open it.
    """
    check_category(category)
    record = decrypt_slot(manifest.slots[category], secret, slot_context(manifest.head, category))
    return decode_record(category, record)


def open_with_shares(manifest: Manifest, category: int, shares: Mapping[int, bytes]) -> Opened:
    """Open one category with the keepers' shares, by share index; wrong ones are found and named.

    Raises:
        IntegrityError: fewer good shares than the threshold; the message names the bad ones.
    """
    check_category(category)
    commitments = manifest.slots[category].commitments
    threshold = manifest.header.threshold
    good = {
        index: share
        for index, share in shares.items()
        if index <= manifest.header.keepers and verify_share(commitments, index, share)
    }
    liars = tuple(sorted(shares.keys() - good.keys()))
    if len(good) < threshold:
        named = f" Wrong were those of keepers {', '.join(map(str, liars))}." if liars else ""
        raise IntegrityError(
            f"Only {len(good)} valid shares, {threshold} are needed.{named}",
            remedy="Ask further keepers.",
            code="too-few-shares",
        )
    secret = combine(dict(sorted(good.items())[:threshold]))
    return Opened(open_slot(manifest, category, secret), liars)


def open_own(manifest: Manifest, private_key: bytes) -> list[Signal]:
    """All signals, by the subject's X25519 private key; also checks that the keepers' shares are of the same secrets.

    Raises:
        IntegrityError: another key, an altered manifest, or shares of other secrets than the subject's copy holds.
    """
    secrets = open_message(manifest.subject_copy, private_key, subject_info(manifest.body_digest))
    signals = []
    for category in range(SLOTS):
        secret = secrets[category * SCALAR_BYTES : (category + 1) * SCALAR_BYTES]
        # The first commitment is to the secret itself: to a polynomial of degree 0, of which every share is the secret.
        if not verify_share(manifest.slots[category].commitments[:1], 1, secret):
            raise IntegrityError(
                "The subject's copy holds another secret than the one shared among the keepers.",
                remedy="Ask the operator to seal the profile again.",
                code="copy-mismatch",
            )
        signal = open_slot(manifest, category, secret)
        if signal is not None:
            signals.append(signal)
    return signals
