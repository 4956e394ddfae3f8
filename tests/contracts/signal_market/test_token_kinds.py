"""SignalMarket over tokens that take a fee, are too coarse, or refuse a recipient."""

import pytest

from tests.contracts.support import (
    DAY,
    TRANSFER_FAILED,
    assert_reverts,
    claim_message,
    error,
    next_block_at,
    now,
    plain,
    sign,
)


@pytest.fixture(scope="module")
def token(module_isolation, owner, BlocklistToken):
    return BlocklistToken.deploy({"from": owner})


@pytest.fixture
def claims(market, operator, settled, alice, bob):
    """Signed claims of Alice's and Bob's."""
    tree, earned = settled
    deadline = now() + DAY
    return [
        (
            who.address,
            operator.address,
            earned[who],
            who.address,
            deadline,
            tree.proof(who, earned[who]),
            sign(who, claim_message(market, who, operator, earned[who], who, deadline)),
        )
        for who in (alice, bob)
    ]


def test_token_that_takes_a_fee_is_refused(
    FeeToken, SignalMarket, consents, operators, owner, advertiser, operator, terms
):
    fees = FeeToken.deploy({"from": owner})
    market = SignalMarket.deploy(fees, consents, operators, {"from": owner})
    fees.mint(advertiser, 1000, {"from": owner})
    fees.approve(market, 1000, {"from": advertiser})
    expected = error("FeeOnTransferToken", 1000, 990)
    assert_reverts(expected, market.openCampaign, *terms.words, 1000, sender=advertiser)
    assert fees.balanceOf(advertiser) == 1000
    market.openCampaign(*terms.words, 99, {"from": advertiser})  # too little for a fee
    assert_reverts(error("FeeOnTransferToken", 100, 99), market.topUp, *terms.whole, 100, sender=advertiser)
    assert market.campaignOf(operator, terms.id)[1] == fees.balanceOf(market) == 99


def test_token_needs_six_decimals(TestDollar, SignalMarket, consents, operators, owner):
    coarse = TestDollar.deploy(5, {"from": owner})
    arguments = (coarse, consents, operators)
    assert_reverts(error("UnsupportedDecimals", 5), SignalMarket.deploy, *arguments, sender=owner)


def test_others_are_paid_while_one_recipient_is_refused(market, token, operator, alice, bob, owner, settled):
    tree, earned = settled
    token.setBlocked(alice, True, {"from": owner})
    arguments = (operator, earned[alice], tree.proof(alice, earned[alice]))
    assert_reverts(TRANSFER_FAILED, market.claim, *arguments, sender=alice)
    market.claim(operator, earned[bob], tree.proof(bob, earned[bob]), {"from": bob})
    assert (token.balanceOf(alice), token.balanceOf(bob)) == (0, earned[bob])


def test_refused_recipient_is_paid_elsewhere_or_later(market, token, operator, alice, stranger, owner, settled):
    tree, earned = settled
    token.setBlocked(alice, True, {"from": owner})
    arguments = (operator, earned[alice], tree.proof(alice, earned[alice]))
    assert_reverts(TRANSFER_FAILED, market.claim, *arguments, sender=alice)
    market.claimTo(*arguments, stranger, {"from": alice})
    assert token.balanceOf(stranger) == earned[alice]


def test_refused_recipient_within_a_batch_costs_the_others_nothing(
    market, token, operator, alice, bob, owner, relayer, claims
):
    token.setBlocked(alice, True, {"from": owner})
    transaction = market.claimBatchBySig(claims, {"from": relayer})
    skipped = [(event["subject"], str(event["reason"])) for event in transaction.events["ClaimSkipped"]]
    assert skipped == [(alice, "0x" + TRANSFER_FAILED.hex())]
    assert (token.balanceOf(alice), token.balanceOf(bob)) == (0, claims[1][2])
    assert market.booksOf(operator)[1] == claims[0][2]
    token.setBlocked(alice, False, {"from": owner})
    market.claimBatchBySig(claims[:1], {"from": relayer})
    assert token.balanceOf(alice) == claims[0][2]


def test_refused_withdrawal_stays_credited(market, token, campaign, consented, alice, stranger, owner, lane, use):
    earned = use(2)
    token.setBlocked(alice, True, {"from": owner})
    assert_reverts(TRANSFER_FAILED, market.withdraw, [lane], alice, sender=alice)
    assert plain(market.creditOf(alice, lane))[:2] == (earned, 0)
    market.withdraw([lane], stranger, {"from": alice})
    assert token.balanceOf(stranger) == earned


def test_refused_advertiser_and_operator_hold_up_nobody(
    market,
    operators,
    consents,
    token,
    terms,
    campaign,
    consented,
    alice,
    operator,
    payout,
    advertiser,
    owner,
    lane,
    use,
    bob,
):
    earned = use(2)
    for somebody in (advertiser, payout):
        token.setBlocked(somebody, True, {"from": owner})
    assert_reverts(TRANSFER_FAILED, market.payOperator, *terms.whole, sender=operator)
    next_block_at(terms.ends_at + DAY)
    assert_reverts(TRANSFER_FAILED, market.refund, *terms.words, advertiser, sender=advertiser)
    market.withdraw([lane], alice, {"from": alice})
    market.refund(*terms.words, bob, {"from": advertiser})
    operators.register(bob, "", {"from": operator})
    market.payOperator(*terms.whole, {"from": operator})
    assert (token.balanceOf(alice), token.balanceOf(market)) == (earned, 0)
    assert token.balanceOf(bob) == 10 * terms.price - earned
