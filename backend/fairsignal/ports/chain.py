"""Facts from the chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from fairsignal.domain.campaign import Campaign, CampaignTerms
from fairsignal.domain.consent import Consent, SubjectState
from fairsignal.domain.decision import Standing
from fairsignal.domain.release import ReleaseItem

__all__ = [
    "BlockRef",
    "BlockTag",
    "ChainReader",
    "ErasureFacts",
    "ErasureLog",
    "PaidUse",
    "RecordedUse",
    "ReleaseFacts",
    "ReleaseSnapshot",
    "Standstill",
    "SubjectFacts",
]

BlockTag = Literal["latest", "finalized"]


@dataclass(frozen=True, slots=True)
class BlockRef:
    """A block that an answer is current to."""

    number: int
    timestamp: int
    """Unix seconds."""


@dataclass(frozen=True, slots=True)
class RecordedUse:
    """One paid use as the chain records it."""

    campaign: bytes
    subject: str
    category: int
    use_index: int
    block: int
    tx_hash: str


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    """What one block says of one subject, for one operator and purpose."""

    digest: bytes
    """SHA-256 of the attested manifest, 32 bytes; zeros when nothing is attested."""
    consent: Consent | None
    """What is in force; None when nothing is."""
    erasure_open: bool = False
    """The subject asked for erasure, and the operator has not confirmed it."""


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """What one block says of a campaign and some subjects."""

    timestamp: int
    """Unix seconds of the block."""
    campaign: Campaign | None
    """None when no such campaign was opened."""
    subjects: Mapping[str, SubjectFacts]


@dataclass(frozen=True, slots=True)
class PaidUse:
    """A use that the canonical chain records, and when."""

    subject: str
    category: int
    block: BlockRef


@dataclass(frozen=True, slots=True)
class ReleaseSnapshot:
    """All that a keeper needs to know before releasing shares, read in one JSON-RPC batch."""

    head: ReleaseFacts
    final: ReleaseFacts
    """As of the finalized block."""
    final_block: int
    """Number of a block that is final: of the finalized one, or of one before it."""
    uses: Mapping[int, PaidUse]
    """The campaign's uses among those asked for that were found where the request said, by index."""


@dataclass(frozen=True, slots=True)
class Standstill:
    """Whether a keeper still has reason to hold a subject's shares, at one block."""

    consented: bool
    """Some purpose's consent to the operator is in force."""
    ever: bool
    """There was a consent once."""
    digest: bytes
    """Attested manifest, zeros for none."""
    erasure_open: bool
    """The subject asked for erasure, and the operator has not confirmed it."""
    erasure_confirmed_at: int
    """Unix seconds, 0 for never."""


@dataclass(frozen=True, slots=True)
class ErasureFacts:
    """What one block says of a subject's requests to an operator to erase everything; times in Unix seconds."""

    requested_at: int
    """Newest request, 0 for none."""
    confirmed_at: int
    """Newest confirmation, 0 for none."""
    open: bool
    """The newest request waits for its confirmation."""


@dataclass(frozen=True, slots=True)
class ErasureLog:
    """Requests for erasure in a range of final blocks."""

    subjects: tuple[str, ...]
    """Who asked, each once."""
    next_block: int
    """Where to go on reading."""
    complete: bool
    """The range reaches to the finalized block."""


class ChainReader(Protocol):
    """Facts from the chain. Every method raises ``Unavailable`` when the node does not answer in time."""

    @property
    def chain_id(self) -> int: ...

    @property
    def token_decimals(self) -> int: ...

    async def head(self, tag: BlockTag = "latest") -> BlockRef: ...

    async def consent(self, subject: str, lane: int) -> tuple[Consent, SubjectState]: ...

    async def standings(self, subjects: Sequence[str], lane: int) -> tuple[BlockRef, Mapping[str, Standing]]:
        """Consent, state and today's uses of many subjects at one block, in one round trip."""

    async def campaign(self, terms: CampaignTerms) -> Campaign | None:
        """The campaign's state at the head; None when it was never opened."""

    async def uses(self, campaign: bytes, subject: str) -> list[RecordedUse]:
        """Uses of one subject by one campaign. Reads the log of all of the campaign's uses."""

    async def release_snapshot(self, terms: CampaignTerms, items: Sequence[ReleaseItem]) -> ReleaseSnapshot: ...

    async def standstills(
        self, operator: str, subjects: Sequence[str], tag: BlockTag
    ) -> tuple[BlockRef, Mapping[str, Standstill]]:
        """Of many subjects of one operator, at one block."""

    async def erasure(self, operator: str, subject: str) -> tuple[ErasureFacts, ErasureFacts]:
        """As of the head, and as of the finalized block."""

    async def erasure_requests(self, operator: str, from_block: int) -> ErasureLog:
        """Who asked this operator from this block on, up to the finalized one or as far as one query goes."""

    async def digest_of(self, operator: str, subject: str) -> bytes: ...

    async def digests_of(self, operator: str, subjects: Sequence[str]) -> list[bytes]: ...

    async def balance_of(self, account: str) -> int:
        """Token balance, base units."""

    async def credit_of(self, subject: str, lane: int) -> tuple[int, int]:
        """(earned, claimed) of a subject on a lane, token base units, cumulative."""

    async def keepers(self) -> tuple[tuple[str, ...], int]:
        """Addresses of the keeper set and its threshold."""
