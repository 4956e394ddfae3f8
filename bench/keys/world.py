"""A chain with five keepers, and people whose sealed profiles an advertiser paid for."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.keys.profiles import CATEGORIES, profile
from fairsignal.adapters.chain import LocalSigner
from fairsignal.bootstrap.wallets import Wallet, advertiser_client, dev_wallets, open_wallet
from fairsignal.cli.local_stack import local_stack
from fairsignal.domain.campaign import CampaignTerms, voucher_message
from fairsignal.domain.categories import BY_SLUG
from fairsignal.domain.consent import ConsentTerms, Purpose, categories_mask, grant_message
from fairsignal.domain.hpke import new_private_key, public_key_of
from fairsignal.domain.keeper_messages import deposit_message
from fairsignal.domain.release import ReleaseItem
from fairsignal.domain.sealing import KeeperKey, SealContext, SealedProfile
from fairsignal.market.open_released import ReleaseClient, sign_request
from fairsignal.pipeline.seal import seal
from fairsignal.ports import KeeperInfo, ReleaseRequest

__all__ = ["KEEPERS", "THRESHOLD", "World", "world"]

KEEPERS, THRESHOLD = 5, 3
_PRICE = 50_000
_DAY = 86_400
_IN_FLIGHT = 8


class Blobs:
    """The sealed profiles, in memory: what is measured are keepers."""

    def __init__(self) -> None:
        self.by_cid: dict[str, bytes] = {}

    async def get(self, cid: str) -> bytes:
        return self.by_cid[cid]


@dataclass
class World:
    """What a measurement needs."""

    advertiser: Wallet
    terms: CampaignTerms
    client: ReleaseClient
    items: list[ReleaseItem]
    """One paid use per subject."""
    processes: dict[str, list[int]]
    """Who works on a release, by process id."""

    def request(self, items: list[ReleaseItem]) -> ReleaseRequest:
        deployment = self.advertiser.reader.deployment
        return sign_request(
            self.advertiser.signer,
            deployment.chain_id,
            deployment.profile_registry,
            self.terms,
            items,
            int(time.time()),  # as keepers', whose clocks are no chain's
        )


@asynccontextmanager
async def world(directory: Path, subjects: int, progress: Callable[[str, int], None]) -> AsyncIterator[World]:
    """Start everything and prepare ``subjects`` people; ``progress`` is told (step, how many are done)."""
    async with local_stack(
        directory,
        keepers=KEEPERS,
        threshold=THRESHOLD,
        keeper_settings={"FAIRSIGNAL_KEEPER_RELEASE_RATE": "100000000/minute"},
    ) as stack:
        wallets = dev_wallets(3)
        async with (
            open_wallet(stack.chain.rpc_url, stack.chain.deployment, wallets[1]) as operator,
            open_wallet(stack.chain.rpc_url, stack.chain.deployment, wallets[2]) as advertiser,
        ):
            key, blobs = new_private_key(), Blobs()
            terms = await _campaign(advertiser, operator.address, subjects, key)
            async with advertiser_client(advertiser, stack.keeper_urls, THRESHOLD, "", key) as client:
                infos = await asyncio.gather(*(keeper.info() for _, keeper in client.keepers))
                people = [LocalSigner(secrets.token_bytes(32)) for _ in range(subjects)]
                for number, person in enumerate(people, start=1):
                    await _grant(operator, person)
                    progress("consents", number)
                sealed = [_sealed(operator, person, infos) for person in people]
                blobs.by_cid = {profile.cid: profile.manifest for profile in sealed}
                gate = asyncio.Semaphore(_IN_FLIGHT)
                done = 0

                async def deposit(person: LocalSigner, profile: SealedProfile) -> None:
                    nonlocal done
                    async with gate:
                        await _deposit(client, operator, person, profile)
                    done += 1
                    progress("deposits", done)

                await asyncio.gather(*(deposit(*pair) for pair in zip(people, sealed, strict=True)))
                voucher = _voucher(advertiser, terms, subjects)
                items, category = [], BY_SLUG[CATEGORIES[0]].bit
                for index, (person, sealed_profile) in enumerate(zip(people, sealed, strict=True)):
                    await operator.writer.attest(person.address, sealed_profile.digest)
                    use = await operator.writer.record_use(terms, person.address, category, index, subjects, voucher)
                    items.append(
                        ReleaseItem(person.address, category, index, bytes.fromhex(use.tx_hash[2:]), use.block)
                    )
                    progress("uses", index + 1)
                await stack.chain.finalize()
                stack.backend.stop()  # it follows the chain, and has no part in a release
                opening = ReleaseClient(
                    reader=client.reader,
                    blobs=blobs,
                    keepers=client.keepers,
                    threshold=THRESHOLD,
                    registry=client.registry,
                    private_key=key,
                    recover=client.recover,
                )
                processes = {
                    "client": [os.getpid()],
                    "keepers": [keeper.child.pid for keeper in stack.keepers],
                    "anvil": [stack.chain.anvil.child.pid],
                }
                yield World(advertiser, terms, opening, items, processes)


async def _campaign(advertiser: Wallet, operator: str, uses: int, key: bytes) -> CampaignTerms:
    now = (await advertiser.reader.head()).timestamp
    terms = CampaignTerms(advertiser.address, operator, 1, categories_mask(CATEGORIES), _PRICE, now + _DAY, 1)
    await advertiser.writer.mint(advertiser.address, uses * _PRICE)
    await advertiser.writer.approve(advertiser.reader.deployment.signal_market, uses * _PRICE)
    await advertiser.writer.set_recipient_key(public_key_of(key))
    await advertiser.writer.open_campaign(terms, uses * _PRICE)
    return terms


def _voucher(advertiser: Wallet, terms: CampaignTerms, ceiling: int) -> bytes:
    deployment = advertiser.reader.deployment
    message = voucher_message(deployment.chain_id, deployment.signal_market, terms.id, ceiling)
    return advertiser.signer.sign_typed(message)


async def _grant(operator: Wallet, person: LocalSigner) -> None:
    deployment = operator.reader.deployment
    now = (await operator.reader.head()).timestamp
    terms = ConsentTerms(
        operator.address, Purpose.AD_TARGETING, categories_mask(CATEGORIES), 1_000, 100, now + 30 * _DAY
    )
    message = grant_message(deployment.chain_id, deployment.consent_registry, person.address, terms, 1, now)
    await operator.writer.relay_grant(person.address, terms, 1, now, person.sign_typed(message))


def _sealed(operator: Wallet, person: LocalSigner, infos: list[KeeperInfo]) -> SealedProfile:
    deployment = operator.reader.deployment
    context = SealContext(deployment.chain_id, deployment.profile_registry, operator.address, person.address, version=1)
    keys = [KeeperKey(index, info.hpke_key) for index, info in enumerate(infos, start=1)]
    return seal(profile(), context, public_key_of(new_private_key()), keys, THRESHOLD)


async def _deposit(client: ReleaseClient, operator: Wallet, person: LocalSigner, sealed: SealedProfile) -> None:
    deployment = operator.reader.deployment
    for deposit, (address, keeper) in zip(sealed.deposits, client.keepers, strict=True):
        message = deposit_message(
            deployment.chain_id, deployment.profile_registry, address, person.address, sealed.digest, deposit.index
        )
        await keeper.deposit(sealed.manifest, deposit.sealed, deposit.index, operator.signer.sign_typed(message))
