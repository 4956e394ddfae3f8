"""Money from escrow to people, operators and back, in any order: nothing appears, nothing is lost."""

import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from hypothesis.strategies import integers

from tests.contracts.support import (
    DAY,
    TRAVEL,
    Consent,
    Terms,
    error,
    lane_of,
    next_block_at,
    now,
    numbers,
    request,
    send,
    subject_share,
)

KEY = "0x" + "5e" * 32
CAP = 2
PRICES = (50_001, 20_003)
MINTED = 10**12
INDEX = integers(0, 1)


class MoneyLifecycle(RuleBasedStateMachine):
    """Two people, two campaigns of one operator, and a model of their books that every step is compared with.

    Brownie 1.22.2's own `state_machine` refuses the machines that it makes, so this is Hypothesis's.
    """

    def __init__(self, contracts, people, advertiser, operator, payout):
        super().__init__()
        self.start = request("evm_snapshot")
        self.token, self.consents, self.market = contracts
        self.people, self.advertiser, self.payout = people, advertiser, payout
        self.lane, self.clock = lane_of(operator), now() + 10
        self.terms = [Terms(advertiser, operator, 1, 1 << TRAVEL, price, self.clock + 10 * DAY, 1) for price in PRICES]
        self.escrow, self.uses, self.paid, self.closes_at = [None, None], [0, 0], [0, 0], [0, 0]
        self.earned, self.claimed, self.today = [0, 0], [0, 0], [(0, 0), (0, 0)]
        self.allowed = [True, True]
        self.deposited = self.refunded = self.operator_paid = 0
        # One campaign is under way, or short runs would hardly see a use; the other has yet to be opened.
        self.open(0, 4)
        self._use(0, 0)
        self._use(0, 1)
        assert self.uses[0] == 2

    def _do(self, expected, method, *args, sender):
        self.clock += 1
        next_block_at(self.clock)
        succeeded, data = send(method, *args, sender=sender)
        assert succeeded == (expected is None)
        assert succeeded or data.hex() == expected.hex()
        return succeeded

    def _end(self, campaign):
        return min(self.closes_at[campaign] or self.terms[campaign].ends_at, self.terms[campaign].ends_at)

    def _unknown(self, campaign):
        if self.escrow[campaign] is None:
            return error("UnknownCampaign", self.market.campaignId(self.terms[campaign]))
        return None

    def _ended(self, campaign, at):
        return error("CampaignEnded", self._end(campaign), at) if at >= self._end(campaign) else None

    @rule(campaign=INDEX, uses=integers(1, 4))
    def open(self, campaign, uses):
        terms, at = self.terms[campaign], self.clock + 1
        amount = uses * terms.price
        expected = error("CampaignEnded", terms.ends_at, at) if at >= terms.ends_at else None
        if expected is None and self.escrow[campaign] is not None:
            expected = error("CampaignExists", self.market.campaignId(terms))
        if self._do(expected, self.market.openCampaign, terms, KEY, amount, sender=self.advertiser):
            self.escrow[campaign] = amount
            self.deposited += amount

    @rule(campaign=INDEX, extra=integers(1, 99_999))
    def top_up(self, campaign, extra):
        expected = self._unknown(campaign) or self._ended(campaign, self.clock + 1)
        if self._do(expected, self.market.topUp, self.terms[campaign], extra, sender=self.advertiser):
            self.escrow[campaign] += extra
            self.deposited += extra

    @rule(campaign=INDEX, person=INDEX, times=integers(1, 3))
    def use(self, campaign, person, times):
        if self.escrow[campaign] is None:
            self.open(campaign, 4)
        for _ in range(times):
            self._use(campaign, person)

    def _use(self, campaign, person):
        at = self.clock + 1
        day, count = self.today[person]
        count = count if day == at // DAY else 0
        expected = self._refusal(campaign, person, at, count)
        index = self.uses[campaign]
        arguments = (self.terms[campaign], self.people[person], TRAVEL, index)
        if self._do(expected, self.market.recordUse, *arguments, sender=self.advertiser):
            price = self.terms[campaign].price
            self.escrow[campaign] -= price
            self.uses[campaign] += 1
            self.earned[person] += subject_share(price)
            self.today[person] = (at // DAY, count + 1)

    def _refusal(self, campaign, person, at, count):
        price, escrow = self.terms[campaign].price, self.escrow[campaign] or 0
        ended = self._ended(campaign, at)
        if ended is not None:
            return ended
        if escrow < price:
            return error("EscrowExhausted", escrow, price)
        if not self.allowed[person]:
            return error("ConsentNotInForce", self.people[person], self.lane)
        return error("DailyCapReached", CAP) if count >= CAP else None

    @rule(campaign=INDEX, person=INDEX)
    def use_twice(self, campaign, person):
        """The newest use, sent again."""
        if self.uses[campaign]:
            index = self.uses[campaign] - 1
            expected = error("UseAlreadyRecorded", index, index + 1)
            arguments = (self.terms[campaign], self.people[person], TRAVEL, index)
            self._do(expected, self.market.recordUse, *arguments, sender=self.advertiser)

    @rule(person=INDEX)
    def claim(self, person):
        self._do(None, self.market.claim, [self.lane], sender=self.people[person])
        self.claimed[person] = self.earned[person]

    @rule(campaign=INDEX)
    def pay_operator(self, campaign):
        expected = self._unknown(campaign)
        if self._do(expected, self.market.claimOperator, self.terms[campaign], sender=self.people[0]):
            self.operator_paid += self._owed(campaign)
            self.paid[campaign] = self.uses[campaign]

    @rule(campaign=INDEX)
    def close(self, campaign):
        expected = self._unknown(campaign)
        if self._do(expected, self.market.closeCampaign, self.terms[campaign], sender=self.advertiser):
            self.closes_at[campaign] = self.closes_at[campaign] or self.clock + DAY

    @rule(campaign=INDEX)
    def refund(self, campaign):
        at, end = self.clock + 1, self._end(campaign)
        expected = self._unknown(campaign) or (error("CampaignStillOpen", end, at) if at < end else None)
        if self._do(expected, self.market.refund, self.terms[campaign], sender=self.people[0]):
            self.refunded += self.escrow[campaign]
            self.escrow[campaign] = 0

    @rule(person=INDEX)
    def change_mind(self, person):
        if self.allowed[person]:
            self._do(None, self.consents.revoke, self.lane, sender=self.people[person])
        else:
            self._do(None, self.consents.grant, self.lane, consent(self.clock), sender=self.people[person])
        self.allowed[person] = not self.allowed[person]

    @rule(hours=integers(1, 30))
    def wait(self, hours):
        self.clock += hours * 3_600

    def _owed(self, campaign):
        price = self.terms[campaign].price
        return (self.uses[campaign] - self.paid[campaign]) * (price - subject_share(price))

    @invariant()
    def books_are_the_models(self):
        for index, terms in enumerate(self.terms):
            state = (self.escrow[index] or 0, self.uses[index], self.paid[index], self.closes_at[index])
            assert numbers(self.market.campaignOf(self.market.campaignId(terms))) == state
            assert self.market.operatorCredit(terms) == self._owed(index)
        for index, person in enumerate(self.people):
            state = (self.earned[index], self.claimed[index])
            assert numbers(self.market.creditOf(person, self.lane)[:2]) == state
            assert self.token.balanceOf(person) == self.claimed[index]

    @invariant()
    def market_holds_exactly_what_it_owes(self):
        escrow = unpaid = 0
        for terms in self.terms:
            escrow += self.market.campaignOf(self.market.campaignId(terms))[0]
            unpaid += self.market.operatorCredit(terms)
        accounts = [self.market.creditOf(person, self.lane) for person in self.people]
        unclaimed = sum(earned - claimed for earned, claimed, _, _ in accounts)
        assert self.token.balanceOf(self.market) == escrow + unclaimed + unpaid
        assert self.token.balanceOf(self.advertiser) == MINTED - self.deposited + self.refunded
        assert self.token.balanceOf(self.payout) == self.operator_paid

    def teardown(self):
        """Everybody takes what is theirs: nothing is left, nobody went short."""
        self.clock = max(self.clock, self.terms[0].ends_at)
        try:
            for index in (0, 1):
                self.claim(index)
                self.pay_operator(index)
                self.refund(index)
            self.books_are_the_models()
            self.market_holds_exactly_what_it_owes()
            assert self.token.balanceOf(self.market) == 0
            assert sum(self.earned) + self.operator_paid + self.refunded == self.deposited
        finally:
            request("evm_revert", self.start)


def consent(at):
    """A consent to travel until long after the campaigns, as a word."""
    return Consent(1 << TRAVEL, ends_at=at + 100 * DAY, floor=20_000, cap=CAP).word


@pytest.fixture
def contracts(consents, operators, owner, alice, bob, advertiser, operator, payout, TestDollar, SignalMarket):
    token = TestDollar.deploy(6, {"from": owner})
    market = SignalMarket.deploy(token, consents, operators, {"from": owner})
    operators.register(payout, "", {"from": operator})
    token.mint(advertiser, MINTED, {"from": owner})
    token.approve(market, MINTED, {"from": advertiser})
    for person in (alice, bob):
        consents.grant(lane_of(operator), consent(now()), {"from": person})
    return token, consents, market


def test_money_is_conserved(contracts, alice, bob, advertiser, operator, payout):
    run_state_machine_as_test(
        lambda: MoneyLifecycle(contracts, (alice, bob), advertiser, operator, payout),
        settings=settings(max_examples=15, stateful_step_count=15, deadline=None),
    )
