"""SignalMarket.openCampaignWithPermit and topUpWithPermit: a permit and one transaction."""

import pytest

from tests.contracts.support import (
    DAY,
    TRANSFER_FROM_FAILED,
    assert_event,
    assert_reverts,
    now,
    permit_message,
    plain,
    sign,
    vrs,
)

with_permit = pytest.mark.parametrize("token", ["6 decimals", "18 decimals"], indirect=True)


@pytest.fixture
def permit(market, token, advertiser):
    """A permit of the advertiser's, as ISignalMarket.Permit."""

    def signed(amount, *, signer=advertiser):
        token.mint(advertiser, amount, {"from": advertiser})
        deadline = now() + DAY
        message = permit_message(token, advertiser, market.address, amount, deadline)
        return deadline, *vrs(sign(signer, message))

    return signed


@with_permit
def test_one_permit_and_one_transaction(market, token, terms, advertiser, operator, permit):
    amount = 3 * terms.price
    transaction = market.openCampaignWithPermit(*terms.words, amount, permit(amount), {"from": advertiser})
    assert plain(market.campaignOf(operator, terms.id)) == (1, amount, 0, 0, 0)
    assert (token.balanceOf(market), token.allowance(advertiser, market)) == (amount, 0)
    assert transaction.events["CampaignOpened"]["amount"] == amount


@with_permit
def test_permit_that_somebody_sent_first_does_no_harm(market, token, terms, advertiser, operator, permit, stranger):
    amount = 3 * terms.price
    deadline, *parts = permit(amount)
    token.permit(advertiser, market, amount, deadline, *parts, {"from": stranger})
    market.openCampaignWithPermit(*terms.words, amount, (deadline, *parts), {"from": advertiser})
    assert market.campaignOf(operator, terms.id)[1] == amount


@with_permit
def test_forged_permit_takes_nothing(market, token, terms, advertiser, permit, stranger):
    amount = 3 * terms.price
    forged = permit(amount, signer=stranger)
    arguments = (*terms.words, amount, forged)
    assert_reverts(TRANSFER_FROM_FAILED, market.openCampaignWithPermit, *arguments, sender=advertiser)
    assert token.balanceOf(advertiser) == amount


@with_permit
def test_permit_of_one_is_of_no_use_to_another(market, token, terms, advertiser, permit, stranger):
    amount = 3 * terms.price
    arguments = (*terms.words, amount, permit(amount))
    assert_reverts(TRANSFER_FROM_FAILED, market.openCampaignWithPermit, *arguments, sender=stranger)
    assert token.balanceOf(advertiser) == amount


@with_permit
def test_tops_up_with_a_permit(market, token, terms, campaign, advertiser, operator, permit):
    transaction = market.topUpWithPermit(*terms.whole, 500, permit(500), {"from": advertiser})
    assert_event(transaction, "CampaignToppedUp", id=campaign, amount=500)
    assert market.campaignOf(operator, campaign)[1] == token.balanceOf(market) == 10 * terms.price + 500


@with_permit
def test_tops_up_with_a_permit_that_somebody_sent_first(
    market, token, terms, campaign, advertiser, operator, permit, stranger
):
    deadline, *parts = permit(500)
    token.permit(advertiser, market, 500, deadline, *parts, {"from": stranger})
    market.topUpWithPermit(*terms.whole, 500, (deadline, *parts), {"from": advertiser})
    assert market.campaignOf(operator, campaign)[1] == 10 * terms.price + 500


@pytest.mark.parametrize("token", ["no return value"], indirect=True)
def test_token_without_permits_needs_an_allowance_and_then_it_works(market, token, terms, advertiser, operator, fund):
    nothing = (0, 27, b"\x00" * 32, b"\x00" * 32)
    token.mint(advertiser, 100, {"from": advertiser})
    arguments = (*terms.words, 100, nothing)
    assert_reverts(TRANSFER_FROM_FAILED, market.openCampaignWithPermit, *arguments, sender=advertiser)
    fund(advertiser, 100)
    market.openCampaignWithPermit(*arguments, {"from": advertiser})
    assert market.campaignOf(operator, terms.id)[1] == 100
