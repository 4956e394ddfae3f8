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
from fairsignal.domain.release import ItemResult, ReleaseItem

__all__ = [
    "BlobSource",
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
    "EpochKeys",
    "ErasedAnswer",
    "ErasureFacts",
    "ErasureLog",
    "ErasureReplica",
    "ErasureReplicaState",
    "ErasureRow",
    "ErasureState",
    "Erasures",
    "HeldShares",
    "KeeperClient",
    "KeeperDirectory",
    "KeeperInfo",
    "Mined",
    "PaidUse",
    "ProfileRow",
    "Profiles",
    "RateLimit",
    "RecordedUse",
    "ReleaseAnswer",
    "ReleaseFacts",
    "ReleaseRequest",
    "ReleaseSnapshot",
    "Replica",
    "ReplicaCondition",
    "ReplicaReport",
    "ReplicaSet",
    "ReplicaState",
    "RequestLog",
    "Scores",
    "Signer",
    "Standstill",
    "SubjectFacts",
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


class BlobSource(Protocol):
    """Where content-addressed bytes can be read."""

    async def get(self, cid: str) -> bytes:
        """As ``BlobStore.get``."""


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


ReplicaCondition = Literal["present", "missing", "corrupt", "unreachable"]


@dataclass(frozen=True, slots=True)
class ReplicaState:
    """What one replica has of a blob. Whatever is "present" was read and verified, unless ``detail`` says otherwise."""

    name: str
    condition: ReplicaCondition
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ReplicaReport:
    """What became of a request at one replica; ``detail`` is a sentence or a few words."""

    name: str
    ok: bool
    detail: str = ""


class Replica(BlobStore, Protocol):
    """A blob store that can be one of several."""

    @property
    def pulls(self) -> bool:
        """True when it fetches what it is to keep from another replica, instead of being sent the bytes."""

    async def state(self, cid: str) -> ReplicaState:
        """Look at this replica's own copy. Does not raise for a bad or unreachable one: that is the answer.

        Raises:
            BadInput: not a CID.
        """

    async def replace(self, data: bytes) -> str:
        """``put`` over whatever is there, which may be damaged; -> the CID."""


class ReplicaSet(BlobStore, Protocol):
    """One blob in several places."""

    @property
    def replicas(self) -> tuple[str, ...]:
        """Their names, in the order in which they are read."""

    async def verify(self, cid: str) -> tuple[ReplicaState, ...]:
        """The state of every replica's copy."""

    async def heal(self, cid: str, spare: bytes | None = None) -> tuple[ReplicaState, ...]:
        """Store again where the blob is missing or corrupt, from a replica that has it; -> the states afterwards.

        Args:
            spare: the blob, from outside, for when no replica has it. Ignored when it is not what the CID names.
        """

    async def erase(self, cid: str) -> tuple[ReplicaReport, ...]:
        """Delete everywhere, also what is being written just now. Can be repeated for replicas that did not answer."""

    async def settle(self) -> None:
        """Wait until no copy is being made in the background any more."""


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
class SubjectFacts:
    """What one block says of one subject, for one operator and purpose."""

    digest: bytes
    """SHA-256 of the attested manifest, 32 bytes; zeros when nothing is attested."""
    consent: Consent | None
    """What is in force; None when nothing is."""


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """What one block says of a campaign and some subjects."""

    block: BlockRef
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

    async def request_erasure(self, operator: str) -> Mined:
        """As a subject, ask an operator to erase everything."""

    async def relay_erasure(self, subject: str, operator: str, signed_at: int, signature: bytes) -> Mined:
        """The same by the subject's signature. While one transaction is on its way, asking again follows that one."""

    async def confirm_erasure(self, subject: str) -> Mined:
        """As an operator, say that everything is erased. While one is on its way, asking again follows that one."""

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
    expires_at: int
    """Unix seconds until which it takes shares that are sealed to this key."""
    signature: bytes = field(repr=False)
    """EIP-712 ``Introduction``, by ``address``."""


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """What an advertiser asks a keeper for, signed with the advertiser's chain key."""

    terms: CampaignTerms
    items: tuple[ReleaseItem, ...]
    """Paid uses of this campaign: one, or a cohort."""
    nonce: int
    expires_at: int
    """Unix seconds."""
    signature: bytes = field(repr=False)

    def as_json(self) -> dict[str, Any]:
        """As keepers and the backend take it."""
        return {
            "terms": self.terms.as_json(),
            "items": [item.as_json() for item in self.items],
            "nonce": str(self.nonce),
            "expires_at": self.expires_at,
            "signature": "0x" + self.signature.hex(),
        }


@dataclass(frozen=True, slots=True)
class ReleaseAnswer:
    """A keeper's answer to a ``ReleaseRequest``."""

    results: tuple[ItemResult, ...]
    """In the order of the request's items."""
    released_at: int
    """Unix seconds."""
    receipt: bytes = field(repr=False)
    """EIP-712 ``ReleaseReceipt`` over request and results, by the keeper's chain key."""


@dataclass(frozen=True, slots=True)
class ErasedAnswer:
    """A keeper's word that it holds nothing of a subject any more."""

    erased_at: int
    """Unix seconds."""
    receipt: bytes = field(repr=False)
    """EIP-712 ``Erased``, by the keeper's chain key."""


class KeeperClient(Protocol):
    """One keeper, over the network."""

    @property
    def url(self) -> str: ...

    async def info(self) -> KeeperInfo:
        """Who the keeper says it is; whoever seals to it checks the signature."""

    async def deposit(self, manifest: bytes, sealed_shares: bytes, keeper_index: int, signature: bytes) -> None:
        """Hand over this keeper's sealed shares; returns once they are on its disk."""

    async def release(self, request: ReleaseRequest) -> ReleaseAnswer:
        """Shares, sealed to the recipient key that the chain names, or the rules that refuse them."""

    async def erase(self, operator: str, subject: str, signature: bytes) -> ErasedAnswer:
        """Have everything about a subject deleted, by the operator's ``Erasure`` signature."""


class KeeperDirectory(Protocol):
    """The keeper set that shares are sealed to."""

    @property
    def clients(self) -> Sequence[KeeperClient]:
        """In share order."""

    @property
    def addresses(self) -> Sequence[str]:
        """As the chain names them, in share order."""

    async def introduced(self) -> list[KeeperInfo]:
        """Today's keys of all of them, proven, in share order.

        Raises:
            Unavailable: one of them never introduced itself.
        """


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
    """A keeper's own database. What returned is on disk; what was deleted is overwritten."""

    async def put(self, deposit: Deposit, now: int) -> None:
        """Keep shares; ``now`` in Unix seconds."""

    async def get(self, operator: str, subject: str, digest: bytes) -> Deposit | None: ...

    async def of(self, operator: str, subject: str) -> HeldShares:
        """What is kept of one subject."""

    async def held(self, after: tuple[str, str], limit: int) -> list[HeldShares]:
        """What is kept, ordered by operator and subject, from behind ``after`` on; for sweeping in portions."""

    async def delete(self, operator: str, subject: str, digests: Sequence[bytes]) -> int:
        """Remove a subject's shares of these manifests; -> how many deposits there were."""

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class HeldShares:
    """What a keeper holds of one subject by one operator."""

    operator: str
    subject: str
    deposits: tuple[tuple[bytes, int, int], ...]
    """(manifest hash, profile version, Unix seconds when it came)"""


class EpochKeys(Protocol):
    """A keeper's HPKE keys: a fresh one every epoch, and no more than the last two."""

    def current(self, now: int) -> tuple[bytes, int]:
        """(X25519 private key of this epoch, Unix seconds until which deposits sealed to it are opened)"""

    def usable(self, now: int) -> list[bytes]:
        """Private keys that open deposits now, oldest first; at least one."""

    def forget_expired(self, now: int) -> None:
        """Delete the keys of epochs before the last one, for good."""


class RateLimit(Protocol):
    """Counts what a principal does."""

    async def __call__(self, what: str, principal: str, amount: int) -> None:
        """
        Raises:
            Refused: more than allowed; ``code`` is ``rate-limited``.
        """


class RequestLog(Protocol):
    """What a keeper answered: single use of requests, and evidence for whoever audits the advertiser's operator."""

    async def use_nonce(self, advertiser: str, nonce: int, expires_at: int, now: int) -> bool:
        """Remember a request's nonce until it expired; False when it was used before."""

    async def record(self, campaign: bytes, items: Sequence[tuple[ReleaseItem, bytes]], released_at: int) -> None:
        """Note released items with their manifests' hashes; ``released_at`` in Unix seconds."""

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
    """One sealed deposit per keeper, in keeper order, for keepers that come late; none once all have theirs."""
    stored: bool = False
    deposited: tuple[int, ...] = ()
    """Indices of the keepers that acknowledged."""
    attested: bool = False


class Profiles(Protocol):
    async def get(self, subject: str) -> ProfileRow | None:
        """The newest version."""

    async def save(self, row: ProfileRow) -> None:
        """
        Raises:
            Refused: an erasure of this subject is open; ``code`` is ``erasure-open``.
        """

    async def unfinished(self) -> list[ProfileRow]:
        """Newest versions that are not attested yet, or whose shares not all keepers have."""

    async def many(self, subjects: Sequence[str]) -> dict[str, ProfileRow]:
        """Those that may be used: without subjects whose erasure is open."""

    async def stored_cids(self) -> list[str]:
        """CIDs of all manifests that a blob store has acknowledged, sorted."""

    async def manifest(self, cid: str) -> bytes | None:
        """The manifest of this CID, if it is the newest of a subject."""

    async def is_wanted(self, cid: str) -> bool:
        """Whether it is of some version of a subject that still has a profile: False once that is erased."""

    async def forget(self, subject: str) -> None:
        """Remove it; the CIDs of all its versions are still known, for whoever deletes the blobs."""

    async def cids(self, subject: str) -> list[str]:
        """CIDs of all versions that there ever were since the last erasure, sorted."""

    async def forget_cids(self, subject: str) -> None: ...


ErasureState = Literal["requested", "erasing", "erased", "confirmed", "closed"]
"""``requested``: not final yet; ``erasing``: replicas are being erased; ``erased``: all are; ``confirmed`` on chain;
``closed``: and that is final. Until it is closed, nothing of the subject is published."""
ErasureReplicaState = Literal["pending", "erased", "refused"]


@dataclass(frozen=True, slots=True)
class ErasureRow:
    """The newest erasure of a subject, and how far it has come. Times in Unix seconds."""

    subject: str
    requested_at: int
    """On chain."""
    state: ErasureState = "requested"
    confirmed_at: int = 0
    """On chain, 0 for not yet."""
    tx_hash: str = ""
    """Transaction that confirmed it; empty when a crash came between, then the chain's log has it."""


@dataclass(frozen=True, slots=True)
class ErasureReplica:
    """One place that the subject's data is erased from: ``database``, ``blobs:<store>`` or ``keeper:<share index>``."""

    name: str
    state: ErasureReplicaState = "pending"
    """``refused``: it answered, and said no, which may change."""
    attempts: int = 0
    error: str = ""
    """Code of what went wrong last."""
    next_try_at: int = 0
    """Unix seconds."""
    erased_at: int = 0
    """Unix seconds, 0 for not yet."""
    receipt: bytes = field(default=b"", repr=False)
    """A keeper's EIP-712 ``Erased``."""


class Erasures(Protocol):
    async def get(self, subject: str) -> ErasureRow | None: ...

    async def save(self, row: ErasureRow) -> None: ...

    async def forget(self, subject: str) -> None:
        """Drop an erasure and its replicas: it was never requested after all."""

    async def unfinished(self) -> list[ErasureRow]:
        """Those that are not closed, oldest request first."""

    async def replicas(self, subject: str) -> list[ErasureReplica]:
        """By name."""

    async def save_replica(self, subject: str, replica: ErasureReplica) -> None: ...

    async def read_to(self) -> int:
        """Block from which on the chain's log of requests was not read yet; 0 at first."""

    async def set_read_to(self, block: int) -> None: ...


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
    @property
    def erasures(self) -> Erasures: ...


class UnitOfWorkFactory(Protocol):
    def __call__(self) -> AbstractAsyncContextManager[UnitOfWork]: ...
