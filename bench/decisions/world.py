"""A running backend that knows 100,000 people, on a chain that has their consents.

Campaign, escrow and voucher are real, and so are server and indexer. The people's consents are put where granting would
put them: into the registry's storage on Anvil, and into the indexer's tables. 100,000 signatures would take minutes and
change nothing of what is measured.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from sqlalchemy import insert

from fairsignal.adapters.chain import Deployment, load_deployment
from fairsignal.adapters.db import open_engine
from fairsignal.adapters.db.tables import Base
from fairsignal.bootstrap.wallets import dev_wallets, open_wallet
from fairsignal.cli.api_client import ApiClient
from fairsignal.cli.local_stack import Stack, local_stack
from fairsignal.domain.campaign import CampaignTerms, voucher_message
from fairsignal.domain.consent import ConsentTerms, Purpose

__all__ = ["CATEGORY", "World", "world"]

CATEGORY = 0
_CATEGORIES = 0b11
_PRICE = 50_001
_DAY = 86_400
_PORTION = 2_000
_tables = Base.metadata.tables

Told = Callable[[str, int], None]


@dataclass(frozen=True)
class World:
    """What a measurement needs."""

    stack: Stack
    deployment: Deployment
    campaign: CampaignTerms
    subjects: list[bytes]
    """Nine of ten consented."""
    consented: list[bool]
    word: int
    """Every consent."""


@asynccontextmanager
async def world(folder: Path, people: int, told: Told) -> AsyncIterator[World]:
    """Start it; ``told`` hears of steps and how far they are."""
    settings = {"FAIRSIGNAL_PUBLIC_RATE": "1000000/second"}
    async with local_stack(folder, keepers=1, threshold=1, settings=settings) as stack:
        deployment = load_deployment(stack.chain.deployment)
        campaign = await _campaign(stack)
        now = int(time.time())
        given = ConsentTerms(stack.operator.address, Purpose.AD_TARGETING, _CATEGORIES, 10, 4_095, now + 30 * _DAY)
        word = given.word(version=1, granted_at=now - _DAY)
        subjects = [secrets.token_bytes(20) for _ in range(people)]
        consented = [number % 10 != 0 for number in range(people)]
        willing = [subject for subject, yes in zip(subjects, consented, strict=True) if yes]
        await _write_storage(stack, deployment, willing, given.lane, word, told)
        stack.backend.stop()
        await _write_tables(stack, willing, given.lane, word, told)
        await stack.restart_backend()
        yield World(stack, deployment, campaign, subjects, consented, word)


async def _campaign(stack: Stack) -> CampaignTerms:
    """Open, with money that no measurement uses up."""
    budget = 10**9 * _PRICE
    async with (
        open_wallet(stack.chain.rpc_url, stack.chain.deployment, dev_wallets(3)[2]) as wallet,
        ApiClient(stack.url) as api,
    ):
        now = (await wallet.reader.head()).timestamp
        operator = stack.operator.address
        terms = CampaignTerms(wallet.address, operator, 1, _CATEGORIES, _PRICE, now + 30 * _DAY, 1, metered=True)
        deployment = wallet.reader.deployment
        await wallet.writer.mint(wallet.address, budget)
        await wallet.writer.approve(deployment.signal_market, budget)
        await wallet.writer.open_campaign(terms, budget)
        message = voucher_message(deployment.chain_id, deployment.signal_market, terms.id, 10**9)
        signature = "0x" + wallet.signer.sign_typed(message).hex()
        await api.post("/v1/campaigns", {"terms": terms.as_json(), "ceiling": 10**9, "signature": signature})
    return terms


async def _write_storage(
    stack: Stack, deployment: Deployment, subjects: list[bytes], lane: int, word: int, told: Told
) -> None:
    value = f"0x{word:064x}"
    async with aiohttp.ClientSession() as http:
        for start in range(0, len(subjects), _PORTION):
            batch = [
                {
                    "jsonrpc": "2.0",
                    "id": number,
                    "method": "anvil_setStorageAt",
                    # contracts/lib/Words.sol
                    "params": [deployment.consent_registry, "0x" + keccak(subject + lane.to_bytes(32)).hex(), value],
                }
                for number, subject in enumerate(subjects[start : start + _PORTION])
            ]
            async with http.post(stack.chain.rpc_url, json=batch) as answer:
                await answer.read()
            told("consents on chain", start + len(batch))
    await stack.chain.rpc("anvil_mine", "0x1")


async def _write_tables(stack: Stack, subjects: list[bytes], lane: int, word: int, told: Told) -> None:
    engine = open_engine(f"sqlite+aiosqlite:///{Path(stack.backend_environment['FAIRSIGNAL_DATA_DIR']) / 'backend.db'}")
    for start in range(0, len(subjects), _PORTION):
        some = subjects[start : start + _PORTION]
        async with engine.begin() as connection:
            await connection.execute(
                insert(_tables["consents"]),
                [
                    {"lane": lane.to_bytes(21), "subject": subject, "word": word.to_bytes(32), "block": 1}
                    for subject in some
                ],
            )
            await connection.execute(insert(_tables["profiles"]), [_profile(subject) for subject in some])
        told("people in the database", start + len(some))
    await engine.dispose()


def _profile(subject: bytes) -> dict[str, Any]:
    return {
        "subject": to_checksum_address(subject),
        "version": 1,
        "digest": bytes(32),
        "cid": "",
        "categories": str(1 << CATEGORY),
        "manifest": b"",
        "deposits": [],
        "stored": True,
        "deposited": [1],
        "attested": True,
    }
