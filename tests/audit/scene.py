"""An operator, an advertiser and people on a real chain, and epochs that keepers sign whatever they say."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from aiohttp import web
from eth_utils.address import to_checksum_address

from fairsignal.adapters.chain import load_deployment
from fairsignal.adapters.chain.contracts import encode_call
from fairsignal.adapters.chain.deployment import Deployment
from fairsignal.audit.report import AuditReport
from fairsignal.bootstrap.audit import open_auditor
from fairsignal.bootstrap.wallets import dev_wallets
from fairsignal.cli.local_stack import LocalChain
from fairsignal.domain.campaign import CampaignTerms, split_price, use_word
from fairsignal.domain.cid import cid_of
from fairsignal.domain.consent import ConsentTerms, Purpose
from fairsignal.domain.hpke import new_private_key, public_key_of
from fairsignal.domain.log_index import LogIndex, SealedKey, seal_log_key
from fairsignal.domain.log_keys import LogContext, LogKeys
from fairsignal.domain.merkle import MerkleTree, pack_leaf
from fairsignal.domain.settlement import Settlement, pack_quorum, root_on_chain, settlement_message
from fairsignal.domain.use_receipt import UseReceipt
from fairsignal.domain.use_record import UseRecord
from fairsignal.epochs.write import LogWriter

DAY = 86_400
TRAVEL, MUSIC = 0, 10
PRICE = 50_001
KEEPERS = dev_wallets(20)[17:]
AUDITOR = new_private_key()


class Blobs:
    """A blob store in memory, served over HTTP as a backend's public route does; tests damage what it serves."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    async def put(self, data: bytes) -> str:
        cid = cid_of(data)
        self.held[cid] = data
        return cid

    async def serve(self, request: web.Request) -> web.Response:
        data = self.held.get(request.match_info["cid"])
        return web.Response(body=data) if data is not None else web.Response(status=404)


@dataclass
class Node:
    """A chain whose accounts all do as they are told."""

    chain: LocalChain
    http: httpx.AsyncClient
    deployment: Deployment

    @classmethod
    async def over(cls, chain: LocalChain, http: httpx.AsyncClient) -> Node:
        node = cls(chain, http, load_deployment(chain.deployment))
        await node.rpc("anvil_autoImpersonateAccount", True)
        owner = dev_wallets(1)[0].address
        await node.send(owner, "OperatorRegistry", "setKeepers", [keeper.address for keeper in KEEPERS], 2)
        return node

    async def rpc(self, method: str, *params: Any) -> Any:
        answer = await self.http.post(
            self.chain.rpc_url, json={"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        )
        document = answer.json()
        assert "error" not in document, document
        return document["result"]

    def address(self, contract: str) -> str:
        of = self.deployment
        return {
            "ConsentRegistry": of.consent_registry,
            "OperatorRegistry": of.operator_registry,
            "ProfileRegistry": of.profile_registry,
            "SignalMarket": of.signal_market,
            "TestDollar": of.token,
        }[contract]

    async def send(self, sender: str, contract: str, function: str, *arguments: Any, to: str | None = None) -> int:
        """A transaction that must succeed; -> its block."""
        data = encode_call(contract, function, *arguments)
        return await self.call(sender, to or self.address(contract), data)

    async def call(self, sender: str, to: str, data: bytes) -> int:
        await self.rpc("anvil_setBalance", sender, hex(10**20))
        request = {"from": sender, "to": to, "data": "0x" + data.hex(), "gas": hex(5_000_000)}
        tx_hash = await self.rpc("eth_sendTransaction", request)
        for _ in range(1_000):
            receipt = await self.rpc("eth_getTransactionReceipt", tx_hash)
            if receipt is not None:
                break
            await asyncio.sleep(0.01)
        assert receipt["status"] == "0x1", receipt
        return int(receipt["blockNumber"], 16)

    async def head(self) -> tuple[int, int]:
        block = await self.rpc("eth_getBlockByNumber", "latest", False)
        return int(block["number"], 16), int(block["timestamp"], 16)

    async def mine(self, *, at: int | None = None) -> int:
        """A block, at this time (Unix seconds) or a second later; -> its number."""
        _, now = await self.head()
        await self.rpc("evm_setNextBlockTimestamp", at or now + 1)
        await self.rpc("evm_mine")
        return (await self.head())[0]


@dataclass
class Draft:
    """What an operator is about to publish and settle; tests change it."""

    number: int
    from_block: int
    to_block: int
    campaigns: list[CampaignTerms]
    uses: dict[bytes, list[UseRecord]]
    totals: dict[bytes, int]
    debits: list[int]
    days: dict[tuple[bytes, int], int]
    previous: Epoch | None
    previous_digest: bytes
    root: bytes | None = None
    """None: of the totals."""
    total: int | None = None
    """None: the sum of the totals."""
    sealed_key: bytes | None = None
    """What the auditor gets in place of the log key."""
    handed_on: bytes | None = None
    """What the log hands on in place of the key of the last epoch's books."""
    settled: dict[str, Any] = field(default_factory=dict)
    """What goes on chain in place of what the index says."""


@dataclass
class Epoch:
    """Published and settled."""

    draft: Draft
    index: LogIndex
    keys: LogKeys

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.index.encode()).digest()


@dataclass
class Scene:
    """One operator's world, from a UTC midnight on."""

    node: Node
    blobs: Blobs
    blobs_url: str
    folder: Path
    midnight: int
    operator: str = field(default_factory=lambda: to_checksum_address(secrets.token_bytes(20)))
    advertiser: str = field(default_factory=lambda: to_checksum_address(secrets.token_bytes(20)))
    start: int = 0
    """Block that the first epoch begins behind."""

    async def person(self, **consent: Any) -> bytes:
        """Somebody who consents to travel, up to 5 uses a day."""
        subject = secrets.token_bytes(20)
        await self.grant(subject, **consent)
        return subject

    async def grant(self, subject: bytes, *, categories: int = 1 << TRAVEL, floor: int = 50_001, cap: int = 5) -> int:
        _, now = await self.node.head()
        terms = ConsentTerms(self.operator, Purpose.AD_TARGETING, categories, floor, cap, now + 30 * DAY)
        sender = to_checksum_address(subject)
        return await self.node.send(sender, "ConsentRegistry", "grant", terms.lane, terms.word())

    async def campaign(self, *, escrow: int = 100 * PRICE, **changed: Any) -> CampaignTerms:
        _, now = await self.node.head()
        given = {"categories": 1 << TRAVEL | 1 << MUSIC, "price_per_use": PRICE, "ends_at": now + 20 * DAY} | changed
        terms = CampaignTerms(
            **{
                "advertiser": self.advertiser,
                "operator": self.operator,
                "purpose": 1,
                "salt": secrets.randbits(47),
                "metered": True,
            }
            | given
        )
        await self.node.send(self.advertiser, "TestDollar", "mint", self.advertiser, escrow)
        market = self.node.deployment.signal_market
        await self.node.send(self.advertiser, "TestDollar", "approve", market, escrow)
        await self.node.send(self.advertiser, "SignalMarket", "openCampaign", terms.target, terms.bid, escrow)
        return terms

    async def record_at_once(self, terms: CampaignTerms, subject: bytes, index: int, category: int = TRAVEL) -> int:
        word = use_word("0x" + subject.hex(), category, index)
        return await self.node.send(self.advertiser, "SignalMarket", "recordUse", terms.target, terms.bid, word)

    async def queue(self, subject: bytes, terms: CampaignTerms, index: int) -> None:
        """A use, then a revocation of everything by the same person's hand, for one block; mining is the caller's."""
        sender, market = to_checksum_address(subject), self.node.deployment.signal_market
        word = use_word("0x" + subject.hex(), TRAVEL, index)
        calls = [
            (self.advertiser, market, encode_call("SignalMarket", "recordUse", terms.target, terms.bid, word), 2),
            (sender, self.node.deployment.consent_registry, encode_call("ConsentRegistry", "revokeAll"), 1),
        ]
        for account, to, data, gwei in calls:
            await self.node.rpc("anvil_setBalance", account, hex(10**20))
            request = {"from": account, "to": to, "data": "0x" + data.hex(), "gas": hex(500_000)}
            fees = {"maxFeePerGas": hex(10**11), "maxPriorityFeePerGas": hex(gwei * 10**9)}
            await self.node.rpc("eth_sendTransaction", request | fees)

    def draft(
        self,
        campaigns: list[CampaignTerms],
        uses: dict[bytes, list[UseRecord]],
        to_block: int,
        previous: Epoch | None = None,
    ) -> Draft:
        """The honest epoch of these uses, all of one day, whatever they are worth."""
        before = previous.draft if previous else None
        totals = Counter(before.totals if before else {})
        days = Counter(before.days if before else {})
        debits = [0] * len(campaigns)
        for subject, records in uses.items():
            for use in records:
                price = campaigns[use.campaign].price_per_use
                totals[subject] += split_price(price).subject
                debits[use.campaign] += price
                days[subject, int(campaigns[use.campaign].purpose)] += 1
        return Draft(
            number=before.number + 1 if before else 1,
            from_block=before.to_block if before else self.start,
            to_block=to_block,
            campaigns=campaigns,
            uses=uses,
            totals=dict(totals),
            debits=debits,
            days=dict(days),
            previous=previous,
            previous_digest=previous.digest if previous else bytes(32),
        )

    async def settle(self, draft: Draft, *, signers: Any = KEEPERS[:2], through: str | None = None) -> Epoch:
        """Publish the log, have keepers sign whatever it says, and settle.

        Args:
            through: a contract that passes calls on to the market, instead of a direct one.
        """
        epoch = await self.publish(draft)
        index = epoch.index
        said = {"root": index.root, "total": index.total, "debits": index.debits, "log_digest": epoch.digest}
        said |= draft.settled
        before = bytes(32)
        if draft.previous:
            before = draft.previous.draft.settled.get("root", draft.previous.index.root)
        message = settlement_message(
            self.node.deployment.chain_id,
            self.node.deployment.signal_market,
            Settlement(self.operator, draft.number, **said),
            root_on_chain(before),
        )
        quorum = pack_quorum({signer.address: signer.sign_typed(message) for signer in signers}, 2)
        settlement = (self.operator, draft.number, said["root"], said["total"], said["log_digest"])
        await self.node.send(self.operator, "SignalMarket", "settle", settlement, said["debits"], quorum, to=through)
        await self.node.chain.finalize()
        return epoch

    async def publish(self, draft: Draft) -> Epoch:
        context = LogContext(
            self.node.deployment.chain_id, self.node.deployment.signal_market, self.operator, draft.number
        )
        log_key = secrets.token_bytes(32)
        keys = LogKeys(log_key, context)
        leaves = b"".join(pack_leaf(subject, draft.totals[subject]) for subject in sorted(draft.totals))
        with LogWriter(self.blobs, keys, self.folder, 100) as writer:  # type: ignore[arg-type]
            for subject, records in draft.uses.items():
                writer.add(subject, draft.totals.get(subject, 0), records)
            stored = await writer.finish(leaves, [(*key, count) for key, count in sorted(draft.days.items())])
        own = public_key_of(AUDITOR)
        order = sorted(zip(draft.campaigns, draft.debits, strict=True), key=lambda pair: pair[0].id)
        index = LogIndex(
            context=context,
            previous=draft.previous_digest,
            from_block=draft.from_block,
            to_block=draft.to_block,
            campaigns=tuple((terms.id, debit) for terms, debit in order),
            uses=sum(map(len, draft.uses.values())),
            subjects=len(draft.totals),
            gross=sum(draft.debits),
            total=sum(draft.totals.values()) if draft.total is None else draft.total,
            root=MerkleTree.build(leaves).root if draft.root is None else draft.root,
            use_directories=stored.uses,
            total_directories=stored.totals,
            day_directories=stored.days,
            log_commitment=keys.commitment,
            books_commitment=keys.books_commitment,
            previous_books=keys.seal_previous_books(draft.handed_on or draft.previous.keys.books)
            if draft.previous
            else b"",
            auditors=(SealedKey(own, seal_log_key(draft.sealed_key or log_key, own, context)),),
        )
        await self.blobs.put(index.encode())
        return Epoch(draft, index, keys)

    async def audit(
        self, epoch: int | None = None, *, key: bytes | None = AUDITOR, receipts: list[UseReceipt] | None = None
    ) -> AuditReport:
        """As ``fairsignal audit --operator`` does."""
        chain = self.node.chain
        async with open_auditor(chain.rpc_url, chain.deployment, [self.blobs_url], key) as (auditor, _):
            return await auditor.run(epoch, bytes.fromhex(self.operator[2:]), receipts or [])


def use(block: int, *, at: int = 0, category: int = TRAVEL, use_id: bytes | None = None) -> UseRecord:
    return UseRecord(use_id or secrets.token_bytes(16), at, category, block)


def rules(report: AuditReport) -> list[str]:
    """All broken rules."""
    return [finding.rule for section in report.sections for finding in section.findings]
