"""SignalMarket.withdraw and withdrawBySig: a person takes what was credited at once."""

import pytest

from tests.contracts.support import (
    DAY,
    TRAVEL,
    ZERO,
    Consent,
    assert_event,
    assert_reverts,
    compact,
    counterfactual,
    error,
    lane_of,
    next_block_at,
    now,
    plain,
    sign,
    subject_share,
    use_of,
    withdrawal_message,
)

pytestmark = pytest.mark.usefixtures("consented", "campaign")


@pytest.fixture
def signed(market, lane):
    """The arguments that relay a withdrawal."""

    def arguments(signer, earned, to, *, subject=None, deadline=None):
        subject, deadline = subject or signer, deadline or now() + DAY
        message = withdrawal_message(market, subject, lane, earned, to, deadline)
        return subject, lane, earned, to, deadline, sign(signer, message)

    return arguments


def test_person_takes_all_of_it_once(market, token, alice, lane, use):
    earned = use(3)
    transaction = market.withdraw([lane, lane], alice, {"from": alice})
    assert_event(transaction, "Withdrawn", subject=alice, to=alice, amount=earned)
    assert token.balanceOf(alice) == earned
    assert plain(market.creditOf(alice, lane))[:2] == (earned, earned)
    assert_reverts(error("NothingToClaim", alice), market.withdraw, [lane], alice, sender=alice)
    assert token.balanceOf(alice) == earned


def test_what_is_earned_later_is_taken_later(market, token, alice, lane, use):
    first = use(1)
    market.withdraw([lane], alice, {"from": alice})
    second = use(1)
    market.withdraw([lane], alice, {"from": alice})
    assert token.balanceOf(alice) == first + second


def test_many_lanes_in_one_payment(
    market, consents, token, terms, alice, operator, advertiser, lane, use, open_campaign
):
    other = terms._replace(purpose=2)
    open_campaign(other)
    word = Consent(1 << TRAVEL, ends_at=now() + DAY, floor=20_000, cap=3).word
    consents.grant(lane_of(operator, 2), word, {"from": alice})
    market.recordUse(*other.words, use_of(alice, TRAVEL, 0), {"from": advertiser})
    earned = use(2) + subject_share(terms.price)
    lanes = [lane, lane_of(operator, 2), lane_of(operator, 4)]
    transaction = market.withdraw(lanes, alice, {"from": alice})
    assert_event(transaction, "Withdrawn", subject=alice, to=alice, amount=earned)
    accounts = market.creditsOf(alice, lanes)
    assert [plain(credit)[:2] for credit in accounts] == [
        (2 * subject_share(terms.price),) * 2,
        (subject_share(terms.price),) * 2,
        (0, 0),
    ]


@pytest.mark.parametrize("who", ["owner", "operator", "advertiser", "stranger"])
def test_nobody_else_takes_it(market, token, alice, lane, use, request, who):
    somebody, earned = request.getfixturevalue(who), use(1)
    assert_reverts(error("NothingToClaim", somebody), market.withdraw, [lane], somebody, sender=somebody)
    assert plain(market.creditOf(alice, lane))[:2] == (earned, 0)


def test_person_chooses_where_to(market, token, alice, bob, lane, use):
    earned = use(3)
    for nowhere in (ZERO, market):
        assert_reverts(error("InvalidRecipient"), market.withdraw, [lane], nowhere, sender=alice)
    transaction = market.withdraw([lane], bob, {"from": alice})
    assert_event(transaction, "Withdrawn", subject=alice, to=bob, amount=earned)
    assert (token.balanceOf(alice), token.balanceOf(bob)) == (0, earned)


def test_credit_survives_revocation_and_refund(market, consents, token, terms, alice, advertiser, lane, use):
    earned = use(3)
    consents.revokeAll({"from": alice})
    next_block_at(terms.ends_at + DAY)
    market.refund(*terms.words, advertiser, {"from": advertiser})
    market.withdraw([lane], alice, {"from": alice})
    assert token.balanceOf(alice) == earned


@pytest.mark.parametrize("shorten", [False, True], ids=["65 bytes", "EIP-2098"])
def test_anyone_relays_a_withdrawal_once(market, token, alice, bob, relayer, lane, use, signed, shorten):
    earned = use(3)
    *rest, signature = signed(alice, earned, bob)
    arguments = (*rest, compact(signature) if shorten else signature)
    transaction = market.withdrawBySig(*arguments, {"from": relayer})
    assert_event(transaction, "Withdrawn", subject=alice, to=bob, amount=earned)
    assert (token.balanceOf(bob), token.balanceOf(relayer)) == (earned, 0)
    assert_reverts(error("NothingToClaim", alice), market.withdrawBySig, *arguments, sender=relayer)


def test_used_signature_does_not_move_what_is_earned_later(market, token, alice, relayer, use, signed):
    arguments = signed(alice, use(1), alice)
    market.withdrawBySig(*arguments, {"from": relayer})
    use(1)
    assert_reverts(error("NothingToClaim", alice), market.withdrawBySig, *arguments, sender=relayer)


def test_pays_up_to_the_signed_total_and_no_more(market, token, alice, lane, relayer, use, signed):
    first = use(1)
    arguments = signed(alice, first, alice)
    use(1)
    market.withdrawBySig(*arguments, {"from": relayer})
    assert token.balanceOf(alice) == first
    assert plain(market.creditOf(alice, lane))[:2] == (2 * first, first)


def test_signature_that_names_more_than_was_earned_waits(market, alice, relayer, use, signed):
    earned = use(1)
    arguments = signed(alice, 2 * earned, alice)
    expected = error("NotEarnedYet", 2 * earned, earned)
    assert_reverts(expected, market.withdrawBySig, *arguments, sender=relayer)
    use(1)
    market.withdrawBySig(*arguments, {"from": relayer})


def test_nothing_but_what_was_signed_is_paid(market, alice, operator, relayer, use, signed):
    subject, lane, earned, to, deadline, signature = signed(alice, use(2), alice)
    for arguments in (
        (subject, lane, earned, relayer, deadline, signature),
        (subject, lane, earned - 1, to, deadline, signature),
        (subject, lane_of(operator, 2), earned, to, deadline, signature),
        (subject, lane, earned, to, deadline + 1, signature),
    ):
        assert_reverts(error("InvalidSignature", alice), market.withdrawBySig, *arguments, sender=relayer)


def test_somebody_elses_signature_is_refused(market, alice, stranger, use, signed):
    arguments = signed(stranger, use(1), stranger, subject=alice)
    assert_reverts(error("InvalidSignature", alice), market.withdrawBySig, *arguments, sender=stranger)


def test_signature_serves_until_its_deadline(market, alice, relayer, use, signed):
    earned, deadline = use(1), now() + 100
    arguments = signed(alice, earned, alice, deadline=deadline)
    late = next_block_at(deadline + 1)
    expected = error("SignatureExpired", deadline, late)
    assert_reverts(expected, market.withdrawBySig, *arguments, sender=relayer)
    deadline = now() + 100
    arguments = signed(alice, earned, alice, deadline=deadline)
    next_block_at(deadline)
    market.withdrawBySig(*arguments, {"from": relayer})


def test_nobody_signs_money_to_nowhere(market, alice, relayer, use, signed):
    earned = use(1)
    for nowhere in (ZERO, market.address):
        arguments = signed(alice, earned, nowhere)
        assert_reverts(error("InvalidRecipient"), market.withdrawBySig, *arguments, sender=relayer)


def test_smart_wallet_withdraws_by_its_owner(
    market, consents, token, terms, alice, bob, advertiser, wallet, relayer, lane, signed
):
    word = Consent(1 << TRAVEL, ends_at=now() + DAY, floor=20_000, cap=3).word
    wallet.execute(consents, consents.grant.encode_input(lane, word), {"from": alice})
    market.recordUse(*terms.words, use_of(wallet, TRAVEL, 0), {"from": advertiser})
    share = subject_share(terms.price)
    market.withdrawBySig(*signed(alice, share, bob, subject=wallet), {"from": relayer})
    assert token.balanceOf(bob) == share


def test_wallet_is_deployed_by_its_first_withdrawal(market, terms, alice, bob, factory, unborn, relayer, lane, signed):
    """It earned nothing yet; what counts is that its signature was taken."""
    address, deployment = unborn
    *rest, inner = signed(alice, 1, bob, subject=address)
    arguments = (*rest, counterfactual(factory, deployment, inner))
    assert_reverts(error("NotEarnedYet", 1, 0), market.withdrawBySig, *arguments, sender=relayer)
    refused = (*rest, counterfactual(factory, deployment, b"\x01" * 65))
    assert_reverts(error("InvalidSignature", address), market.withdrawBySig, *refused, sender=relayer)
