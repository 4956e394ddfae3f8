"""A made-up chain and honest epochs on it, for tests of logs: people, consents and campaigns as events."""

from __future__ import annotations

import hashlib
import random
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from eth_utils.address import to_checksum_address

from fairsignal.adapters.ipfs import EmbeddedBlobStore
from fairsignal.domain.campaign import CampaignTerms, split_price
from fairsignal.domain.chain_events import At, CampaignOpened, ConsentStored, lane_bytes
from fairsignal.domain.chain_record import ChainRecord
from fairsignal.domain.consent import ConsentTerms, Purpose, lane_of
from fairsignal.domain.log_index import LogIndex
from fairsignal.domain.log_keys import LogContext, LogKeys
from fairsignal.domain.merkle import MerkleTree, pack_leaf, unpack_leaves
from fairsignal.domain.use_record import UseRecord
from fairsignal.epochs.read import Books
from fairsignal.epochs.write import LogWriter, put_exactly

MARKET = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
OPERATOR = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
ADVERTISER = "0x90F79bf6EB2c4f870365E785982E1f101E93b906"
DAY = 86_400
START = 20_000 * DAY
BLOCK_SECONDS = 12
DECIMALS = 6


def block_time(block: int) -> int:
    """Unix seconds."""
    return START + block * BLOCK_SECONDS


class Times:
    """``ports.BlockTimes`` of the made-up chain."""

    async def timestamps(self, blocks: Collection[int]) -> Mapping[int, int]:
        return {block: block_time(block) for block in blocks}


def person(number: int) -> bytes:
    return hashlib.sha256(b"person" + number.to_bytes(4)).digest()[:20]


def campaign(salt: int, *, price: int = 10_001, purpose: int = 1) -> CampaignTerms:
    return CampaignTerms(
        advertiser=ADVERTISER,
        operator=OPERATOR,
        purpose=purpose,
        categories=0xFF,
        price_per_use=price,
        ends_at=START + 400 * DAY,
        salt=salt,
        metered=True,
    )


def granted(subject: bytes, *, block: int = 1, cap: int = 50, purpose: int = 1, log_index: int = 0) -> ConsentStored:
    terms = ConsentTerms(OPERATOR, Purpose(purpose), 0xFF, 10_000, cap, START + 300 * DAY)
    at = At(block, block_time(block), log_index, bytes(32))
    word = terms.word(version=1, granted_at=block_time(block))
    return ConsentStored(at, subject, lane_bytes(terms.lane), word.to_bytes(32))


def opened(terms: CampaignTerms, *, block: int = 1, log_index: int = 0) -> CampaignOpened:
    at = At(block, block_time(block), log_index, bytes(32))
    advertiser = bytes.fromhex(terms.advertiser[2:])
    return CampaignOpened(at, terms.id, advertiser, terms.target.to_bytes(32), terms.bid.to_bytes(32), 10**12)


@dataclass
class Epoch:
    """An epoch's uses and everything that follows from them; tests replace what they lie about."""

    index: LogIndex
    keys: LogKeys
    uses: dict[bytes, list[UseRecord]]
    books: Books

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.index.encode()).digest()


@dataclass
class World:
    """Publishes epochs of one operator into a real blob store."""

    folder: Path
    campaigns: list[CampaignTerms] = field(default_factory=lambda: [campaign(salt) for salt in range(3)])
    people: list[bytes] = field(default_factory=lambda: sorted(person(number) for number in range(40)))

    def __post_init__(self) -> None:
        self.blobs = EmbeddedBlobStore(self.folder / "blobs")
        self.chain = ChainRecord()
        self.campaigns.sort(key=lambda terms: terms.id)
        events = [opened(terms, log_index=number) for number, terms in enumerate(self.campaigns)]
        for event in events:
            self.chain.apply(event)
        for number, subject in enumerate(self.people):
            self.chain.apply(granted(subject, block=2, log_index=number))

    def random_uses(
        self, seed: int, count: int, first: int, last: int, people: int = 0
    ) -> dict[bytes, list[UseRecord]]:
        """Uses in blocks first..last, of up to 10 per person."""
        chance = random.Random(seed)
        uses: defaultdict[bytes, list[UseRecord]] = defaultdict(list)
        among = self.people[: people or None]
        while sum(map(len, uses.values())) < count:
            subject = chance.choice(among)
            record = UseRecord(
                chance.randbytes(16),
                chance.randrange(len(self.campaigns)),
                chance.randrange(8),
                chance.randint(first, last),
            )
            uses[subject].append(record)
        return {subject: sorted(found, key=lambda use: (use.block, use.use_id)) for subject, found in uses.items()}

    async def publish(
        self, uses: dict[bytes, list[UseRecord]], *, first: int, last: int, previous: Epoch | None = None
    ) -> Epoch:
        """An honest log of these uses."""
        number = previous.index.context.epoch + 1 if previous else 1
        context = LogContext(31337, MARKET, OPERATOR, number)
        keys = LogKeys(hashlib.sha256(b"log key" + bytes([number])).digest(), context)
        shares = {
            subject: sum(split_price(self.campaigns[use.campaign].price_per_use).subject for use in found)
            for subject, found in uses.items()
        }
        totals = Counter(dict(unpack_leaves(previous.books.leaves)) if previous else {})
        totals.update(shares)
        leaves = b"".join(pack_leaf(subject, totals[subject]) for subject in sorted(totals))
        days = self.days(uses, last, previous, first)
        debits = Counter(use.campaign for found in uses.values() for use in found)
        amounts = [debits[place] * terms.price_per_use for place, terms in enumerate(self.campaigns)]
        index = LogIndex(
            context=context,
            previous=previous.digest if previous else bytes(32),
            from_block=first - 1,
            to_block=last,
            campaigns=tuple((terms.id, amount) for terms, amount in zip(self.campaigns, amounts, strict=True)),
            uses=sum(map(len, uses.values())),
            subjects=len(totals),
            gross=sum(amounts),
            total=sum(totals.values()),
            root=MerkleTree.build(leaves).root,
            use_directories=(),
            total_directories=(),
            day_directories=(),
            log_commitment=keys.commitment,
            books_commitment=keys.books_commitment,
            previous_books=keys.seal_previous_books(previous.keys.books) if previous else b"",
        )
        return await self.store(Epoch(index, keys, uses, Books(leaves, tuple(days))))

    async def store(self, epoch: Epoch) -> Epoch:
        """Store an epoch's parts as they are given, true or not, and the index that names them."""
        totals = dict(unpack_leaves(epoch.books.leaves))
        with LogWriter(self.blobs, epoch.keys, self.folder / "scratch", epoch.index.uses) as writer:
            for subject, found in epoch.uses.items():
                writer.add(subject, totals.get(subject, 0), found)
            stored = await writer.finish(epoch.books.leaves, epoch.books.days)
        index = replace(
            epoch.index,
            use_directories=stored.uses,
            total_directories=stored.totals,
            day_directories=stored.days,
        )
        await put_exactly(self.blobs, index.encode())
        return replace(epoch, index=index)

    def days(
        self, uses: dict[bytes, list[UseRecord]], last: int, previous: Epoch | None, first: int
    ) -> list[tuple[bytes, int, int]]:
        day = block_time(last) // DAY
        counts: Counter[tuple[bytes, int]] = Counter()
        if previous and block_time(first - 1) // DAY == day:
            counts.update({(subject, purpose): count for subject, purpose, count in previous.books.days})
        for subject, found in uses.items():
            for use in found:
                if block_time(use.block) // DAY == day:
                    counts[subject, self.campaigns[use.campaign].purpose] += 1
        return sorted((subject, purpose, count) for (subject, purpose), count in counts.items())


def address(subject: bytes) -> str:
    return str(to_checksum_address(subject))


LANE = lane_of(OPERATOR, 1)
