"""What keepers' tests have in common: people with keys, a sealed profile, a paid use, and a chain that says so."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from fairsignal.adapters.chain import LocalSigner, recover_typed
from fairsignal.adapters.keepers import SqliteDepositBox, SqliteRequestLog
from fairsignal.adapters.keys import KeyRing, RingEpochKeys
from fairsignal.adapters.rate_limit import MemoryRateLimit
from fairsignal.domain.campaign import Campaign, CampaignTerms
from fairsignal.domain.categories import BY_SLUG
from fairsignal.domain.consent import Consent, Purpose, categories_mask
from fairsignal.domain.errors import FairsignalError
from fairsignal.domain.hpke import new_private_key, public_key_of
from fairsignal.domain.keeper_messages import deposit_message
from fairsignal.domain.release import ReleaseItem
from fairsignal.domain.sealing import KeeperKey, SealContext, SealedProfile
from fairsignal.domain.signals import ExtractionReport, Intent, ScreenedProfile, Signal
from fairsignal.keeper.service import Keeper
from fairsignal.market.open_released import sign_request
from fairsignal.pipeline.seal import seal
from fairsignal.ports import (
    BlockRef,
    BlockTag,
    ChainReader,
    PaidUse,
    ReleaseFacts,
    ReleaseRequest,
    ReleaseSnapshot,
    Standstill,
    SubjectFacts,
)

NOW = 1_800_000_000
DAY = 86_400
CHAIN_ID = 31_337
REGISTRY = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
OTHER_REGISTRY = "0x00000000000000000000000000000000000000D1"
OPERATOR, ADVERTISER, STRANGER = (LocalSigner(bytes((number,)) * 32) for number in (1, 2, 3))
SUBJECT = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
TRAVEL, CARS = BY_SLUG["travel"].bit, BY_SLUG["cars"].bit
RECIPIENT = new_private_key()
"""The advertiser's X25519 key; its public half is on chain."""
TERMS = CampaignTerms(
    advertiser=ADVERTISER.address,
    operator=OPERATOR.address,
    purpose=Purpose.AD_TARGETING,
    categories=categories_mask(["travel"]),
    price_per_use=50_000,
    ends_at=NOW + DAY,
    salt=1,
)
CONSENT = Consent(categories_mask(["travel"]), NOW - 1_000, NOW + DAY, 0, 5, 1, guarded=False)
ITEM = ReleaseItem(SUBJECT, TRAVEL, use_index=0, tx_hash=b"\7" * 32, block=90)
USED = BlockRef(90, NOW - 100)
SIGNAL = Signal("travel", 0.8, 3, 20_000 * DAY, 20_010 * DAY, Intent.EXPLORING, "en")


def facts(timestamp: int, digest: bytes = b"\1" * 32, consent: Consent | None = CONSENT) -> ReleaseFacts:
    """One block's view of the campaign and its only subject."""
    campaign = Campaign(TERMS, public_key_of(RECIPIENT), escrow=0, uses=1, closes_at=0)
    return ReleaseFacts(timestamp, campaign, {SUBJECT: SubjectFacts(digest, consent)})


def snapshot(digest: bytes = b"\1" * 32, uses: Mapping[int, PaidUse] | None = None) -> ReleaseSnapshot:
    """All is well: consented, paid and final."""
    paid = {0: PaidUse(SUBJECT, TRAVEL, USED)} if uses is None else uses
    return ReleaseSnapshot(facts(NOW, digest), facts(NOW - 50, digest), final_block=95, uses=paid)


def standstill(digest: bytes = bytes(32), **changes: Any) -> Standstill:
    """A consented subject that never asked for erasure."""
    return dataclasses.replace(Standstill(True, True, digest, False, 0), **changes)


def sealed_for(
    keys: Sequence[bytes], *, threshold: int = 1, version: int = 1, subject: str = SUBJECT, **context: Any
) -> SealedProfile:
    """A fresh profile with one signal (travel), sealed to keepers with these public keys."""
    fields: dict[str, Any] = {"chain_id": CHAIN_ID, "registry": REGISTRY, "operator": OPERATOR.address} | context
    profile = ScreenedProfile((SIGNAL,), ExtractionReport(9, 9, {}, {}, "model"))
    keepers = [KeeperKey(index, key) for index, key in enumerate(keys, start=1)]
    bound = SealContext(**fields, subject=subject, version=version)
    return seal(profile, bound, public_key_of(new_private_key()), keepers, threshold)


@dataclass
class Clock:
    """Stands still until it is set."""

    time: int = NOW

    def now(self) -> int:
        return self.time


@dataclass
class FakeChain:
    """Says what a test has it say."""

    snapshot: ReleaseSnapshot = field(default_factory=snapshot)
    standing: dict[BlockTag, dict[str, Standstill]] = field(default_factory=dict)
    chain_id: int = CHAIN_ID
    digests: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[BlockTag, tuple[str, ...]]] = field(default_factory=list)
    members: tuple[str, ...] = ()
    time: int = NOW
    """Of its head."""

    async def head(self, tag: BlockTag = "latest") -> BlockRef:
        return BlockRef(100, self.time)

    async def release_snapshot(self, terms: CampaignTerms, items: Sequence[ReleaseItem]) -> ReleaseSnapshot:
        return self.snapshot

    async def standstills(
        self, operator: str, subjects: Sequence[str], tag: BlockTag
    ) -> tuple[BlockRef, dict[str, Standstill]]:
        self.asked.append((tag, tuple(subjects)))
        return BlockRef(100, self.time), {subject: self.standing[tag][subject] for subject in subjects}

    async def keepers(self) -> tuple[tuple[str, ...], int]:
        return self.members, 2

    async def digests_of(self, operator: str, subjects: Sequence[str]) -> list[bytes]:
        return [self.digests.get(subject, bytes(32)) for subject in subjects]

    @property
    def reader(self) -> ChainReader:
        return cast(ChainReader, self)


@dataclass
class Kept:
    """A keeper on real files, and what it stands on."""

    keeper: Keeper
    chain: FakeChain
    clock: Clock
    keys: KeyRing
    box: SqliteDepositBox
    log: SqliteRequestLog

    @property
    def hpke_key(self) -> bytes:
        """The public key that it gives out today."""
        private, _ = self.keeper.keys.current(self.clock.now())
        return public_key_of(private)

    def seal(self, **changes: Any) -> SealedProfile:
        """A profile sealed to this keeper's key of today."""
        return sealed_for([self.hpke_key], **changes)

    async def deposit(self, sealed: SealedProfile, signer: LocalSigner = OPERATOR, **changes: Any) -> None:
        """As the operator does; ``changes`` replace arguments of ``Keeper.deposit`` after signing."""
        message = deposit_message(CHAIN_ID, REGISTRY, self.keeper.signer.address, SUBJECT, sealed.digest, 1)
        given: dict[str, Any] = {
            "manifest": sealed.manifest,
            "sealed_shares": sealed.deposits[0].sealed,
            "index": 1,
            "signature": signer.sign_typed(message),
        }
        await self.keeper.deposit(**(given | changes))

    async def close(self) -> None:
        await self.box.close()
        await self.log.close()


def open_kept(directory: Path, *, rates: Mapping[str, str] | None = None, epoch: timedelta = timedelta(days=7)) -> Kept:
    """A keeper with SQLite files and a key ring in ``directory``."""
    # Whatever index a test deposits under is this keeper's own.
    chain, clock = FakeChain(members=(LocalSigner(b"\4" * 32).address,) * 5), Clock()
    ring = KeyRing(directory / "keys", None, clear_allowed=True)
    box = SqliteDepositBox(directory / "keeper.db", b"\5" * 32)
    log = SqliteRequestLog(directory / "requests.db")
    keeper = Keeper(
        reader=chain.reader,
        box=box,
        log=log,
        keys=RingEpochKeys(ring, epoch),
        signer=LocalSigner(b"\4" * 32),
        clock=clock,
        registry=REGISTRY,
        recover=recover_typed,
        limit=MemoryRateLimit(rates or {"deposits": "1000/minute", "releases": "10000/minute"}),
    )
    return Kept(keeper, chain, clock, ring, box, log)


def asked(*items: ReleaseItem, signer: LocalSigner = ADVERTISER, now: int = NOW, **bound: Any) -> ReleaseRequest:
    context: dict[str, Any] = {"chain_id": CHAIN_ID, "registry": REGISTRY, "terms": TERMS} | bound
    return sign_request(signer, **context, items=items or (ITEM,), now=now)


async def refusal(call: Any) -> FairsignalError:
    with pytest.raises(FairsignalError) as caught:
        await call
    return caught.value


async def stored(kept: Kept, sealed: SealedProfile) -> bool:
    return await kept.box.get(OPERATOR.address, SUBJECT, sealed.digest) is not None
