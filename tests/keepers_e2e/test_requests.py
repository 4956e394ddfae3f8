"""Asking keepers for what one has no right to: each refuses by itself, from what its own node says."""

from __future__ import annotations

import secrets
from dataclasses import replace

import pytest

from fairsignal.adapters.chain import LocalSigner
from fairsignal.domain.categories import BY_SLUG
from fairsignal.domain.consent import ConsentTerms, Purpose, categories_mask
from fairsignal.domain.errors import IntegrityError
from fairsignal.domain.hpke import new_private_key, public_key_of
from fairsignal.domain.keeper_shares import open_share
from fairsignal.domain.opening import open_with_shares
from fairsignal.domain.release import ReleaseItem
from fairsignal.domain.sealing import share_info
from fairsignal.market.open_released import sign_request
from fairsignal.ports import ReleaseRequest
from tests.e2e.actors import Buyer, Someone
from tests.keepers_e2e.deals import RELEASED, Deal, Market, opened, refused, share_of

TRAVEL = BY_SLUG["travel"].bit


async def test_paid_final_deal_is_released_by_every_keeper_and_opens(market: Market, shared_deal: Deal) -> None:
    assert await market.answers(await shared_deal.request()) == RELEASED
    assert opened(await market.open(shared_deal))


async def test_unknown_deal_is_refused(market: Market, shared_deal: Deal) -> None:
    never_opened = replace(shared_deal.terms, salt=shared_deal.terms.salt ^ 1)
    request = shared_deal.buyer.sign(never_opened, [await shared_deal.item()])
    assert await market.answers(request) == refused("no-such-campaign")
    assert await market.answers(await shared_deal.request(use_index=7)) == refused("not-paid")


async def test_unpaid_deal_is_refused(market: Market) -> None:
    deal = await market.deal()
    await market.stack.chain.finalize()
    assert await market.answers(await deal.request()) == refused("not-paid")


async def test_payment_that_is_not_final_is_refused_until_it_is(market: Market) -> None:
    deal = await market.deal()
    await market.stack.chain.finalize()
    await market.pay(deal)
    assert await market.answers(await deal.request()) == refused("not-final")
    await market.stack.chain.finalize()
    assert await market.answers(await deal.request()) == RELEASED


async def test_another_category_than_the_paid_one_is_refused(market: Market) -> None:
    deal = await market.paid_deal("travel", "cooking")
    assert await market.answers(await deal.request(category=BY_SLUG["cooking"].bit)) == refused("not-paid")
    outside = await deal.request(category=BY_SLUG["cars"].bit)
    assert await market.answers(outside) == refused("category-not-in-campaign")
    prohibited = await deal.request(category=120)
    assert await market.answers(prohibited) == refused("unknown-category")


async def test_another_subject_than_the_paid_one_is_refused(market: Market, shared_deal: Deal) -> None:
    other = await market.person()
    await market.stack.chain.finalize()
    assert await market.answers(await shared_deal.request(subject=other.address)) == refused("not-paid")


async def test_use_of_another_campaign_is_refused(market: Market, shared_deal: Deal) -> None:
    terms = await market.campaign()
    await market.stack.chain.finalize()
    request = shared_deal.buyer.sign(terms, [await shared_deal.item()])
    assert await market.answers(request) == refused("not-paid")


async def test_superseded_version_is_not_released_and_its_manifest_stays_shut(market: Market) -> None:
    deal = await market.paid_deal()
    old = await market.manifest(deal.person)
    await market.send_chats(deal.person)
    assert await market.answers(await deal.request()) == refused("not-final")
    await market.stack.chain.finalize()
    replies = await market.replies(await deal.request())
    new = await market.manifest(deal.person)
    assert new.header.version == old.header.version + 1
    shares = {}
    for reply in replies:
        assert reply.answer is not None
        assert reply.answer.results[0].digest == new.header.digest
        info = share_info(new.header.digest, deal.terms.id, TRAVEL, reply.index)
        shares[reply.index] = open_share(share_of(reply), deal.buyer.key, info)
    assert open_with_shares(new, TRAVEL, shares).signal is not None
    with pytest.raises(IntegrityError, match="Only 0 valid shares"):
        open_with_shares(old, TRAVEL, shares)


async def test_another_operator_that_attests_the_same_manifest_gets_nothing(market: Market) -> None:
    """It has a consent, a campaign and a paid use of its own, but the keepers' shares are not its."""
    thief, person = market.wallets[8], await market.person()
    deployment = thief.reader.deployment
    await thief.writer.register_operator(thief.address, "https://thief.example/terms")
    manifest = await market.manifest(person)
    body = await person.grant_body(thief.address, ["travel"])
    consent = ConsentTerms(
        thief.address, Purpose.AD_TARGETING, categories_mask(["travel"]), body["floor"], body["cap"], body["ends_at"]
    )
    signature = bytes.fromhex(body["signature"][2:])
    await thief.writer.relay_grant(person.address, consent, 1, body["signed_at"], signature)
    await thief.writer.attest(person.address, manifest.header.digest)
    terms = replace(await market.campaign(), operator=thief.address)
    buyer = market.buyer
    await buyer.wallet.writer.mint(buyer.wallet.address, terms.price_per_use)
    await buyer.wallet.writer.approve(deployment.signal_market, terms.price_per_use)
    await buyer.wallet.writer.open_campaign(terms, terms.price_per_use)
    voucher = bytes.fromhex(buyer.voucher_body(terms, 1)["signature"][2:])
    mined = await thief.writer.record_use(terms, person.address, TRAVEL, 0, 1, voucher)
    await market.stack.chain.finalize()
    item = ReleaseItem(person.address, TRAVEL, 0, bytes.fromhex(mined.tx_hash[2:]), mined.block)
    assert await market.answers(buyer.sign(terms, [item])) == refused("no-share")


async def test_request_signed_for_another_chain_or_registry_is_refused(market: Market, shared_deal: Deal) -> None:
    deployment = shared_deal.buyer.wallet.reader.deployment
    for chain_id, registry in [(1, deployment.profile_registry), (deployment.chain_id, deployment.signal_market)]:
        now = (await shared_deal.request()).expires_at - 120
        signer, items = shared_deal.buyer.wallet.signer, [await shared_deal.item()]
        request = sign_request(signer, chain_id, registry, shared_deal.terms, items, now)
        assert await market.answers(request) == refused("bad-signature")


async def test_request_of_somebody_else_is_refused(market: Market, shared_deal: Deal) -> None:
    stranger = LocalSigner(secrets.token_bytes(32))
    request = shared_deal.buyer.sign(shared_deal.terms, [await shared_deal.item()], signer=stranger)
    assert await market.answers(request) == refused("bad-signature")


async def test_signature_does_not_cover_another_item(market: Market, shared_deal: Deal) -> None:
    request = await shared_deal.request()
    swapped = replace(request, items=(replace(request.items[0], category=BY_SLUG["cars"].bit),))
    assert await market.answers(swapped) == refused("bad-signature")


async def test_replayed_request_is_refused(market: Market, shared_deal: Deal) -> None:
    request = await shared_deal.request()
    assert await market.answers(request) == RELEASED
    assert await market.answers(request) == refused("request-replayed")


@pytest.mark.parametrize("hours", [-1, 1])
async def test_request_of_a_client_whose_clock_is_an_hour_off_is_refused(
    market: Market, shared_deal: Deal, hours: int
) -> None:
    request = await skewed(shared_deal, hours * 3_600)
    assert await market.answers(request) == refused("request-expired")


@pytest.mark.parametrize("seconds", [-100, 400])
async def test_small_clock_skew_is_tolerated(market: Market, shared_deal: Deal, seconds: int) -> None:
    assert await market.answers(await skewed(shared_deal, seconds)) == RELEASED


async def skewed(deal: Deal, seconds: int) -> ReleaseRequest:
    return deal.buyer.sign(deal.terms, [await deal.item()], expires_in=120 + seconds)


async def test_shares_answered_to_the_advertiser_are_shut_to_a_third_party(market: Market, shared_deal: Deal) -> None:
    manifest = await market.manifest(shared_deal.person)
    for reply in await market.replies(await shared_deal.request()):
        info = share_info(manifest.header.digest, shared_deal.terms.id, TRAVEL, reply.index)
        assert len(open_share(share_of(reply), shared_deal.buyer.key, info)) == 32
        with pytest.raises(IntegrityError):
            open_share(share_of(reply), new_private_key(), info)


async def test_new_recipient_key_counts_only_when_final(market: Market) -> None:
    buyer = Buyer(market.wallets[4])
    deal = await market.paid_deal(buyer=buyer)
    digest = (await market.manifest(deal.person)).header.digest
    old, new = buyer.key, new_private_key()
    await buyer.wallet.writer.set_recipient_key(public_key_of(new))
    for key, other in [(old, new), (new, old)]:
        for reply in await market.replies(await deal.request()):
            info = share_info(digest, deal.terms.id, TRAVEL, reply.index)
            assert len(open_share(share_of(reply), key, info)) == 32
            with pytest.raises(IntegrityError):
                open_share(share_of(reply), other, info)
        await market.stack.chain.finalize()


async def test_use_from_before_a_new_grant_opens_nothing(market: Market) -> None:
    deal = await market.paid_deal()
    await market.revoke(deal.person)
    assert await market.answers(await deal.request()) == refused("no-consent")
    await market.next_second()
    await market.grant(deal.person, version=3)
    await market.send_chats(deal.person)
    await market.stack.chain.finalize()
    assert await market.answers(await deal.request()) == refused("use-before-grant")
    await market.pay(deal)
    await market.stack.chain.finalize()
    assert await market.answers(await deal.request()) == RELEASED


async def test_refusals_say_the_rule_and_show_no_share(market: Market, shared_deal: Deal) -> None:
    stranger: Someone = Someone(market.wallets[0])
    (reply, *_) = await market.replies(await shared_deal.request(subject=stranger.address))
    assert reply.answer is not None
    (result,) = reply.answer.results
    assert (result.share, result.digest, result.refused) == (None, bytes(32), "not-paid")
    assert result.detail
