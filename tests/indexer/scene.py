"""People on a chain, an indexer behind it, and a chain that changes its mind."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.chain import Deployment, LocalSigner
from fairsignal.adapters.chain.contracts import encode_call
from fairsignal.adapters.chain.event_source import RpcEventSource
from fairsignal.adapters.chain.signing import sign_transaction
from fairsignal.adapters.db.projection import SqlProjection
from fairsignal.adapters.db.snapshot import open_snapshot
from fairsignal.adapters.db.tables import ChangeRecord, ConsentRecord, SubjectStateRecord
from fairsignal.cli.local_stack import LocalChain
from fairsignal.domain.chain_events import lane_bytes
from fairsignal.domain.consent import Consent, ConsentTerms, Purpose, SubjectState, is_in_force
from fairsignal.indexer.check import Checked, check
from fairsignal.indexer.follow import Follower, Progress

DAY = 86_400
FINAL = 2
"""Blocks that can be taken back: Anvil with one slot an epoch."""


@dataclass
class World:
    chain: LocalChain
    deployment: Deployment
    source: RpcEventSource

    async def head(self) -> int:
        return int(await self.chain.rpc("eth_blockNumber"), 16)

    async def mine(self, blocks: int) -> None:
        await self.chain.rpc("anvil_mine", hex(blocks))

    async def include(self, raw: str) -> None:
        """Send a raw transaction; it is in a block on return."""
        sent = await self.chain.rpc("eth_sendRawTransaction", raw)
        receipt = None
        for _ in range(500):  # Anvil mines at once, on a busy machine a moment later
            receipt = await self.chain.rpc("eth_getTransactionReceipt", sent)
            if receipt is not None:
                break
            await asyncio.sleep(0.01)
        assert receipt is not None
        assert int(receipt["status"], 16) == 1

    async def reorg(self, depth: int, kept: list[tuple[str, int]] | None = None) -> None:
        """Replace the newest blocks by others.

        Args:
            kept: raw transactions that the new branch has as well, and in which of its blocks.
        """
        await self.chain.rpc("anvil_reorg", depth, [list(pair) for pair in kept or []])


@dataclass
class Person:
    """Somebody new, with terms for an operator that nobody else knows."""

    world: World
    signer: LocalSigner
    terms: ConsentTerms

    @property
    def subject(self) -> bytes:
        return bytes.fromhex(self.signer.address[2:])

    @property
    def key(self) -> bytes:
        """Of the consent, in the feed of changes."""
        return lane_bytes(self.terms.lane) + self.subject

    async def send(self, function: str, *arguments: int) -> str:
        """Call the ConsentRegistry, in a block of its own -> the raw transaction, for a branch that has it too.

        Nothing follows it up: the product's writer would send again what a reorg removes.
        """
        rpc = self.world.chain.rpc
        raw = await sign_transaction(
            self.signer,
            {
                "to": self.world.deployment.consent_registry,
                "data": "0x" + encode_call("ConsentRegistry", function, *arguments).hex(),
                "nonce": int(await rpc("eth_getTransactionCount", self.signer.address, "latest"), 16),
                "chainId": self.world.deployment.chain_id,
                "gas": 200_000,
                "value": 0,
                "maxFeePerGas": 10**11,
                "maxPriorityFeePerGas": 0,
            },
        )
        await self.world.include("0x" + raw.hex())
        return "0x" + raw.hex()

    async def grant(self) -> str:
        return await self.send("grant", self.terms.lane, self.terms.word())

    async def revoke(self) -> str:
        return await self.send("revoke", self.terms.lane)


@dataclass
class Scene:
    world: World
    engine: AsyncEngine
    projection: SqlProjection
    follower: Follower

    async def person(self) -> Person:
        signer, operator = (LocalSigner(secrets.token_bytes(32)) for _ in range(2))
        await self.world.chain.rpc("anvil_setBalance", signer.address, hex(10**18))
        block = await self.world.chain.rpc("eth_getBlockByNumber", "latest", False)
        ends_at = int(block["timestamp"], 16) + DAY
        return Person(self.world, signer, ConsentTerms(operator.address, Purpose.AD_TARGETING, 3, 10, 5, ends_at))

    async def granted(self) -> Person:
        """A person who granted in the newest block."""
        person = await self.person()
        await person.grant()
        return person

    async def catch_up(self) -> Progress:
        while True:
            progress = await self.follower.step()
            if progress.caught_up:
                return progress

    async def consented(self, person: Person) -> bool:
        """What a decision would go by: is the consent in force at the block that the projection is at?"""
        async with self.engine.connect() as connection:
            word = await connection.scalar(
                select(ConsentRecord.word).where(
                    ConsentRecord.lane == lane_bytes(person.terms.lane), ConsentRecord.subject == person.subject
                )
            )
            state = (
                await connection.execute(
                    select(SubjectStateRecord.revoked_all_at, SubjectStateRecord.minor).where(
                        SubjectStateRecord.subject == person.subject
                    )
                )
            ).one_or_none()
        cursor = await self.projection.cursor()
        assert cursor is not None
        if word is None:
            return False
        consent = Consent.from_word(int.from_bytes(word, "big"))
        return is_in_force(consent, SubjectState(*(state or ())), person.terms.purpose, cursor.timestamp)

    async def changes(self) -> list[tuple[str, bytes]]:
        async with self.engine.connect() as connection:
            found = await connection.execute(select(ChangeRecord.kind, ChangeRecord.key).order_by(ChangeRecord.seq))
            return [(row.kind, row.key) for row in found]

    async def count(self, table: str) -> int:
        async with self.engine.connect() as connection:
            return int((await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())

    async def checked(self) -> Checked:
        """The projection equals a replay, or this raises."""
        async with open_snapshot(self.engine) as snapshot:
            return await check(self.world.source, snapshot)
