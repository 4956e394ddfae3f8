"""SignalMarket.openCampaignWithAuthorization and topUpWithAuthorization: EIP-3009, bound to one campaign."""

import pytest

from tests.contracts.support import (
    DAY,
    assert_event,
    assert_reverts,
    authorization_message,
    error,
    next_block_at,
    now,
    plain,
    sign,
    vrs,
)

pytestmark = pytest.mark.parametrize("token", ["6 decimals", "18 decimals"], indirect=True)


@pytest.fixture
def authorization(market, token):
    """An authorization of somebody's, as ISignalMarket.Authorization."""

    def signed(somebody, amount, terms, *, salt=7, receiver=market):
        token.mint(somebody, amount, {"from": somebody})
        until = now() + DAY
        message = authorization_message(token, somebody, receiver, amount, until, terms.id, salt)
        return 0, until, salt, *vrs(sign(somebody, message))

    return signed


def test_anyone_relays_it(market, token, terms, advertiser, operator, relayer, authorization):
    amount = 3 * terms.price
    signed = authorization(advertiser, amount, terms)
    transaction = market.openCampaignWithAuthorization(*terms.whole, amount, signed, {"from": relayer})
    assert plain(market.campaignOf(operator, terms.id)) == (1, amount, 0, 0, 0)
    assert (token.balanceOf(market), token.balanceOf(advertiser)) == (amount, 0)
    target, bid = terms.words
    assert_event(
        transaction, "CampaignOpened", id=terms.id, advertiser=advertiser, target=target, bid=bid, amount=amount
    )


@pytest.mark.parametrize(
    "change", [{"price": 1}, {"salt": 2}, {"categories": 7}, {"purpose": 2}], ids=lambda change: next(iter(change))
)
def test_relayer_cannot_turn_it_to_another_campaign(market, token, terms, advertiser, relayer, authorization, change):
    amount = 3 * terms.price
    signed = authorization(advertiser, amount, terms)
    arguments = (*terms._replace(**change).whole, amount, signed)
    refused = error("ERC3009InvalidSignature")
    assert_reverts(refused, market.openCampaignWithAuthorization, *arguments, sender=relayer)
    assert token.balanceOf(advertiser) == amount


def test_relayer_cannot_turn_it_to_its_own_campaign(market, token, terms, advertiser, relayer, authorization):
    amount = 3 * terms.price
    signed = authorization(advertiser, amount, terms)
    own = terms._replace(advertiser=relayer)
    refused = error("ERC3009InvalidSignature")
    arguments = (*own.whole, amount, signed)
    assert_reverts(refused, market.openCampaignWithAuthorization, *arguments, sender=relayer)
    market.openCampaignWithAuthorization(*own.whole, 5, authorization(relayer, 5, own), {"from": relayer})
    arguments = (advertiser.address, *own.whole, amount, signed)
    assert_reverts(refused, market.topUpWithAuthorization, *arguments, sender=relayer)
    assert token.balanceOf(advertiser) == amount


def test_amount_is_the_signed_one(market, token, terms, advertiser, relayer, authorization):
    signed = authorization(advertiser, 100, terms)
    refused = error("ERC3009InvalidSignature")
    arguments = (*terms.whole, 99, signed)
    assert_reverts(refused, market.openCampaignWithAuthorization, *arguments, sender=relayer)


def test_nobody_but_the_market_can_use_it(market, token, terms, advertiser, relayer, authorization):
    """The transfer happens within the call that books it, or not at all."""
    _, until, _, *parts = authorization(advertiser, 100, terms)
    message = authorization_message(token, advertiser, market, 100, until, terms.id, 7)
    arguments = (advertiser, market, 100, 0, until, message["message"]["nonce"], *parts)
    expected = error("ERC20InvalidReceiver", market)
    assert_reverts(expected, token.receiveWithAuthorization, *arguments, sender=relayer)


def test_serves_once(market, terms, advertiser, relayer, authorization):
    signed = authorization(advertiser, 100, terms)
    market.openCampaignWithAuthorization(*terms.whole, 100, signed, {"from": relayer})
    arguments = (advertiser.address, *terms.whole, 100, signed)
    message = authorization_message(market, advertiser, market, 100, 0, terms.id, 7)
    expected = error("ERC3009UsedAuthorization", advertiser, message["message"]["nonce"])
    assert_reverts(expected, market.topUpWithAuthorization, *arguments, sender=relayer)


def test_expires(market, terms, advertiser, relayer, authorization):
    signed = authorization(advertiser, 100, terms)
    next_block_at(signed[1])
    expected = error("ERC3009InvalidAuthorizationTime", 0, signed[1])
    arguments = (*terms.whole, 100, signed)
    assert_reverts(expected, market.openCampaignWithAuthorization, *arguments, sender=relayer)


def test_anybody_tops_up_by_its_authorization(
    market, token, terms, campaign, operator, stranger, relayer, authorization
):
    signed = authorization(stranger, 500, terms)
    arguments = (stranger.address, *terms.whole, 500, signed)
    transaction = market.topUpWithAuthorization(*arguments, {"from": relayer})
    assert_event(transaction, "CampaignToppedUp", id=campaign, amount=500)
    assert market.campaignOf(operator, campaign)[1] == token.balanceOf(market) == 10 * terms.price + 500
    assert token.balanceOf(stranger) == 0


def test_smart_wallets_pay_by_allowance_and_their_authorization_is_refused(
    market, token, terms, wallet, alice, relayer
):
    """EIP-3009 of this token takes keys only; the market adds nothing of its own."""
    own = terms._replace(advertiser=wallet)
    message = authorization_message(token, wallet, market, 5, now() + DAY, own.id, 1)
    signed = (0, message["message"]["validBefore"], 1, *vrs(sign(alice, message)))
    refused = error("ERC3009InvalidSignature")
    assert_reverts(refused, market.openCampaignWithAuthorization, *own.whole, 5, signed, sender=relayer)
