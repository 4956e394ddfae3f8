"""What our contracts say in their logs, decoded.

Addresses are 20 bytes, words and hashes 32, lanes 21 (operator, purpose): raw bytes and tuples, since a backfill makes
millions of them. The fields are those of the events in contracts/interfaces.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

__all__ = [
    "LANE_BYTES",
    "At",
    "Attested",
    "CampaignClosing",
    "CampaignOpened",
    "CampaignRefunded",
    "CampaignToppedUp",
    "ChainEvent",
    "Claimed",
    "ConsentStored",
    "ErasureConfirmed",
    "ErasureRequested",
    "GuardianSet",
    "KeepersNamed",
    "KeepersSet",
    "OperatorUpdated",
    "RecipientKeySet",
    "RevokedAll",
    "Settled",
    "SignerSet",
    "UseRecorded",
    "Withdrawn",
    "lane_bytes",
]

LANE_BYTES = 21


class At(NamedTuple):
    """Where an event is; the order of events is that of ``block`` and ``log_index``."""

    block: int
    timestamp: int
    """Unix seconds, of the block."""
    log_index: int
    """Position in the block."""
    tx_hash: bytes


class ConsentStored(NamedTuple):
    """``Granted``, ``Revoked`` or ``Approved``: the consent's word is now this one."""

    at: At
    subject: bytes
    lane: bytes
    word: bytes


class RevokedAll(NamedTuple):
    """Every consent that the subject gave up to and including this block's time ended."""

    at: At
    subject: bytes


class GuardianSet(NamedTuple):
    """A subject is a minor or not, and who approves its grants; a change of the mark comes with a ``RevokedAll``."""

    at: At
    subject: bytes
    minor: bool
    guardian: bytes
    by: bytes


class RecipientKeySet(NamedTuple):
    """An advertiser's X25519 public key."""

    at: At
    advertiser: bytes
    key: bytes


class CampaignOpened(NamedTuple):
    """``amount`` in token base units."""

    at: At
    campaign: bytes
    advertiser: bytes
    target: bytes
    bid: bytes
    amount: int


class CampaignToppedUp(NamedTuple):
    at: At
    campaign: bytes
    amount: int


class CampaignClosing(NamedTuple):
    """No more uses from ``closes_at`` on, Unix seconds."""

    at: At
    campaign: bytes
    closes_at: int


class CampaignRefunded(NamedTuple):
    at: At
    campaign: bytes
    to: bytes
    amount: int


class UseRecorded(NamedTuple):
    """A use that was recorded and paid at once."""

    at: At
    campaign: bytes
    use_index: int
    subject: bytes
    category: int


class Withdrawn(NamedTuple):
    """Credit from uses recorded at once was paid out."""

    at: At
    subject: bytes
    to: bytes
    amount: int


class Settled(NamedTuple):
    """An epoch of metered uses was booked; ``total`` and ``gross`` in token base units."""

    at: At
    operator: bytes
    epoch: int
    root: bytes
    total: int
    gross: int
    log_digest: bytes


class Claimed(NamedTuple):
    """Settled earnings were paid out."""

    at: At
    subject: bytes
    operator: bytes
    to: bytes
    amount: int


class Attested(NamedTuple):
    """The operator stands for the sealed profile with this hash."""

    at: At
    subject: bytes
    operator: bytes
    digest: bytes


class ErasureRequested(NamedTuple):
    at: At
    subject: bytes
    operator: bytes


class ErasureConfirmed(NamedTuple):
    """It also takes back what the operator attested of the subject."""

    at: At
    subject: bytes
    operator: bytes


class OperatorUpdated(NamedTuple):
    at: At
    operator: bytes
    payout: bytes
    terms_uri: str


class SignerSet(NamedTuple):
    at: At
    operator: bytes
    signer: bytes
    allowed: bool


class KeepersNamed(NamedTuple):
    """These keepers take office at ``starts_at`` (Unix seconds) or later."""

    at: At
    keepers: tuple[bytes, ...]
    threshold: int
    starts_at: int


class KeepersSet(NamedTuple):
    """These keepers are in office from here on."""

    at: At
    keepers: tuple[bytes, ...]
    threshold: int


ChainEvent: TypeAlias = (
    ConsentStored
    | RevokedAll
    | GuardianSet
    | RecipientKeySet
    | CampaignOpened
    | CampaignToppedUp
    | CampaignClosing
    | CampaignRefunded
    | UseRecorded
    | Withdrawn
    | Settled
    | Claimed
    | Attested
    | ErasureRequested
    | ErasureConfirmed
    | OperatorUpdated
    | SignerSet
    | KeepersNamed
    | KeepersSet
)


def lane_bytes(lane: int) -> bytes:
    """A lane as events and tables have it."""
    return lane.to_bytes(LANE_BYTES, "big")
