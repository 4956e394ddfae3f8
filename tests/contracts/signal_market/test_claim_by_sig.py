"""SignalMarket.claimBySig and claimBatchBySig: signed claims that anyone sends."""

import pytest

from tests.contracts.support import (
    DAY,
    ZERO,
    assert_event,
    assert_reverts,
    claim_message,
    compact,
    counterfactual,
    error,
    next_block_at,
    now,
    selector,
    sign,
)

pytestmark = pytest.mark.parametrize("token", ["6 decimals"], indirect=True)


@pytest.fixture
def signed(market, operator):
    """A claim that somebody signed, as ISignalMarket.SignedClaim."""

    def claim(signer, tree, total, *, to=None, subject=None, deadline=None, by=operator):
        subject, deadline = subject or signer, deadline or now() + DAY
        to = to or subject
        signature = sign(signer, claim_message(market, subject, by, total, to, deadline))
        return [str(subject), str(by), total, str(to), deadline, tree.proof(subject, total), signature]

    return claim


def skipped(transaction):
    """(subject, reason) of every claim that had no effect."""
    events = transaction.events["ClaimSkipped"] if transaction.events.count("ClaimSkipped") else []
    return [(event["subject"], str(event["reason"])) for event in events]


def reason(name):
    return "0x" + selector(name).hex()


@pytest.mark.parametrize("shorten", [False, True], ids=["65 bytes", "EIP-2098"])
def test_anyone_sends_it_once(market, token, operator, alice, bob, relayer, settled, signed, shorten):
    tree, earned = settled
    claim = signed(alice, tree, earned[alice], to=bob)
    claim[6] = compact(claim[6]) if shorten else claim[6]
    transaction = market.claimBySig(claim, {"from": relayer})
    assert_event(transaction, "Claimed", subject=alice, operator=operator, to=bob, amount=earned[alice])
    assert (token.balanceOf(bob), token.balanceOf(alice), token.balanceOf(relayer)) == (earned[alice], 0, 0)
    assert_reverts(error("NothingToClaim", alice), market.claimBySig, claim, sender=relayer)


def test_nothing_but_what_was_signed_is_paid(market, rival, alice, bob, relayer, settled, signed):
    tree, earned = settled
    for field, value in ((0, bob), (1, rival), (2, earned[alice] + 1), (3, relayer), (4, now() + 2 * DAY)):
        claim = signed(alice, tree, earned[alice])
        claim[field] = value if isinstance(value, int) else value.address
        signer = bob if field == 0 else alice
        assert_reverts(error("InvalidSignature", signer), market.claimBySig, claim, sender=relayer)


def test_somebody_elses_signature_is_refused(market, alice, stranger, settled, signed):
    tree, earned = settled
    claim = signed(stranger, tree, earned[alice], subject=alice, to=stranger)
    assert_reverts(error("InvalidSignature", alice), market.claimBySig, claim, sender=stranger)


def test_nobody_signs_money_to_nowhere(market, alice, relayer, settled, signed):
    tree, earned = settled
    for nowhere in (ZERO, market):
        claim = signed(alice, tree, earned[alice], to=nowhere)
        assert_reverts(error("InvalidRecipient"), market.claimBySig, claim, sender=relayer)


def test_signature_serves_until_its_deadline(market, alice, bob, relayer, settled, signed):
    tree, earned = settled
    deadline = now() + 100
    claims = [signed(who, tree, earned[who], deadline=deadline) for who in (alice, bob)]
    next_block_at(deadline)
    market.claimBySig(claims[0], {"from": relayer})
    late = next_block_at(deadline + 1)
    assert_reverts(error("SignatureExpired", deadline, late), market.claimBySig, claims[1], sender=relayer)


def test_smart_wallets_claim_deployed_or_not(
    market, token, campaign, operator, alice, bob, wallet, factory, unborn, relayer, settle, signed
):
    address, deployment = unborn
    tree = settle([(wallet, 600), (address, 400)], (campaign, 1_000))
    market.claimBySig(signed(alice, tree, 600, subject=wallet), {"from": relayer})
    claim = signed(alice, tree, 400, subject=address, to=bob)
    claim[6] = counterfactual(factory, deployment, claim[6])
    market.claimBySig(claim, {"from": relayer})
    assert (token.balanceOf(wallet), token.balanceOf(bob)) == (600, 400)


def test_factory_cannot_claim_twice_with_one_signature(
    market, token, campaign, operator, alice, bob, factory, unborn, stranger, settle, signed
):
    """The factory, called in the middle of the check, sends the same claim: the outer one finds it done."""
    address, deployment = unborn
    tree = settle([(address, 400), (alice, 600)], (campaign, 1_000))
    claim = signed(alice, tree, 400, subject=address, to=bob)
    again = market.claimBySig.encode_input(claim)
    hostile = factory.deployAndCall.encode_input(alice, b"\x07" * 32, market, again)
    outer = [*claim[:6], counterfactual(factory, hostile, claim[6])]
    assert_reverts(error("NothingToClaim", address), market.claimBySig, outer, sender=stranger)
    assert token.balanceOf(bob) == 0
    honest = [*claim[:6], counterfactual(factory, deployment, claim[6])]
    transaction = market.claimBatchBySig([outer, honest, honest], {"from": stranger})
    assert skipped(transaction) == [(address, reason("NothingToClaim"))] * 2
    assert token.balanceOf(bob) == 400


def test_batch_pays_everybody(
    market, token, terms, operator, rival, alice, bob, relayer, settled, settle, signed, open_campaign
):
    tree, earned = settled
    other = terms._replace(operator=rival)
    open_campaign(other)
    theirs = settle([(alice, 70)], (other.id, 100), by=rival)
    claims = [signed(who, tree, earned[who]) for who in (alice, bob)]
    transaction = market.claimBatchBySig([*claims, signed(alice, theirs, 70, by=rival)], {"from": relayer})
    assert (token.balanceOf(alice), token.balanceOf(bob)) == (earned[alice] + 70, earned[bob])
    assert transaction.events.count("Claimed") == 3
    assert skipped(transaction) == []


def test_claim_that_fails_costs_the_others_nothing(market, token, alice, bob, stranger, relayer, settled, signed):
    tree, earned = settled
    forged = signed(stranger, tree, earned[alice], subject=alice, to=stranger)
    wrong = signed(alice, tree, earned[alice])
    wrong[5] = wrong[5][:-1]
    expired = signed(alice, tree, earned[alice], deadline=now() - 1)
    nowhere = signed(alice, tree, earned[alice], to=market)
    good = signed(bob, tree, earned[bob])
    transaction = market.claimBatchBySig([forged, wrong, expired, nowhere, good, good], {"from": relayer})
    assert skipped(transaction) == [
        (alice, reason("InvalidSignature")),
        (alice, reason("InvalidProof")),
        (alice, reason("SignatureExpired")),
        (alice, reason("InvalidRecipient")),
        (bob, reason("NothingToClaim")),
    ]
    assert (token.balanceOf(alice), token.balanceOf(bob), token.balanceOf(stranger)) == (0, earned[bob], 0)


def test_empty_batch_does_nothing(market, relayer):
    assert len(market.claimBatchBySig([], {"from": relayer}).events) == 0
