"""What the use cases need from the outside world. Every port has at least a local adapter, and all adapters of a
port pass the same contract tests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from fairsignal.domain.campaign import Campaign, CampaignTerms
from fairsignal.domain.consent import Consent, ConsentTerms, SubjectState
from fairsignal.domain.decision import Standing

__all__ = [
    "BlobStore",
    "BlockRef",
    "BlockTag",
    "ChainReader",
    "ChainWriter",
    "Classifier",
    "Clock",
    "Deposit",
    "DepositBox",
    "Embedder",
    "KeeperClient",
    "KeeperInfo",
    "Mined",
    "ProfileRow",
    "Profiles",
    "RecordedUse",
    "ReleaseFacts",
    "ReleaseRequest",
    "Scores",
    "Signer",
    "UnitOfWork",
    "UnitOfWorkFactory",
    "UseRow",
    "Uses",
    "VoucherRow",
    "Vouchers",
]

BlockTag = Literal["latest", "finalized"]


class Clock(Protocol):
    """The time, replaceable in tests."""

    def now(self) -> int:
        """Unix seconds."""


# --- models ---------------------------------------------------------------------------------------------------------


class Embedder(Protocol):
    """Turns texts into vectors. Heads are trained for one embedder and refuse any other."""

    @property
    def id(self) -> str:
        """Name and content hash of the weights, e.g. ``use-multilingual-v3@sha256:1a2b...``."""

    @property
    def dimension(self) -> int:
        """Length of one vector."""

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Embed texts -> (len(texts), dimension), L2-normalised float32.

        Raises:
            ModelUnavailable: the weights are missing or not the expected ones, or a remote endpoint failed.
        """


class Scores(Protocol):
    """Scores of a batch of N messages; columns as the classifier's ``interests`` and ``sensitive`` name them."""

    @property
    def interests(self) -> npt.NDArray[np.float32]: ...
    @property
    def sensitive(self) -> npt.NDArray[np.float32]: ...
    @property
    def intents(self) -> npt.NDArray[np.float32]: ...


class Classifier(Protocol):
    """Scores vectors of the embedder it was trained for."""

    @property
    def id(self) -> str:
        """Content hash of the head's weights."""

    @property
    def embedder_id(self) -> str: ...

    @property
    def interests(self) -> tuple[str, ...]:
        """Slugs of the columns of ``Scores.interests``."""

    @property
    def sensitive(self) -> tuple[str, ...]:
        """Slugs of the columns of ``Scores.sensitive``. Those of ``Scores.intents`` are in the order of ``Intent``."""

    @property
    def certain(self) -> float:
        """Score of a prohibited class, 0..1, from which a message also costs its neighbours their interests."""

    @property
    def thresholds(self) -> Mapping[str, float]:
        """Slug of an interest or prohibited class -> threshold on its score, 0..1."""

    def score(self, vectors: npt.NDArray[np.float32], texts: Sequence[str]) -> Scores:
        """Score (N, dimension) vectors; ``texts`` are the scrubbed messages they came from."""


# --- storage --------------------------------------------------------------------------------------------------------


class BlobStore(Protocol):
    """Content-addressed bytes.

    All adapters return byte-identical CIDv1: UnixFS, raw leaves, 256 KiB chunks, base32.
    """

    @property
    def name(self) -> str:
        """Short name for reports, e.g. ``embedded`` or ``kubo``."""

    async def put(self, data: bytes) -> str:
        """Store and pin; return the CID. Storing the same bytes twice is harmless."""

    async def get(self, cid: str) -> bytes:
        """Return the bytes, verified against the CID.

        Raises:
            NotFound: this store does not have it.
            IntegrityError: what came back does not match the CID.
            Unavailable: the store did not answer in time.
        """

    async def has(self, cid: str) -> bool:
        """True when the bytes are pinned here."""

    async def delete(self, cid: str) -> bool:
        """Unpin and remove; True when there was something to remove."""

    async def close(self) -> None:
        """Release connections."""


# --- chain ----------------------------------------------------------------------------------------------------------


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
class ReleaseFacts:
    """All that a keeper needs to know before releasing a share, read at one block in one JSON-RPC batch."""

    block: BlockRef
    digest: bytes
    """SHA-256 of the attested manifest, 32 bytes; zeros when nothing is attested."""
    consent: Consent
    subject: SubjectState
    campaign: Campaign | None
    """None when no such campaign was opened."""
    paid: tuple[RecordedUse, ...]
    """Uses of this subject by this campaign."""


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

    async def release_facts(self, terms: CampaignTerms, subject: str, tag: BlockTag) -> ReleaseFacts: ...

    async def digest_of(self, operator: str, subject: str) -> bytes: ...

    async def balance_of(self, account: str) -> int:
        """Token balance, base units."""

    async def credit_of(self, subject: str, lane: int) -> tuple[int, int]:
        """(earned, claimed) of a subject on a lane, token base units, cumulative."""

    async def keepers(self) -> tuple[tuple[str, ...], int]:
        """Addresses of the keeper set and its threshold."""


class Signer(Protocol):
    """Holds one secp256k1 key: a server's keystore, a KMS, or a person's wallet."""

    @property
    def address(self) -> str:
        """Checksummed."""

    def sign_typed(self, typed_data: Mapping[str, Any]) -> bytes:
        """65-byte signature of EIP-712 typed data."""

    def sign_transaction(self, transaction: Mapping[str, Any]) -> bytes:
        """Raw signed transaction."""


@dataclass(frozen=True, slots=True)
class Mined:
    """A transaction that succeeded."""

    tx_hash: str
    block: int
    gas_used: int


class ChainWriter(Protocol):
    """Sends transactions of one account; intent and nonce survive a crash, so nothing is sent twice.

    Raises:
        Refused: the contract reverted; ``code`` is the kebab-case name of its error.
        Unavailable: not mined in time; the transaction stays in the outbox and is followed up.
    """

    @property
    def sender(self) -> str: ...

    async def grant(self, terms: ConsentTerms) -> Mined: ...

    async def relay_grant(
        self, subject: str, terms: ConsentTerms, version: int, signed_at: int, signature: bytes
    ) -> Mined: ...

    async def revoke(self, lane: int) -> Mined: ...

    async def relay_revoke(self, subject: str, lane: int, signed_at: int, signature: bytes) -> Mined: ...

    async def revoke_all(self) -> Mined: ...

    async def attest(self, subject: str, digest: bytes) -> Mined: ...

    async def set_recipient_key(self, key: bytes) -> Mined:
        """As an advertiser, name the X25519 public key (32 bytes) that keepers seal released shares to."""

    async def open_campaign(self, terms: CampaignTerms, amount: int) -> Mined:
        """As the terms' advertiser, put ``amount`` base units in escrow, which the market was allowed to pull."""

    async def record_use(
        self, terms: CampaignTerms, subject: str, category: int, use_index: int, ceiling: int, voucher: bytes
    ) -> Mined: ...

    async def withdraw(self, lanes: Sequence[int], to: str) -> Mined:
        """Pay out the sender's credit on these lanes."""


# --- keepers --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeeperInfo:
    """A keeper as it introduces itself, signed by its chain key."""

    address: str
    url: str
    hpke_key: bytes
    """X25519 public key, 32 bytes."""
    signature: bytes = field(repr=False)
    """EIP-712 ``Introduction``, by ``address``."""


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """What an advertiser asks a keeper for, signed with the advertiser's chain key."""

    terms: CampaignTerms
    subject: str
    category: int
    nonce: int
    expires_at: int
    """Unix seconds."""
    signature: bytes = field(repr=False)


class KeeperClient(Protocol):
    """One keeper, over the network."""

    @property
    def url(self) -> str: ...

    async def info(self) -> KeeperInfo:
        """Who the keeper says it is; whoever seals to it checks the signature."""

    async def deposit(self, manifest: bytes, sealed_shares: bytes, keeper_index: int, signature: bytes) -> None:
        """Hand over this keeper's sealed shares; returns once they are on its disk."""

    async def release(self, request: ReleaseRequest) -> bytes:
        """One share, sealed to the recipient key that the chain names."""


@dataclass(frozen=True, slots=True)
class Deposit:
    """What a keeper holds of one sealed profile: its share of every category's secret."""

    operator: str
    subject: str
    version: int
    digest: bytes
    """SHA-256 of the manifest that the shares belong to."""
    index: int
    """The keeper's share index, 1..n."""
    shares: bytes = field(repr=False)
    """One 32-byte share per category slot, concatenated."""


class DepositBox(Protocol):
    """A keeper's own database. ``put`` returns once the deposit is on disk."""

    async def put(self, deposit: Deposit) -> None: ...

    async def get(self, operator: str, subject: str, digest: bytes) -> Deposit | None: ...

    async def delete(self, operator: str, subject: str) -> int:
        """Remove all shares of a subject; -> how many deposits there were."""

    async def use_nonce(self, advertiser: str, nonce: int, expires_at: int) -> bool:
        """Remember a request's nonce; False when it was used before."""

    async def close(self) -> None: ...


# --- database -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """A sealed profile on its way to the chain, or there. Holds ciphertext and the operator's matching index only."""

    subject: str
    version: int
    digest: bytes
    cid: str
    categories: int
    """Bitmap of the categories with a signal: what the operator matches campaigns against."""
    manifest: bytes = field(repr=False)
    deposits: tuple[bytes, ...] = field(repr=False)
    """One sealed deposit per keeper, in keeper order, for keepers that come late."""
    stored: bool = False
    deposited: tuple[int, ...] = ()
    """Indices of the keepers that acknowledged."""
    attested: bool = False


class Profiles(Protocol):
    async def get(self, subject: str) -> ProfileRow | None:
        """The newest version."""

    async def save(self, row: ProfileRow) -> None: ...

    async def unfinished(self) -> list[ProfileRow]:
        """Newest versions that are not attested yet."""

    async def many(self, subjects: Sequence[str]) -> dict[str, ProfileRow]: ...

    async def forget(self, subject: str) -> None: ...


@dataclass(frozen=True, slots=True)
class VoucherRow:
    """An advertiser's permission to record uses of its campaign below index ``ceiling``."""

    terms: CampaignTerms
    ceiling: int
    signature: bytes = field(repr=False)


class Vouchers(Protocol):
    async def get(self, campaign_id: bytes) -> VoucherRow | None: ...

    async def save(self, row: VoucherRow) -> None: ...


@dataclass(frozen=True, slots=True)
class UseRow:
    """One use that was asked for under an idempotency key, and what became of it."""

    key: str
    campaign: bytes
    subject: str
    category: int
    use_index: int
    tx_hash: str = ""
    block: int = 0


class Uses(Protocol):
    async def get(self, key: str) -> UseRow | None: ...

    async def save(self, row: UseRow) -> None: ...

    async def forget(self, key: str) -> None:
        """Drop a use that the chain refused; its index is free again."""

    async def unfinished(self, campaign: bytes) -> list[UseRow]:
        """Uses whose index is taken and whose outcome is not known yet, in index order."""

    async def reopen(self, campaign: bytes, on_chain: int) -> None:
        """Forget the transactions of uses at or past index ``on_chain``: the chain does not have them (any more)."""

    async def next_index(self, campaign: bytes, on_chain: int) -> int:
        """The index of the campaign's next use, past what the chain has and past what is on its way there."""


class UnitOfWork(Protocol):
    """One transaction: commits when its block ends without an error, else rolls back."""

    @property
    def profiles(self) -> Profiles: ...
    @property
    def vouchers(self) -> Vouchers: ...
    @property
    def uses(self) -> Uses: ...


class UnitOfWorkFactory(Protocol):
    def __call__(self) -> AbstractAsyncContextManager[UnitOfWork]: ...
