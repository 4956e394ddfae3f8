"""A keeper's shares on their way: out of the operator's deposit, and on to the advertiser."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from fairsignal.domain.errors import IntegrityError
from fairsignal.domain.hpke import open_message, seal_message
from fairsignal.domain.sealing import SLOTS, Manifest, deposit_info
from fairsignal.domain.shamir import SCALAR_BYTES, verify_share

__all__ = ["open_deposit", "open_share", "reseal_share"]


def open_deposit(manifest: Manifest, sealed: bytes, index: int, private_key: bytes) -> list[bytes]:
    """One share of 32 bytes per slot, every one verified against the manifest's commitments.

    Args:
        sealed: the keeper's HPKE message.
        index: the keeper's share index, 1..n.
        private_key: the keeper's X25519 key.

    Raises:
        IntegrityError: the message does not open for this keeper and manifest, or a share does not fit.
    """
    info = deposit_info(manifest.head, manifest.header.digest, index) if 1 <= index <= manifest.header.keepers else b""
    plain = open_message(sealed, private_key, info)
    shares = [plain[at : at + SCALAR_BYTES] for at in range(0, len(plain), SCALAR_BYTES)]
    if len(plain) != SLOTS * SCALAR_BYTES or not all(
        verify_share(slot.commitments, index, share) for slot, share in zip(manifest.slots, shares, strict=True)
    ):
        raise IntegrityError(
            "A share in the deposit does not fit the manifest's commitments.",
            remedy="Ask the operator to seal the profile again.",
            code="bad-share",
        )
    return shares


def reseal_share(share: bytes, recipient_key: bytes, info: bytes) -> bytes:
    """Seal one share to an advertiser's X25519 key; ``info`` is ``sealing.share_info``."""
    return seal_message(share, recipient_key, info)


def open_share(sealed: bytes, private_key: bytes | X25519PrivateKey, info: bytes) -> bytes:
    """The advertiser's side of ``reseal_share``: the share, still to be verified against the commitments.

    Raises:
        IntegrityError: altered, for another key, or for another campaign, category, keeper or manifest.
    """
    return open_message(sealed, private_key, info)
