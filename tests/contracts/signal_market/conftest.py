"""A market over tokens of several kinds, two operators, a subject that consents, and keepers that settle."""

import pytest

from tests.contracts.support import (
    COOKING,
    DAY,
    TRAVEL,
    Consent,
    MerkleTree,
    Settlement,
    Terms,
    lane_of,
    now,
    packed_debits,
    quorum,
    settlement_message,
    use_of,
)


@pytest.fixture(scope="module", params=["6 decimals", "18 decimals", "no return value"])
def token(request, module_isolation, owner, TestDollar, NoReturnToken):
    if request.param == "no return value":
        return NoReturnToken.deploy({"from": owner})
    return TestDollar.deploy(int(request.param.split()[0]), {"from": owner})


@pytest.fixture(scope="session")
def rival_payout(accounts):
    return accounts[16]


@pytest.fixture(scope="module")
def market(token, consents, operators, owner, operator, payout, rival, rival_payout, SignalMarket):
    operators.register(payout, "", {"from": operator})
    operators.register(rival_payout, "", {"from": rival})
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
def fund(token, market):
    """Give somebody tokens that the market may take."""

    def give(somebody, amount):
        token.mint(somebody, amount, {"from": somebody})
        token.approve(market, amount, {"from": somebody})

    return give


@pytest.fixture
def open_campaign(market, fund, advertiser):
    """Open a campaign with escrow for so many uses."""

    def open_it(terms, uses=10):
        fund(advertiser, uses * terms.price)
        return market.openCampaign(*terms.words, uses * terms.price, {"from": advertiser})

    return open_it


@pytest.fixture
def campaign(terms, open_campaign):
    """An open campaign with escrow for ten uses; its id."""
    open_campaign(terms)
    return terms.id


@pytest.fixture
def consented(consents, alice, lane):
    """Alice allows travel, at a floor of 0.02 tokens, three times a day."""
    consents.grant(lane, Consent(1 << TRAVEL, ends_at=now() + 30 * DAY, floor=20_000, cap=3).word, {"from": alice})


@pytest.fixture
def use(market, terms, alice, advertiser):
    """Record uses of Alice's signal for travel, at once; what she earned by them."""

    def record(count=1):
        first = market.campaignOf(terms.operator, terms.id)[2]
        for index in range(first, first + count):
            market.recordUse(*terms.words, use_of(alice, TRAVEL, index), {"from": advertiser})
        return count * -(-terms.price * 7 // 10)

    return record


@pytest.fixture
def settlement_of(market, operator, keepers):
    """A settlement that keepers signed: the arguments of `settle`, and the tree."""

    def sign_off(earnings, *debits, by=operator, signers=None, **change):
        tree = MerkleTree(earnings)
        books = market.booksOf(by)
        total = sum(amount for _, amount in earnings)
        settlement = Settlement(by, int(books[4]) + 1, tree.root, total)._replace(**change)
        packed = packed_debits(*debits)
        message = settlement_message(market, settlement, packed, bytes(books[0]))
        return (settlement, packed, quorum(keepers[:3] if signers is None else signers, message)), tree

    return sign_off


@pytest.fixture
def settle(market, settlement_of, relayer):
    """Settle an epoch of running totals; the tree that people claim with."""

    def send(earnings, *debits, **options):
        arguments, tree = settlement_of(earnings, *debits, **options)
        market.settle(*arguments, {"from": relayer})
        return tree

    return send


@pytest.fixture
def settled(settle, campaign, terms, alice, bob):
    """An epoch of four uses, three of Alice's and one of Bob's: the tree and what each of them earned."""
    gross = 4 * terms.price
    share = -(-gross * 7 // 10)
    earnings = {alice: share - share // 4, bob: share // 4}
    return settle(list(earnings.items()), (campaign, gross)), earnings
