"""SignalMarket.closeCampaign: no more uses after a day of grace."""

import pytest

from tests.contracts.support import (
    DAY,
    TRAVEL,
    assert_event,
    assert_reverts,
    error,
    next_block_at,
    now,
    use_of,
)

pytestmark = [
    pytest.mark.usefixtures("consented"),
    pytest.mark.parametrize("token", ["6 decimals"], indirect=True),
]


def test_uses_under_way_count_until_the_grace_ends(market, terms, campaign, alice, advertiser):
    at = next_block_at(now() + 5)
    transaction = market.closeCampaign(*terms.words, {"from": advertiser})
    assert_event(transaction, "CampaignClosing", id=campaign, closesAt=at + DAY)
    next_block_at(at + DAY - 1)
    market.recordUse(*terms.words, use_of(alice, TRAVEL, 0), {"from": advertiser})
    late = next_block_at(at + DAY)
    arguments = (*terms.words, use_of(alice, TRAVEL, 1))
    assert_reverts(error("CampaignEnded", at + DAY, late), market.recordUse, *arguments, sender=advertiser)


def test_closing_does_not_prolong_a_campaign(market, terms, campaign, alice, advertiser):
    next_block_at(terms.ends_at - 10)
    market.closeCampaign(*terms.words, {"from": advertiser})
    at = next_block_at(terms.ends_at)
    arguments = (*terms.words, use_of(alice, TRAVEL, 0))
    assert_reverts(error("CampaignEnded", at, at), market.recordUse, *arguments, sender=advertiser)


def test_closing_twice_changes_nothing(market, terms, campaign, operator, advertiser):
    market.closeCampaign(*terms.words, {"from": advertiser})
    closes_at = market.campaignOf(operator, campaign)[4]
    next_block_at(now() + 100)
    transaction = market.closeCampaign(*terms.words, {"from": advertiser})
    assert market.campaignOf(operator, campaign)[4] == closes_at
    assert len(transaction.events) == 0


@pytest.mark.parametrize("who", ["operator", "owner", "stranger"])
def test_only_the_advertiser_closes(market, terms, campaign, operator, request, who):
    somebody = request.getfixturevalue(who)
    expected = error("UnknownCampaign", terms._replace(advertiser=somebody).id)
    assert_reverts(expected, market.closeCampaign, *terms.words, sender=somebody)
    assert market.campaignOf(operator, campaign)[4] == 0
