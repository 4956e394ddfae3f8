"""Every rule of a decision refuses by name over HTTP, on a real chain that a real indexer follows."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from fairsignal.bootstrap.wallets import Wallet
from fairsignal.cli.api_client import ApiClient
from fairsignal.cli.local_stack import Stack
from fairsignal.domain.access import digest_of_secret, new_session_token
from fairsignal.domain.campaign import CampaignTerms, split_price
from fairsignal.domain.categories import INTERESTS
from fairsignal.domain.consent import Purpose, categories_mask
from fairsignal.domain.errors import BadInput, Conflict, NotFound, Refused
from fairsignal.ports import ProfileRow, SessionRow
from tests.e2e.actors import PRICE, Buyer, Someone, confirm, hexed
from tests.e2e.in_process import Inside, inside

NIGHT, NOON = 23 * 60, 12 * 60


@dataclass
class Market:
    """A backend with a database of its own, which knows of people and campaigns from the chain alone."""

    here: Inside
    relay: ApiClient
    """The stack's backend: it brings signatures on chain."""
    wallets: list[Wallet]
    operator: str

    @property
    def buyer(self) -> Buyer:
        return Buyer(self.wallets[2])

    async def person(self, *slugs: str, signals: tuple[str, ...] = ("travel",), **terms: Any) -> Someone:
        """Somebody who consented to these categories (to travel, unless others are given)."""
        someone = Someone(self.wallets[0])
        await self.relay.post(
            "/v1/consents/relay", await someone.grant_body(self.operator, list(slugs or ("travel",)), **terms)
        )
        if signals:
            digest, mask = secrets.token_bytes(32), categories_mask(signals)
            async with self.here.backend.units() as work:
                await work.profiles.save(ProfileRow(someone.address, 1, digest, "cid", mask, b"", (), attested=True))
        return someone

    async def revoke(self, someone: Someone) -> int:
        """-> the block."""
        body = await someone.revocation_body(self.operator)
        return int((await self.relay.post("/v1/consents/relay-revocation", body))["block"])

    async def campaign(self, *slugs: str, **how: Any) -> CampaignTerms:
        """A metered one."""
        return await self.buyer.open(
            self.here.api, self.operator, list(slugs or ("travel",)), **{"metered": True, "with_key": False} | how
        )

    async def rule(self, campaign: CampaignTerms, someone: Someone, **more: int) -> str | None:
        """The rule that refuses; None where nothing does."""
        decision = await self.buyer.decision(self.here.api, campaign, someone.address, **more)
        assert decision["allowed"] is (decision["rule"] is None)
        assert (decision["token"] is None) is (decision["rule"] is not None)
        return decision["rule"]  # type: ignore[no-any-return]

    async def tokens(self, campaign: CampaignTerms, someone: Someone, count: int) -> list[str]:
        return [await self.buyer.token(self.here.api, campaign, someone.address) for _ in range(count)]

    async def session(self, address: str) -> dict[str, str]:
        """A header of somebody who signed in."""
        token, now = new_session_token(), int(time.time())
        async with self.here.backend.units() as work:
            await work.sessions.add(SessionRow(digest_of_secret(token), address, now, now + 600))
        return {"Authorization": f"Bearer {token}"}


@pytest.fixture(scope="module")
async def here(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Inside]:
    async with inside(stack, tmp_path_factory.mktemp("market")) as opened:
        yield opened


@pytest.fixture
def market(here: Inside, api: ApiClient, wallets: list[Wallet]) -> Market:
    return Market(here, api, wallets, wallets[1].address)


async def refusal(request: Any, kind: type[Exception] = Refused) -> str:
    with pytest.raises(kind) as caught:
        await request
    return caught.value.code  # type: ignore[attr-defined, no-any-return]


async def test_allowed_use_names_category_price_and_block(market: Market) -> None:
    someone, campaign = await market.person(), await market.campaign("travel", "cars")
    head = await someone.reader.reader.head()
    body = {"subjects": [someone.address], "purpose": 1, "campaigns": [hexed(campaign.id)], "min_block": head.number}
    answer = await market.here.api.post("/v1/decisions", body)
    assert answer["block"] >= head.number
    assert answer["block_time"] >= head.timestamp
    assert 100 < answer["expires_at"] - time.time() <= 120
    (decision,) = answer["decisions"]
    assert (decision["category"], decision["price"], decision["rule"]) == ("travel", str(PRICE), None)


async def test_whoever_did_not_consent_is_not_reached(market: Market) -> None:
    assert await market.rule(await market.campaign(), Someone(market.wallets[0])) == "no-consent"


async def test_revocation_counts_in_the_pass_that_sees_its_block(market: Market) -> None:
    someone, campaign = await market.person(), await market.campaign()
    assert await market.rule(campaign, someone) is None
    block = await market.revoke(someone)
    # Not told which block to wait for: as soon as the projection has it, every answer knows.
    body = {"subjects": [someone.address], "purpose": 1, "campaigns": [hexed(campaign.id)]}
    async with asyncio.timeout(20):
        while True:
            answer = await market.here.api.post("/v1/decisions", body)
            assert answer["decisions"][0]["rule"] == ("no-consent" if answer["block"] >= block else None)
            if answer["block"] >= block:
                return
            await asyncio.sleep(0.01)


async def test_nobody_is_used_without_a_signal(market: Market) -> None:
    assert await market.rule(await market.campaign(), await market.person(signals=())) == "no-signal"
    assert await market.rule(await market.campaign("cars"), await market.person("cars")) == "no-signal"


async def test_category_that_was_not_consented_to(market: Market) -> None:
    someone = await market.person("cars", signals=("travel", "cars"))
    assert await market.rule(await market.campaign("travel"), someone) == "category-not-consented"


async def test_price_below_the_persons_floor(market: Market) -> None:
    campaign = await market.campaign()
    assert await market.rule(campaign, await market.person(floor=PRICE + 1)) == "price-below-floor"
    assert await market.rule(campaign, await market.person(floor=PRICE)) is None


async def test_daily_cap_counts_metered_uses(market: Market) -> None:
    someone, campaign = await market.person(cap=1), await market.campaign()
    first, second = await market.tokens(campaign, someone, 2)
    await confirm(market.here.api, first)
    assert await refusal(confirm(market.here.api, second)) == "daily-cap-reached"
    async with asyncio.timeout(10):
        while await market.rule(campaign, someone) != "daily-cap-reached":  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_campaign_that_ran_out_of_money(market: Market) -> None:
    someone, campaign = await market.person(), await market.campaign(uses=1)
    first, second = await market.tokens(campaign, someone, 2)
    await confirm(market.here.api, first)
    assert await refusal(confirm(market.here.api, second)) == "budget-exhausted"
    async with asyncio.timeout(10):
        while await market.rule(campaign, someone) != "budget-exhausted":  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_campaign_whose_advertiser_agreed_to_no_more(market: Market) -> None:
    someone, campaign = await market.person(), await market.campaign(ceiling=1)
    first, second = await market.tokens(campaign, someone, 2)
    await confirm(market.here.api, first)
    assert await refusal(confirm(market.here.api, second)) == "voucher-exhausted"
    async with asyncio.timeout(10):
        while await market.rule(campaign, someone) != "voucher-exhausted":  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_even_pace_leaves_something_for_later(market: Market) -> None:
    someone, campaign = await market.person(), await market.campaign(pacing="even")
    first, second = await market.tokens(campaign, someone, 2)
    await confirm(market.here.api, first)
    assert await refusal(confirm(market.here.api, second)) == "pacing"
    async with asyncio.timeout(10):
        while await market.rule(campaign, someone) != "pacing":  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_nobody_is_written_to_at_night(market: Market) -> None:
    someone = await market.person(purpose=Purpose.PROACTIVE_MESSAGE)
    campaign = await market.campaign(purpose=3)
    minute = int(time.time()) // 60 % (24 * 60)
    assert await market.rule(campaign, someone, utc_offset_minutes=_offset(minute, NIGHT)) == "quiet-hours"
    assert await market.rule(campaign, someone, utc_offset_minutes=_offset(minute, NOON)) is None


def _offset(minute: int, wanted: int) -> int:
    """From UTC to where it is that time of day; within half a day."""
    return (wanted - minute + 12 * 60) % (24 * 60) - 12 * 60


async def test_night_disturbs_no_other_purpose(market: Market) -> None:
    someone, minute = await market.person(), int(time.time()) // 60 % (24 * 60)
    assert await market.rule(await market.campaign(), someone, utc_offset_minutes=_offset(minute, NIGHT)) is None


async def test_campaign_of_another_purpose(market: Market) -> None:
    someone, campaign = await market.person(), await market.campaign(purpose=2)
    assert await market.rule(campaign, someone, purpose=1) == "wrong-purpose"


async def test_campaign_ends_when_it_said(market: Market, stack: Stack) -> None:
    someone, campaign = await market.person(), await market.campaign(ends_in=4)
    while (await someone.reader.reader.head()).timestamp < campaign.ends_at:
        await asyncio.sleep(0.3)
        await stack.chain.rpc("anvil_mine", "0x1")
    assert await market.rule(campaign, someone) == "campaign-ended"


async def test_campaign_that_nobody_handed_in_is_named(market: Market) -> None:
    body = {"subjects": ["0x" + "12" * 20], "purpose": 1, "campaigns": ["0x" + "12" * 32]}
    assert await refusal(market.here.api.post("/v1/decisions", body), NotFound) == "no-such-campaign"


async def test_block_that_does_not_come_is_stale(market: Market) -> None:
    someone, campaign = await market.person(), await market.campaign()
    assert await market.rule(campaign, someone, min_block=1 << 40) == "stale"


async def test_too_small_an_audience_and_a_late_confirmation(
    stack: Stack, api: ApiClient, wallets: list[Wallet], tmp_path: Any
) -> None:
    async with inside(stack, tmp_path, k_threshold=2, token_lifetime="PT1S") as here:
        market = Market(here, api, wallets, wallets[1].address)
        campaign = await market.campaign("gardening")
        alone = await market.person("gardening", signals=("gardening",))
        assert await market.rule(campaign, alone) == "audience-too-small"
        await market.person("gardening", signals=("gardening",))
        (token,) = await market.tokens(campaign, alone, 1)
        await asyncio.sleep(1.1)
        assert await refusal(confirm(here.api, token)) == "token-expired"


async def test_everything_is_refused_when_the_chain_was_not_heard_of(
    stack: Stack, api: ApiClient, wallets: list[Wallet], tmp_path: Any
) -> None:
    async with inside(stack, tmp_path, max_lag="PT1S") as here:
        market = Market(here, api, wallets, wallets[1].address)
        someone, campaign = await market.person(), await market.campaign()
        await asyncio.sleep(2.1)  # Anvil makes no block meanwhile
        assert await market.rule(campaign, someone) == "stale"
        await stack.chain.rpc("anvil_mine", "0x1")
        assert await market.rule(campaign, someone) is None


async def test_confirmed_use_is_logged_once_and_answered_alike(market: Market) -> None:
    someone, campaign = await market.person(), await market.campaign()
    (token,) = await market.tokens(campaign, someone, 1)
    first = await confirm(market.here.api, token, "decided-0001")
    assert first["share"] == str(split_price(PRICE).subject)
    assert (first["metered"], first["tx_hash"], first["use_index"]) == (True, None, None)
    assert await confirm(market.here.api, token, "decided-0001") == first
    assert await confirm(market.here.api, token, "decided-0002") == first
    async with market.here.backend.units() as work:
        assert await work.use_log.budget(campaign.id) == (5, 1)


async def test_many_uses_are_confirmed_together_each_with_its_outcome(market: Market) -> None:
    someone, campaign = await market.person(), await market.campaign(uses=2)
    tokens = await market.tokens(campaign, someone, 3)
    body, header = {"tokens": [*tokens, "no-token"]}, {"Idempotency-Key": secrets.token_hex(8)}
    answer = await market.here.api.post("/v1/uses", body, **header)
    told = [outcome["code"] for outcome in answer["uses"]]
    assert told == [None, None, "budget-exhausted", "bad-token"]
    assert [outcome["use"] is None for outcome in answer["uses"]] == [False, False, True, True]
    assert await market.here.api.post("/v1/uses", body, **header) == answer
    other = market.here.api.post("/v1/uses", {"tokens": tokens[:1]}, **header)
    assert await refusal(other, Conflict) == "key-reused"


async def test_forged_token_is_refused(market: Market) -> None:
    assert await refusal(confirm(market.here.api, "A" * 192), BadInput) == "bad-token"


async def test_one_token_or_many(market: Market) -> None:
    for body in ({}, {"token": "A", "tokens": ["A"]}):
        request = market.here.api.post("/v1/uses", body, **{"Idempotency-Key": "a-key-of-mine"})
        assert await refusal(request, BadInput) == "invalid-request"


async def test_person_sees_who_used_what_and_why(market: Market) -> None:
    someone, campaign = await market.person(), await market.campaign()
    use = await market.buyer.use(market.here.api, campaign, someone.address)
    answer = await market.here.api.get("/v1/me/uses", **await market.session(someone.address))
    (told,) = answer["uses"]
    assert (told["use_id"], told["price"], told["share"]) == (use["use_id"], str(PRICE), use["share"])
    assert (told["epoch"], told["voided"], told["block"]) == (None, None, use["block"])
    reason = told["reason"]
    assert (reason["category"], reason["campaign"], reason["metered"]) == ("travel", hexed(campaign.id), True)
    assert (reason["advertiser"], reason["operator"]) == (market.buyer.wallet.address, market.operator)
    assert (reason["consent_version"], reason["consent"]["version"], reason["consent"]["categories"]) == (
        1, 1, ["travel"],
    )  # fmt: skip


async def test_nobody_sees_another_persons_uses(market: Market) -> None:
    someone, campaign = await market.person(), await market.campaign()
    await market.buyer.use(market.here.api, campaign, someone.address)
    header = await market.session(market.wallets[5].address)
    assert await market.here.api.get("/v1/me/uses", **header) == {"uses": [], "before": None}


async def test_advertiser_sees_what_refused_its_campaign_and_nobody_else_does(market: Market) -> None:
    someone, campaign = await market.person(floor=PRICE + 1), await market.campaign()
    for _ in range(2):
        await market.rule(campaign, someone)
    await market.here.backend.decisions.refusals.write()
    path = f"/v1/campaigns/{hexed(campaign.id)}"
    figures = await market.here.api.get(path, **await market.session(market.buyer.wallet.address))
    assert figures["refusals"] == {"price-below-floor": 2}
    assert (figures["uses"], figures["bought"], figures["spent"]) == (0, 5, "0")
    stranger = market.here.api.get(path, **await market.session(someone.address))
    assert await refusal(stranger, NotFound) == "no-such-campaign"


async def test_catalogue_is_drawn_once_a_day(market: Market) -> None:
    await market.rule(await market.campaign(), await market.person())
    first = await market.here.api.get("/v1/catalogue")
    await market.rule(await market.campaign(), await market.person())
    assert await market.here.api.get("/v1/catalogue") == first
    assert len(first["categories"]) == len(Purpose) * len(INTERESTS)
