"""SignalMarket.claim and claimTo: a person takes what is new of its settled earnings."""

import pytest

from tests.contracts.support import (
    DAY,
    ZERO,
    MerkleTree,
    assert_event,
    assert_reverts,
    error,
    lane_of,
    next_block_at,
    plain,
)


def test_person_claims_all_of_it_once(market, token, operator, alice, settled):
    tree, earned = settled
    arguments = (operator, earned[alice], tree.proof(alice, earned[alice]))
    transaction = market.claim(*arguments, {"from": alice})
    assert_event(transaction, "Claimed", subject=alice, operator=operator, to=alice, amount=earned[alice])
    assert token.balanceOf(alice) == earned[alice]
    assert market.booksOf(operator)[1] == sum(earned.values()) - earned[alice]
    assert plain(market.creditOf(alice, lane_of(operator, 0)))[:2] == (0, earned[alice])
    assert_reverts(error("NothingToClaim", alice), market.claim, *arguments, sender=alice)
    assert token.balanceOf(alice) == earned[alice]


def test_next_epoch_pays_what_is_new(market, token, terms, campaign, operator, alice, bob, settled, settle):
    tree, earned = settled
    market.claim(operator, earned[alice], tree.proof(alice, earned[alice]), {"from": alice})
    totals = [(alice, earned[alice] + terms.price), (bob, earned[bob])]
    newer = settle(totals, (campaign, terms.price))
    market.claim(operator, totals[0][1], newer.proof(*totals[0]), {"from": alice})
    assert token.balanceOf(alice) == earned[alice] + terms.price
    market.claim(operator, earned[bob], newer.proof(bob, earned[bob]), {"from": bob})
    assert token.balanceOf(bob) == earned[bob]


def test_what_was_not_claimed_adds_up_over_epochs(
    market, token, terms, campaign, operator, alice, bob, settled, settle
):
    total = settled[1][alice] + terms.price
    newer = settle([(alice, total), (bob, settled[1][bob])], (campaign, terms.price))
    market.claim(operator, total, newer.proof(alice, total), {"from": alice})
    assert token.balanceOf(alice) == total


def test_only_the_newest_root_counts(market, terms, campaign, operator, alice, bob, settled, settle):
    tree, earned = settled
    settle([(alice, earned[alice] + terms.price), (bob, earned[bob])], (campaign, terms.price))
    expected = error("InvalidProof", alice, operator, earned[alice])
    arguments = (operator, earned[alice], tree.proof(alice, earned[alice]))
    assert_reverts(expected, market.claim, *arguments, sender=alice)


def test_nobody_claims_with_somebody_elses_leaf(market, operator, alice, bob, stranger, settled):
    tree, earned = settled
    for somebody in (bob, stranger):
        arguments = (operator, earned[alice], tree.proof(alice, earned[alice]))
        expected = error("InvalidProof", somebody, operator, earned[alice])
        assert_reverts(expected, market.claim, *arguments, sender=somebody)


def test_total_is_the_one_in_the_tree(market, operator, alice, settled):
    tree, earned = settled
    for total in (earned[alice] + 1, earned[alice] - 1):
        arguments = (operator, total, tree.proof(alice, earned[alice]))
        expected = error("InvalidProof", alice, operator, total)
        assert_reverts(expected, market.claim, *arguments, sender=alice)


def test_inner_node_is_no_leaf(market, operator, alice, settled):
    tree, _ = settled
    total = int.from_bytes(tree.root, "big")
    arguments = (operator, total, [])
    assert_reverts(error("InvalidProof", alice, operator, total), market.claim, *arguments, sender=alice)


def test_root_of_one_operator_is_not_anothers(market, rival, alice, settled):
    tree, earned = settled
    arguments = (rival, earned[alice], tree.proof(alice, earned[alice]))
    assert_reverts(error("InvalidProof", alice, rival, earned[alice]), market.claim, *arguments, sender=alice)


def test_claims_at_two_operators_are_apart(
    market, token, terms, operator, rival, alice, bob, settled, settle, open_campaign
):
    tree, earned = settled
    other = terms._replace(operator=rival)
    open_campaign(other)
    theirs = settle([(alice, 3_000), (bob, 2)], (other.id, 3_003), by=rival)
    market.claim(operator, earned[alice], tree.proof(alice, earned[alice]), {"from": alice})
    market.claim(rival, 3_000, theirs.proof(alice, 3_000), {"from": alice})
    assert token.balanceOf(alice) == earned[alice] + 3_000


def test_person_alone_in_the_tree_needs_no_siblings(market, token, campaign, operator, alice, settle):
    tree = settle([(alice, 70)], (campaign, 100))
    assert tree.proof(alice, 70) == []
    market.claim(operator, 70, [], {"from": alice})
    assert token.balanceOf(alice) == 70


def test_everybody_claims_from_a_tree_of_an_odd_size(market, token, accounts, campaign, operator, settle):
    earnings = [(account, 100 + index) for index, account in enumerate(accounts[:13])]
    before = [token.balanceOf(account) for account, _ in earnings]
    total = sum(amount for _, amount in earnings)
    tree = settle(earnings, (campaign, total))
    for account, amount in earnings:
        market.claim(operator, amount, tree.proof(account, amount), {"from": account})
    after = [token.balanceOf(account) for account, _ in earnings]
    assert [new - old for new, old in zip(after, before, strict=True)] == [amount for _, amount in earnings]
    assert market.booksOf(operator)[1] == 0


def test_person_chooses_where_to(market, token, operator, alice, bob, settled):
    tree, earned = settled
    arguments = (operator, earned[alice], tree.proof(alice, earned[alice]))
    for nowhere in (ZERO, market):
        assert_reverts(error("InvalidRecipient"), market.claimTo, *arguments, nowhere, sender=alice)
    transaction = market.claimTo(*arguments, bob, {"from": alice})
    assert_event(transaction, "Claimed", subject=alice, operator=operator, to=bob, amount=earned[alice])
    assert (token.balanceOf(alice), token.balanceOf(bob)) == (0, earned[alice])
    assert_reverts(error("NothingToClaim", alice), market.claim, *arguments, sender=alice)


def test_settled_earnings_survive_revocation_and_refund(
    market, consents, token, terms, operator, advertiser, alice, settled
):
    tree, earned = settled
    consents.revokeAll({"from": alice})
    next_block_at(terms.ends_at + DAY)
    market.refund(*terms.words, advertiser, {"from": advertiser})
    market.claim(operator, earned[alice], tree.proof(alice, earned[alice]), {"from": alice})
    assert token.balanceOf(alice) == earned[alice]


def test_earnings_of_both_kinds_are_paid_apart(market, token, operator, alice, lane, consented, settled, use):
    tree, earned = settled
    at_once = use(2)
    market.withdraw([lane], alice, {"from": alice})
    assert token.balanceOf(alice) == at_once
    market.claim(operator, earned[alice], tree.proof(alice, earned[alice]), {"from": alice})
    assert token.balanceOf(alice) == at_once + earned[alice]
    # The word that counts settled claims can be withdrawn from by nobody.
    for lanes in ([lane], [lane_of(operator, 0)]):
        assert_reverts(error("NothingToClaim", alice), market.withdraw, lanes, alice, sender=alice)


def test_bad_root_of_one_operator_costs_nobody_elses_people(
    market, token, terms, campaign, operator, rival, alice, bob, stranger, settle, open_campaign
):
    """Its keepers signed a tree that promises more than was debited: its own people race, nobody else's do."""
    other = terms._replace(operator=rival)
    open_campaign(other)
    good = settle([(alice, 700), (bob, 300)], (campaign, 1_000))
    bad = MerkleTree([(stranger, 1_000), (alice, 600), (bob, 400)])
    settle([(alice, 600), (bob, 400)], (other.id, 1_000), by=rival, root=bad.root)
    market.claim(rival, 600, bad.proof(alice, 600), {"from": alice})
    arguments = (rival, 1_000, bad.proof(stranger, 1_000))
    assert_reverts(error("PoolExhausted", rival, 400, 1_000), market.claim, *arguments, sender=stranger)
    market.claim(rival, 400, bad.proof(bob, 400), {"from": bob})
    assert market.booksOf(rival)[1] == 0
    assert_reverts(error("PoolExhausted", rival, 0, 1_000), market.claim, *arguments, sender=stranger)
    before = token.balanceOf(alice)
    market.claim(operator, 700, good.proof(alice, 700), {"from": alice})
    market.claim(operator, 300, good.proof(bob, 300), {"from": bob})
    assert token.balanceOf(alice) - before == 700
    assert token.balanceOf(stranger) == 0
    assert market.campaignOf(operator, campaign)[1] == 10 * terms.price - 1_000


@pytest.mark.parametrize("promised", [1 << 96, (1 << 256) - 1])
def test_leaf_beyond_all_books_is_not_paid(market, campaign, operator, alice, stranger, settle, promised):
    bad = MerkleTree([(stranger, promised), (alice, 70)])
    settle([(alice, 70)], (campaign, 100), root=bad.root)
    arguments = (operator, promised, bad.proof(stranger, promised))
    expected = error("PoolExhausted", operator, 70, promised)
    assert_reverts(expected, market.claim, *arguments, sender=stranger)
