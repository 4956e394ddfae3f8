"""SignalMarket.settle: a quorum of keepers books an epoch of metered uses."""

import pytest

from tests.contracts.support import (
    DAY,
    assert_event,
    assert_reverts,
    digest,
    domain_separator,
    error,
    next_block_at,
    now,
    packed_debits,
    plain,
    quorum,
    selector,
    send,
    settlement_message,
)

pytestmark = pytest.mark.parametrize("token", ["6 decimals"], indirect=True)


@pytest.fixture
def gross(terms):
    """Four uses."""
    return 4 * terms.price


@pytest.fixture
def share(gross):
    """What people get of it at least."""
    return -(-gross * 7 // 10)


def books(market, operator):
    """Pool, total, operator's share and epoch."""
    return plain(market.booksOf(operator)[1:])


def test_epoch_moves_money_from_escrow_to_the_pool_and_the_operator(
    market, token, terms, campaign, operator, alice, bob, relayer, gross, share, settlement_of
):
    arguments, tree = settlement_of([(alice, share - 9), (bob, 9)], (campaign, gross))
    transaction = market.settle(*arguments, {"from": relayer})
    assert market.booksOf(operator)[0] == "0x" + tree.root[:20].hex()
    assert books(market, operator) == (share, share, gross - share, 1)
    assert plain(market.campaignOf(operator, campaign)) == (1, 10 * terms.price - gross, 0, 0, 0)
    assert token.balanceOf(market) == 10 * terms.price
    assert_event(
        transaction,
        "Settled",
        operator=operator,
        epoch=1,
        root=tree.root,
        total=share,
        gross=gross,
        logDigest=b"\x10" * 32,
    )


def test_running_totals_go_on_over_epochs(market, campaign, operator, alice, bob, gross, share, settle):
    settle([(alice, share)], (campaign, gross))
    settle([(alice, share), (bob, gross)], (campaign, gross))
    assert books(market, operator) == (share + gross, share + gross, gross - share, 2)


def test_many_campaigns_are_debited_at_once_also_twice(
    market, terms, campaign, operator, alice, gross, share, settle, open_campaign
):
    other = terms._replace(salt=2)
    open_campaign(other)
    settle([(alice, share)], (campaign, gross - 5), (other.id, 3), (campaign, 2))
    assert market.campaignOf(operator, campaign)[1] == 10 * terms.price - gross + 3
    assert market.campaignOf(operator, other.id)[1] == 10 * terms.price - 3


def test_epoch_without_uses_books_nothing(market, campaign, operator, alice, gross, share, settle):
    settle([(alice, share)], (campaign, gross))
    settle([(alice, share)])
    assert books(market, operator) == (share, share, gross - share, 2)


def test_digest_is_that_of_other_libraries(market, campaign, alice, gross, share, settlement_of, settle):
    settle([(alice, 7)], (campaign, 10))
    (settlement, debits, _), _ = settlement_of([(alice, share + 7)], (campaign, gross))
    previous = bytes(market.booksOf(settlement.operator)[0])
    message = settlement_message(market, settlement, debits, previous)
    assert bytes(market.settlementDigest(settlement, debits)) == digest(message)
    assert bytes(market.DOMAIN_SEPARATOR()) == bytes(domain_separator(message))


@pytest.mark.parametrize("epoch", [0, 2])
def test_epochs_are_settled_in_order(market, campaign, alice, relayer, gross, share, settlement_of, epoch):
    arguments, _ = settlement_of([(alice, share)], (campaign, gross), epoch=epoch)
    assert_reverts(error("WrongEpoch", 1, epoch), market.settle, *arguments, sender=relayer)


def test_replay_is_refused(market, campaign, operator, alice, relayer, gross, share, settlement_of):
    arguments, _ = settlement_of([(alice, share)], (campaign, gross))
    market.settle(*arguments, {"from": relayer})
    assert_reverts(error("WrongEpoch", 2, 1), market.settle, *arguments, sender=relayer)
    assert books(market, operator)[3] == 1


def test_signature_is_bound_to_the_root_before(
    market, campaign, operator, alice, bob, relayer, keepers, gross, share, settlement_of, settle
):
    """What keepers signed on top of one history does not fit another, as after a reorganisation."""
    settle([(alice, share)], (campaign, gross))
    arguments, _ = settlement_of([(alice, 2 * share)], (campaign, gross))
    settlement, debits, _ = arguments
    elsewhere = settlement_message(market, settlement, debits, b"\x01" * 20)
    succeeded, data = send(market.settle, settlement, debits, quorum(keepers[:3], elsewhere), sender=relayer)
    assert not succeeded
    assert data[:4] == selector("NotAKeeper")
    market.settle(*arguments, {"from": relayer})


def test_nothing_but_what_was_signed_is_booked(
    market, terms, campaign, alice, relayer, rival, gross, share, settlement_of, open_campaign
):
    open_campaign(terms._replace(salt=2))
    (settlement, debits, signatures), _ = settlement_of([(alice, share)], (campaign, gross))
    for other in (
        (settlement._replace(operator=rival), debits),
        (settlement._replace(root=b"\x01" * 32), debits),
        (settlement._replace(total=share + 1), debits),
        (settlement._replace(log_digest=b"\x01" * 32), debits),
        (settlement, packed_debits((campaign, gross - 1))),
        (settlement, packed_debits((terms._replace(salt=2).id, gross))),
        (settlement, debits + packed_debits((campaign, 0))),
    ):
        succeeded, data = send(market.settle, *other, signatures, sender=relayer)
        assert not succeeded
        assert data[:4] == selector("NotAKeeper")


def test_settlement_is_for_one_market(
    SignalMarket, market, token, consents, operators, owner, campaign, alice, relayer, gross, share, settlement_of
):
    other = SignalMarket.deploy(token, consents, operators, {"from": owner})
    arguments, _ = settlement_of([(alice, share)], (campaign, gross))
    succeeded, data = send(other.settle, *arguments, sender=relayer)
    assert not succeeded
    assert data[:4] == selector("NotAKeeper")


def test_fewer_than_the_threshold_settle_nothing(
    market, campaign, alice, relayer, keepers, gross, share, settlement_of
):
    arguments, _ = settlement_of([(alice, share)], (campaign, gross), signers=keepers[:2])
    assert_reverts(error("WrongQuorum", 192, 128), market.settle, *arguments, sender=relayer)


@pytest.mark.parametrize("who", ["owner", "operator", "advertiser"])
def test_nobody_else_signs_in_a_keepers_place(
    market, campaign, alice, relayer, keepers, gross, share, settlement_of, request, who
):
    somebody = request.getfixturevalue(who)
    arguments, _ = settlement_of([(alice, share)], (campaign, gross), signers=[*keepers[:2], somebody])
    assert_reverts(error("NotAKeeper", somebody), market.settle, *arguments, sender=relayer)


def test_replaced_keepers_settle_nothing(
    market, operators, owner, campaign, alice, relayer, keepers, gross, share, settlement_of
):
    arguments, _ = settlement_of([(alice, share)], (campaign, gross))
    operators.setKeepers(keepers[1:], 3, {"from": owner})
    next_block_at(now() + operators.KEEPER_NOTICE())
    operators.seatKeepers({"from": relayer})
    assert_reverts(error("NotAKeeper", keepers[0]), market.settle, *arguments, sender=relayer)


def test_campaign_of_another_operator_is_not_debited(
    market, terms, campaign, operator, rival, alice, relayer, gross, share, settlement_of
):
    """Its keepers may sign what they like: the campaign's money is out of this operator's reach."""
    arguments, _ = settlement_of([(alice, share)], (campaign, gross), by=rival)
    assert_reverts(error("EscrowExhausted", 0, gross), market.settle, *arguments, sender=relayer)
    assert market.campaignOf(operator, campaign)[1] == 10 * terms.price


def test_no_more_than_the_escrow_is_debited(market, terms, campaign, alice, relayer, settlement_of, settle):
    escrow = 10 * terms.price
    for debits in ([(campaign, escrow + 1)], [(campaign, escrow), (campaign, 1)]):
        arguments, _ = settlement_of([(alice, escrow)], *debits)
        left = escrow if len(debits) == 1 else 0
        expected = error("EscrowExhausted", left, debits[-1][1])
        assert_reverts(expected, market.settle, *arguments, sender=relayer)
    settle([(alice, escrow)], (campaign, escrow))


def test_refunded_campaign_is_not_debited(
    market, terms, campaign, advertiser, alice, relayer, gross, share, settlement_of
):
    next_block_at(terms.ends_at + DAY)
    market.refund(*terms.words, advertiser, {"from": advertiser})
    arguments, _ = settlement_of([(alice, share)], (campaign, gross))
    assert_reverts(error("EscrowExhausted", 0, gross), market.settle, *arguments, sender=relayer)


def test_metered_uses_are_settled_after_the_campaigns_end(
    market, terms, campaign, operator, alice, gross, share, settle
):
    next_block_at(terms.ends_at + DAY - 10)
    settle([(alice, share)], (campaign, gross))
    assert books(market, operator)[0] == share


def test_people_get_at_least_seventy_percent_and_at_most_everything(
    market, campaign, operator, alice, relayer, gross, share, settlement_of
):
    for total in (share - 1, gross + 1):
        arguments, _ = settlement_of([(alice, total)], (campaign, gross))
        assert_reverts(error("UnfairSplit", total, share, gross), market.settle, *arguments, sender=relayer)
    arguments, _ = settlement_of([(alice, gross)], (campaign, gross))
    market.settle(*arguments, {"from": relayer})
    assert books(market, operator) == (gross, gross, 0, 1)


def test_earlier_earnings_cannot_shrink(market, campaign, alice, relayer, gross, share, settlement_of, settle):
    settle([(alice, share)], (campaign, gross))
    arguments, _ = settlement_of([(alice, share - 1)])
    assert_reverts(error("UnfairSplit", share - 1, share, share), market.settle, *arguments, sender=relayer)


@pytest.mark.parametrize("length", [1, 31, 33])
def test_debits_are_whole_records(market, operators, campaign, alice, relayer, keepers, settlement_of, length):
    (settlement, _, _), _ = settlement_of([(alice, 0)])
    debits = b"\x00" * length
    signatures = quorum(keepers[:3], settlement_message(market, settlement, debits, bytes(20)))
    arguments = (settlement, debits, signatures)
    assert_reverts(error("InvalidRecords", length, 32), market.settle, *arguments, sender=relayer)


def test_everything_ever_debited_has_96_bits(
    market, terms, campaign, alice, relayer, fund, advertiser, settlement_of, settle
):
    """Escrows can be filled again and again; an operator's books cannot."""
    half = 1 << 95
    share = -(-half * 7 // 10)
    fund(advertiser, 2 * half)
    market.topUp(*terms.whole, half, {"from": advertiser})
    settle([(alice, share)], (campaign, half))
    market.topUp(*terms.whole, half, {"from": advertiser})
    arguments, _ = settlement_of([(alice, 2 * share)], (campaign, half))
    assert_reverts(error("AmountTooLarge", half), market.settle, *arguments, sender=relayer)
