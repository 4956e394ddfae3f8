"""SignalMarket's views: many campaigns, credits and operators' books at once."""

import pytest

from tests.contracts.support import DAY, lane_of, plain

pytestmark = pytest.mark.parametrize("token", ["6 decimals"], indirect=True)


def test_many_campaigns_at_once(market, terms, campaign, operator, open_campaign):
    other = terms._replace(salt=2)
    open_campaign(other, 3)
    nobody = "0x" + "01" * 32
    assert [plain(state) for state in market.campaignsOf(operator, [other.id, nobody, campaign])] == [
        (1, 3 * terms.price, 0, 0, 0),
        (0, 0, 0, 0, 0),
        (1, 10 * terms.price, 0, 0, 0),
    ]


def test_campaign_is_known_under_its_operator_only(market, campaign, rival):
    assert plain(market.campaignOf(rival, campaign)) == (0, 0, 0, 0, 0)


@pytest.mark.usefixtures("consented", "campaign")
def test_many_credits_at_once(market, alice, operator, lane, use):
    earned = use(2)
    accounts = [plain(credit) for credit in market.creditsOf(alice, [lane_of(operator, 2), lane])]
    assert accounts[0] == (0, 0, 0, 0)
    assert (accounts[1][:2], accounts[1][3]) == ((earned, 0), 2)


def test_books_of_an_operator_that_settled_nothing_are_empty(market, stranger):
    assert plain(market.booksOf(stranger)) == ("0x" + "00" * 20, 0, 0, 0, 0)


def test_says_what_it_is_wired_to(market, token, consents, operators):
    assert market.token() == token
    assert market.consents() == consents
    assert market.operators() == operators
    assert market.GRACE() == DAY
