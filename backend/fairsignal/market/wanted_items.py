"""One item that an advertiser wants opened: its manifest, the good shares so far, and what comes of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from fairsignal.domain.cid import cid_of_digest
from fairsignal.domain.errors import BadInput, FairsignalError, IntegrityError
from fairsignal.domain.keeper_shares import open_share
from fairsignal.domain.opening import open_slot
from fairsignal.domain.release import ItemResult
from fairsignal.domain.sealing import Manifest, parse_manifest, share_info
from fairsignal.domain.shamir import combine, verify_share
from fairsignal.domain.signals import Signal
from fairsignal.ports import BlobSource

__all__ = ["ItemOutcome", "Profile", "WantedItem", "fetch_profile"]


@dataclass(frozen=True, slots=True)
class ItemOutcome:
    """One item, opened or refused."""

    opened: bool
    signal: Signal | None = field(default=None, repr=False)
    """None when it is not opened, or when the subject has no signal there."""
    refused: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """A subject's sealed profile as attested, or why there is none to open."""

    digest: bytes
    """Attested on chain; zeros for none."""
    manifest: Manifest | None = field(default=None, repr=False)
    refused: str = ""
    detail: str = ""


async def fetch_profile(digest: bytes, blobs: BlobSource) -> Profile:
    """The manifest with this hash. A store that fails, or gives other bytes, costs this profile and no other."""
    if not any(digest):
        return Profile(digest, refused="no-profile", detail="No profile is attested for this subject.")
    cid = cid_of_digest(digest)
    try:
        return Profile(digest, parse_manifest(await blobs.get(cid), digest))
    except FairsignalError as error:
        return Profile(digest, refused=error.code, detail=f"{cid}: {error}")


@dataclass
class WantedItem:
    """Good shares of one item so far."""

    profile: Profile
    category: int
    campaign: bytes
    shares: dict[int, bytes] = field(default_factory=dict, repr=False)

    def settled(self, threshold: int) -> bool:
        """Nothing that a keeper could add matters any more."""
        return self.profile.manifest is None or len(self.shares) >= threshold

    def take(self, index: int, result: ItemResult, key: X25519PrivateKey) -> bool:
        """Keep keeper ``index``'s share if it is good; False if the keeper lied.

        Args:
            key: of the recipient key on chain.
        """
        if result.share is None:
            return True
        if result.digest != self.profile.digest:
            return False
        manifest = self.profile.manifest
        if manifest is None:
            return any(self.profile.digest)  # without the manifest nobody can tell
        info = share_info(result.digest, self.campaign, self.category, index)
        try:
            share = open_share(result.share, key, info)
            if not verify_share(manifest.slots[self.category].commitments, index, share):
                return False
        except (IntegrityError, BadInput):
            return False
        self.shares[index] = share
        return True

    def outcome(self, threshold: int, refusal: tuple[str, str]) -> ItemOutcome:
        """Open it.

        Args:
            refusal: (code, detail) of the keepers, where they gave too few shares.
        """
        manifest = self.profile.manifest
        if manifest is None:
            return ItemOutcome(False, refused=self.profile.refused, detail=self.profile.detail)
        if len(self.shares) < threshold:
            code, detail = refusal
            return ItemOutcome(False, refused=code, detail=detail)
        try:
            # The shares were verified when they came.
            secret = combine(dict(sorted(self.shares.items())[:threshold]))
            return ItemOutcome(True, signal=open_slot(manifest, self.category, secret))
        except IntegrityError as error:  # badly sealed by its operator, which must not cost the other items
            return ItemOutcome(False, refused=error.code, detail=error.message)
