"""What the real backend settles, with real keepers' signatures, passes an audit from outside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from fairsignal.audit.report import Verdict
from fairsignal.bootstrap.audit import open_auditor, receipts_of_keepers
from fairsignal.bootstrap.wallets import Wallet
from fairsignal.cli.api_client import ApiClient
from fairsignal.cli.local_stack import Stack
from fairsignal.cli.settle import settle_all
from fairsignal.domain.hpke import new_private_key, public_key_of
from tests.e2e.actors import PRICE
from tests.e2e.settling import Metering, metering, settings_of

AUDITOR = new_private_key()


@pytest.fixture
async def world(stack: Stack, api: ApiClient, wallets: list[Wallet]) -> AsyncIterator[Metering]:
    async with metering(stack, api, wallets[5]) as found:
        yield found


async def test_what_was_settled_passes_the_audit(world: Metering, stack: Stack) -> None:
    """With a use that was voided among them, over two epochs of one day."""
    settings = settings_of(stack).model_copy(update={"auditor_keys": [public_key_of(AUDITOR).hex()]})
    one, two = await world.person(cap=2), await world.person()
    terms = await world.campaign(uses=10)
    settled = []
    for people in ([one, one, two], [two]):
        await world.uses(terms, people)
        await world.use(terms, two, category=5)  # not among what was consented to: voided, neither charged nor paid
        await stack.chain.finalize()
        settled += await settle_all(settings, timedelta(0))
        await stack.chain.finalize()
        await stack.chain.finalize()
    assert [(row.uses, row.gross) for row in settled] == [(3, 3 * PRICE), (1, PRICE)]

    receipts = await receipts_of_keepers(stack.keeper_urls)
    operator = bytes.fromhex(stack.operator.address[2:])
    chain = stack.chain
    async with open_auditor(chain.rpc_url, chain.deployment, [stack.url], AUDITOR) as (auditor, _):
        for row in settled:
            report = await auditor.run(row.epoch, operator, receipts)
            (epoch,) = report.epochs
            assert report.verdict is Verdict.HONEST, report.as_json()
            assert (epoch.uses, epoch.opened, len(epoch.signers or [])) == (row.uses, True, 2)
