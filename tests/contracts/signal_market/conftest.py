"""A market over tokens of several kinds, an operator, and a subject that consents."""

import pytest

from tests.contracts.support import COOKING, DAY, TRAVEL, Consent, Terms, lane_of, now

KEY = "0x" + "5e" * 32


@pytest.fixture(scope="module", params=["6 decimals", "18 decimals", "no return value"])
def token(request, module_isolation, owner, TestDollar, NoReturnToken):
    if request.param == "no return value":
        return NoReturnToken.deploy({"from": owner})
    return TestDollar.deploy(int(request.param.split()[0]), {"from": owner})


@pytest.fixture(scope="module")
def market(token, consents, operators, owner, operator, payout, SignalMarket):
    operators.register(payout, "", {"from": operator})
    return SignalMarket.deploy(token, consents, operators, {"from": owner})


@pytest.fixture(scope="module")
def unit(token):
    """Base units in a millionth of a token, the unit of floors."""
    return 10 ** (token.decimals() - 6)


@pytest.fixture
def lane(operator):
    return lane_of(operator)


@pytest.fixture
def terms(advertiser, operator, unit):
    """A campaign for travel and cooking at 0.050001 tokens a use: odd, so that rounding shows."""
    return Terms(advertiser, operator, 1, 1 << TRAVEL | 1 << COOKING, 50_001 * unit, now() + 30 * DAY, 1)


@pytest.fixture
def open_campaign(market, token, advertiser):
    """Open a campaign with escrow for so many uses."""

    def open_it(terms, uses=10):
        amount = uses * terms.price
        token.mint(advertiser, amount, {"from": advertiser})
        token.approve(market, amount, {"from": advertiser})
        return market.openCampaign(terms, KEY, amount, {"from": advertiser})

    return open_it


@pytest.fixture
def campaign(market, terms, open_campaign):
    """An open campaign with escrow for ten uses; its id."""
    open_campaign(terms)
    return market.campaignId(terms)


@pytest.fixture
def consented(consents, alice, lane):
    """Alice allows travel, at a floor of 0.02 tokens, three times a day."""
    consents.grant(lane, Consent(1 << TRAVEL, ends_at=now() + 30 * DAY, floor=20_000, cap=3).word, {"from": alice})
