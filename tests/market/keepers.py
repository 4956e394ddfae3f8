"""Keepers in this process: real shares, real keys, and any kind of dishonesty."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fairsignal.adapters.chain import LocalSigner, recover_typed
from fairsignal.domain.cid import cid_of_digest
from fairsignal.domain.eip712 import digest_of
from fairsignal.domain.errors import FairsignalError
from fairsignal.domain.hpke import new_private_key, public_key_of
from fairsignal.domain.keeper_messages import receipt_message, release_message
from fairsignal.domain.keeper_shares import open_deposit, reseal_share
from fairsignal.domain.release import ItemResult, ReleaseItem, pack_items, pack_results
from fairsignal.domain.sealing import SealedProfile, parse_manifest, share_info
from fairsignal.market.open_released import ReleaseClient
from fairsignal.ports import ErasedAnswer, KeeperInfo, ReleaseAnswer, ReleaseRequest
from tests.keeper.world import CHAIN_ID, NOW, RECIPIENT, REGISTRY, SUBJECT, FakeChain, sealed_for


@dataclass
class FakeKeeper:
    """Releases whatever it is asked for. Subclasses say how it is dishonest."""

    index: int
    signer: LocalSigner
    shares: dict[str, tuple[bytes, list[bytes]]] = field(default_factory=dict)
    """Subject -> (digest, one share per slot)"""
    refuses: Mapping[int, str] = field(default_factory=dict)
    """Use index -> rule."""
    seconds: float = 0.0
    asked: int = 0

    @property
    def url(self) -> str:
        return f"keeper-{self.index}"

    async def info(self) -> KeeperInfo:
        raise NotImplementedError

    async def deposit(self, manifest: bytes, sealed_shares: bytes, keeper_index: int, signature: bytes) -> None:
        raise NotImplementedError

    async def erase(self, operator: str, subject: str, signature: bytes) -> ErasedAnswer:
        raise NotImplementedError

    async def release(self, request: ReleaseRequest) -> ReleaseAnswer:
        self.asked += 1
        await asyncio.sleep(self.seconds)
        return self.signed(request, tuple(self.result(request, item) for item in request.items))

    def result(self, request: ReleaseRequest, item: ReleaseItem) -> ItemResult:
        if item.use_index in self.refuses:
            return ItemResult(bytes(32), refused=self.refuses[item.use_index], detail="The rule says no.")
        digest, shares = self.shares[item.subject]
        return self.released(request, item, digest, shares[item.category])

    def released(
        self, request: ReleaseRequest, item: ReleaseItem, digest: bytes, share: bytes, key: bytes = RECIPIENT
    ) -> ItemResult:
        info = share_info(digest, request.terms.id, item.category, self.index)
        return ItemResult(digest, reseal_share(share, public_key_of(key), info))

    def signed(self, request: ReleaseRequest, results: tuple[ItemResult, ...], at: int = NOW) -> ReleaseAnswer:
        question = release_message(
            CHAIN_ID, REGISTRY, request.terms.id, pack_items(request.items), request.nonce, request.expires_at
        )
        receipt = receipt_message(CHAIN_ID, REGISTRY, digest_of(question), pack_results(results), at)
        return ReleaseAnswer(results, at, self.signer.sign_typed(receipt))


Lie = Callable[[FakeKeeper, ReleaseRequest], ReleaseAnswer]


@dataclass
class LyingKeeper(FakeKeeper):
    lie: Lie = lambda keeper, request: keeper.signed(request, ())

    async def release(self, request: ReleaseRequest) -> ReleaseAnswer:
        self.asked += 1
        await asyncio.sleep(self.seconds)
        return self.lie(self, request)


@dataclass
class FailingKeeper(FakeKeeper):
    error: FairsignalError | None = None

    async def release(self, request: ReleaseRequest) -> ReleaseAnswer:
        self.asked += 1
        assert self.error is not None
        raise self.error


@dataclass
class SilentKeeper(FakeKeeper):
    async def release(self, request: ReleaseRequest) -> ReleaseAnswer:
        self.asked += 1
        await asyncio.Event().wait()
        raise AssertionError


@dataclass
class Blobs:
    """``ports.BlobSource`` in memory."""

    by_cid: dict[str, bytes]

    async def get(self, cid: str) -> bytes:
        return self.by_cid[cid]


@dataclass
class Market:
    """Five keepers with three shares needed, sealed profiles, and an advertiser's client."""

    keepers: list[FakeKeeper]
    chain: FakeChain
    blobs: Blobs
    client: ReleaseClient

    def replace(self, index: int, keeper: type[FakeKeeper], **fields: object) -> FakeKeeper:
        """Put another kind of keeper in place of an honest one (index 1..5)."""
        old = self.keepers[index - 1]
        new = keeper(index, old.signer, dict(old.shares), **fields)  # type: ignore[arg-type]
        self.keepers[index - 1] = new
        pairs = [(other.signer.address, other) for other in self.keepers]
        self.client = dataclasses.replace(self.client, keepers=pairs)
        return new

    @property
    def asked(self) -> int:
        return sum(keeper.asked for keeper in self.keepers)


def sealed_market(subjects: Sequence[str] = (SUBJECT,)) -> tuple[Market, dict[str, SealedProfile]]:
    """All honest."""
    keys = [new_private_key() for _ in range(5)]
    keepers = [FakeKeeper(index, LocalSigner(bytes((16 + index,)) * 32)) for index in range(1, 6)]
    profiles = {}
    for subject in subjects:
        sealed = sealed_for([public_key_of(key) for key in keys], threshold=3, subject=subject)
        manifest = parse_manifest(sealed.manifest)
        for keeper, key, deposit in zip(keepers, keys, sealed.deposits, strict=True):
            keeper.shares[subject] = sealed.digest, open_deposit(manifest, deposit.sealed, keeper.index, key)
        profiles[subject] = sealed
    chain = FakeChain(digests={subject: sealed.digest for subject, sealed in profiles.items()})
    blobs = Blobs({cid_of_digest(sealed.digest): sealed.manifest for sealed in profiles.values()})
    client = ReleaseClient(
        reader=chain.reader,
        blobs=blobs,
        keepers=[(keeper.signer.address, keeper) for keeper in keepers],
        threshold=3,
        registry=REGISTRY,
        private_key=RECIPIENT,
        recover=recover_typed,
    )
    return Market(keepers, chain, blobs, client), profiles
