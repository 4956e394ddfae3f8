"""Money from escrow to people, operators and back, in any order and over reorganisations: nothing appears, nothing is
lost."""

import copy
from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from hypothesis.strategies import booleans, integers, sampled_from

from tests.contracts.support import (
    DAY,
    TRAVEL,
    Consent,
    MerkleTree,
    Settlement,
    Terms,
    claim_message,
    error,
    lane_of,
    next_block_at,
    now,
    packed_debits,
    packed_uses,
    plain,
    quorum,
    request,
    revoke_message,
    selector,
    send,
    settlement_message,
    sign,
    subject_share,
    use_of,
    voucher_message,
    withdrawal_message,
)

CAP = 3
MINTED = 10**12
FOREVER = 1 << 40
TERMS = ((0, 50_001), (0, 20_003), (1, 30_001))
"""Operator and price of each campaign."""
PERSON, OPERATOR, CAMPAIGN = integers(0, 1), integers(0, 1), integers(0, len(TERMS) - 1)


@dataclass
class Campaign:
    """What the market should say about a campaign."""

    opened: bool = False
    escrow: int = 0
    uses: int = 0
    paid: int = 0
    closes_at: int = 0


@dataclass
class Books:
    """What the market should say about an operator's settlements; lists are by person."""

    tree: MerkleTree | None = None
    promised: list = field(default_factory=lambda: [0, 0])
    due: list = field(default_factory=lambda: [0, 0])
    claimed: list = field(default_factory=lambda: [0, 0])
    pool: int = 0
    total: int = 0
    share: int = 0
    epoch: int = 0


@dataclass
class Model:
    """Everybody's books. Lists of lists are by person, then by operator."""

    clock: int
    campaigns: list = field(default_factory=lambda: [Campaign() for _ in TERMS])
    books: list = field(default_factory=lambda: [Books(), Books()])
    earned: list = field(default_factory=lambda: [[0, 0], [0, 0]])
    withdrawn: list = field(default_factory=lambda: [[0, 0], [0, 0]])
    today: list = field(default_factory=lambda: [[(0, 0), (0, 0)], [(0, 0), (0, 0)]])
    allowed: list = field(default_factory=lambda: [[True, True], [True, True]])
    deposited: int = 0
    refunded: int = 0
    operators_paid: list = field(default_factory=lambda: [0, 0])


class MoneyLifecycle(RuleBasedStateMachine):
    """Two people, two operators, three campaigns of an advertiser, keepers, and a model that a step is compared with.

    Every transaction is a block of its own, and `history` holds the model after each of them: what a reorganisation
    drops, the model forgets. Brownie 1.22.2's own `state_machine` refuses the machines that it makes, so this is
    Hypothesis's.
    """

    def __init__(self, world):
        super().__init__()
        self.start = request("evm_snapshot")
        self.token, self.consents, self.market = world["contracts"]
        self.people, self.operators, self.payouts = world["people"], world["operators"], world["payouts"]
        self.advertiser, self.relayer, self.keepers = world["advertiser"], world["relayer"], world["keepers"]
        self.lanes = [lane_of(operator) for operator in self.operators]
        self.model = Model(now() + 10)
        end = self.model.clock + 10 * DAY
        self.terms = [
            Terms(self.advertiser, self.operators[operator], 1, 1 << TRAVEL, price, end, number)
            for number, (operator, price) in enumerate(TERMS)
        ]
        self.history, self.remembered = [copy.deepcopy(self.model)], []
        # Two campaigns are under way, or short runs would hardly see a use; the other has yet to be opened.
        self.open(0, 6)
        self.open(2, 6)
        self.use(0, 0, 1)
        self.settle(0, 0, 2, 1, 0, 0)
        assert (self.model.campaigns[0].uses, self.model.books[0].epoch) == (1, 1)

    def _do(self, faults, method, *args, sender):
        """Send a transaction, a second after the last: it fails with one of `faults`; without any, it works."""
        self.model.clock += 1
        next_block_at(self.model.clock)
        succeeded, data = send(method, *args, sender=sender)
        faults = [fault for fault in faults if fault]
        assert succeeded == (not faults), data.hex()
        assert succeeded or data in faults, data.hex()
        return succeeded

    def _done(self):
        """The newest block is in the model."""
        self.history.append(copy.deepcopy(self.model))

    # ------------------------------------------------------------------------------------------------- the advertiser

    def _unknown(self, campaign):
        return None if self.model.campaigns[campaign].opened else error("UnknownCampaign", self.terms[campaign].id)

    def _end(self, campaign):
        return min(self.model.campaigns[campaign].closes_at or FOREVER, self.terms[campaign].ends_at)

    def _ended(self, campaign):
        at = self.model.clock + 1
        return error("CampaignEnded", self._end(campaign), at) if at >= self._end(campaign) else None

    @rule(campaign=CAMPAIGN, uses=integers(1, 6))
    def open(self, campaign, uses):
        terms, state = self.terms[campaign], self.model.campaigns[campaign]
        amount, at = uses * terms.price + uses, self.model.clock + 1
        faults = [
            error("CampaignExists", terms.id) if state.opened else None,
            error("CampaignEnded", terms.ends_at, at) if at >= terms.ends_at else None,
        ]
        if self._do(faults, self.market.openCampaign, *terms.words, amount, sender=self.advertiser):
            state.opened, state.escrow = True, amount
            self.model.deposited += amount
        self._done()

    @rule(campaign=CAMPAIGN, extra=integers(1, 99_999))
    def top_up(self, campaign, extra):
        faults = [self._unknown(campaign), self._ended(campaign)]
        if self._do(faults, self.market.topUp, *self.terms[campaign].whole, extra, sender=self.advertiser):
            self.model.campaigns[campaign].escrow += extra
            self.model.deposited += extra
        self._done()

    @rule(campaign=CAMPAIGN)
    def close(self, campaign):
        faults = [self._unknown(campaign)]
        if self._do(faults, self.market.closeCampaign, *self.terms[campaign].words, sender=self.advertiser):
            state = self.model.campaigns[campaign]
            state.closes_at = state.closes_at or self.model.clock + DAY
        self._done()

    @rule(campaign=CAMPAIGN, patient=booleans())
    def refund(self, campaign, patient):
        """At any time, or in the very second from which it works."""
        terms, state, since = self.terms[campaign], self.model.campaigns[campaign], self._end(campaign) + DAY
        if patient:
            self.model.clock = max(self.model.clock, since - 1)
        at = self.model.clock + 1
        faults = [
            self._unknown(campaign),
            error("CampaignStillOpen", since, at) if at < since else None,
            error("ZeroAmount") if state.escrow == 0 else None,
        ]
        if self._do(faults, self.market.refund, *terms.words, self.advertiser, sender=self.advertiser):
            self.model.refunded += state.escrow
            state.escrow = 0
        self._done()

    # ---------------------------------------------------------------------------------------------------- uses at once

    def _use_faults(self, campaign, person, times):
        """What stands in the way of this many uses in one transaction; and without any fault, nothing does."""
        operator, price = TERMS[campaign]
        state, day = self.model.campaigns[campaign], (self.model.clock + 1) // DAY
        last, count = self.model.today[person][operator]
        count = count if last == day else 0
        affordable = state.escrow // price
        missing = error("EscrowExhausted", state.escrow % price if affordable else state.escrow, price)
        return [
            self._unknown(campaign),
            self._ended(campaign),
            missing if times > affordable else None,
            None
            if self.model.allowed[person][operator]
            else error("NotConsented", self.people[person], self.lanes[operator], TRAVEL),
            error("DailyCapReached", CAP) if count + times > CAP else None,
        ]

    def _used(self, campaign, person, times):
        operator, price = TERMS[campaign]
        day = self.model.clock // DAY
        last, count = self.model.today[person][operator]
        self.model.today[person][operator] = (day, times + (count if last == day else 0))
        self.model.campaigns[campaign].escrow -= times * price
        self.model.campaigns[campaign].uses += times
        self.model.earned[person][operator] += times * subject_share(price)

    @rule(campaign=CAMPAIGN, person=PERSON, times=integers(1, 3))
    def use(self, campaign, person, times):
        """By the advertiser, one by one."""
        for _ in range(times):
            word = use_of(self.people[person], TRAVEL, self.model.campaigns[campaign].uses)
            faults = self._use_faults(campaign, person, 1)
            if self._do(faults, self.market.recordUse, *self.terms[campaign].words, word, sender=self.advertiser):
                self._used(campaign, person, 1)
            self._done()

    @rule(campaign=CAMPAIGN, person=PERSON, times=integers(1, 4), ceiling=integers(1, 6))
    def use_by_voucher(self, campaign, person, times, ceiling):
        """By the operator, many at once."""
        terms, first = self.terms[campaign], self.model.campaigns[campaign].uses
        signature = sign(self.advertiser, voucher_message(self.market, terms.id, ceiling))
        records = packed_uses(*[(self.people[person], TRAVEL)] * times)
        exhausted = error("VoucherExhausted", first + times, ceiling) if first + times > ceiling else None
        faults = [exhausted, *self._use_faults(campaign, person, times)]
        arguments = (*terms.whole, first, records, ceiling, signature)
        if self._do(faults, self.market.recordUsesWithVoucher, *arguments, sender=terms.operator):
            self._used(campaign, person, times)
        self._done()

    @rule(campaign=CAMPAIGN, person=PERSON)
    def use_twice(self, campaign, person):
        """The newest use, sent again."""
        uses = self.model.campaigns[campaign].uses
        if uses:
            word = use_of(self.people[person], TRAVEL, uses - 1)
            faults = [error("WrongUseIndex", uses - 1, uses), *self._use_faults(campaign, person, 1)]
            self._do(faults, self.market.recordUse, *self.terms[campaign].words, word, sender=self.advertiser)
            self._done()

    @rule(person=PERSON)
    def withdraw(self, person):
        subject = self.people[person]
        new = sum(self.model.earned[person]) - sum(self.model.withdrawn[person])
        faults = [error("NothingToClaim", subject) if new == 0 else None]
        if self._do(faults, self.market.withdraw, self.lanes, subject, sender=subject):
            self.model.withdrawn[person] = list(self.model.earned[person])
        self._done()

    @rule(person=PERSON, operator=OPERATOR, less=integers(0, 20_000))
    def withdraw_by_signature(self, person, operator, less):
        """Up to a total that somebody signed, which may be less than everything."""
        subject, lane = self.people[person], self.lanes[operator]
        named = max(0, self.model.earned[person][operator] - less)
        message = withdrawal_message(self.market, subject, lane, named, subject, FOREVER)
        arguments = (subject, lane, named, subject, FOREVER, sign(subject, message))
        nothing = named <= self.model.withdrawn[person][operator]
        faults = [error("NothingToClaim", subject) if nothing else None]
        if self._do(faults, self.market.withdrawBySig, *arguments, sender=self.relayer):
            self.model.withdrawn[person][operator] = named
        self._done()

    def _owed(self, campaign):
        _, price = TERMS[campaign]
        state = self.model.campaigns[campaign]
        return (state.uses - state.paid) * (price - subject_share(price))

    @rule(campaign=CAMPAIGN)
    def pay_operator(self, campaign):
        owed, state = self._owed(campaign), self.model.campaigns[campaign]
        faults = [self._unknown(campaign), error("ZeroAmount") if owed == 0 else None]
        if self._do(faults, self.market.payOperator, *self.terms[campaign].whole, sender=self.relayer):
            self.model.operators_paid[TERMS[campaign][0]] += owed
            state.paid = state.uses
        self._done()

    # ---------------------------------------------------------------------------------------------------- metered uses

    @rule(
        campaign=CAMPAIGN,
        operator=OPERATOR,
        uses=integers(0, 3),
        for_first=integers(0, 3),
        bonus=integers(0, 9_999),
        lie=sampled_from([0, 0, 0, 1, 40_000]),
    )
    def settle(self, campaign, operator, uses, for_first, bonus, lie):
        """An epoch of one campaign's uses. A lie promises the first person more than was debited."""
        books, state = self.model.books[operator], self.model.campaigns[campaign]
        gross = uses * TERMS[campaign][1]
        people = min(gross, subject_share(gross) + bonus)
        first = people * for_first // 3
        due = [books.due[0] + first, books.due[1] + people - first]
        promised = [due[0] + lie, due[1]]
        tree = MerkleTree(list(zip(self.people, promised, strict=True)))
        settlement = Settlement(self.operators[operator], books.epoch + 1, tree.root, sum(due))
        debits = packed_debits((self.terms[campaign].id, gross))
        previous = books.tree.root[:20] if books.tree else bytes(20)
        signatures = quorum(self.keepers, settlement_message(self.market, settlement, debits, previous))
        mine = TERMS[campaign][0] == operator
        available = state.escrow if mine else 0
        faults = [error("EscrowExhausted", available, gross) if gross > available else None]
        if self._do(faults, self.market.settle, settlement, debits, signatures, sender=self.relayer):
            state.escrow -= gross
            books.tree, books.promised, books.due, books.total = tree, promised, due, sum(due)
            books.pool += people
            books.share += gross - people
            books.epoch += 1
        self._done()

    @rule(operator=OPERATOR)
    @precondition(lambda self: any(books.epoch for books in self.model.books))
    def settle_twice(self, operator):
        """The last epoch, sent again by somebody."""
        books = self.model.books[operator]
        if books.epoch:
            settlement = Settlement(self.operators[operator], books.epoch, books.tree.root, books.total)
            signatures = quorum(self.keepers, settlement_message(self.market, settlement, b"", bytes(20)))
            faults = [error("WrongEpoch", books.epoch + 1, books.epoch)]
            self._do(faults, self.market.settle, settlement, b"", signatures, sender=self.relayer)
            self._done()

    def _claim_fault(self, person, operator):
        """Name and values of the error that a claim meets, if any."""
        books, subject = self.model.books[operator], self.people[person]
        total, claimed = books.promised[person], books.claimed[person]
        if books.tree is None:
            return "InvalidProof", subject, self.operators[operator], total
        if total <= claimed:
            return "NothingToClaim", subject
        if total - claimed > books.pool:
            return "PoolExhausted", self.operators[operator], books.pool, total - claimed
        return None

    def _claimed(self, person, operator):
        books = self.model.books[operator]
        books.pool -= books.promised[person] - books.claimed[person]
        books.claimed[person] = books.promised[person]

    def _proof(self, person, operator):
        books = self.model.books[operator]
        return books.tree.proof(self.people[person], books.promised[person]) if books.tree else []

    @rule(person=PERSON, operator=OPERATOR)
    def claim(self, person, operator):
        subject, fault = self.people[person], self._claim_fault(person, operator)
        arguments = (self.operators[operator], self.model.books[operator].promised[person])
        faults = [error(*fault) if fault else None]
        proof = self._proof(person, operator)
        if self._do(faults, self.market.claim, *arguments, proof, sender=subject):
            self._claimed(person, operator)
        self._done()

    @rule(operator=OPERATOR, twice=booleans())
    def claim_in_a_batch(self, operator, twice):
        """Everybody's signed claims, some of them twice: what fails is skipped."""
        claims, skipped = [], []
        forecast = copy.deepcopy(self.model)
        for person in (0, 1, 0) if twice else (1, 0):
            subject, total = self.people[person], self.model.books[operator].promised[person]
            message = claim_message(self.market, subject, self.operators[operator], total, subject, FOREVER)
            proof = self._proof(person, operator)
            claims.append((subject, self.operators[operator], total, subject, FOREVER, proof, sign(subject, message)))
            fault = self._claim_fault(person, operator)
            if fault:
                skipped.append((subject, "0x" + selector(fault[0]).hex()))
            else:
                self._claimed(person, operator)
        changed, self.model = self.model, forecast
        self._do([], self.market.claimBatchBySig, claims, sender=self.relayer)
        changed.clock, self.model = self.model.clock, changed
        self._done()

    @rule(operator=OPERATOR)
    def pay_operator_settled(self, operator):
        books = self.model.books[operator]
        faults = [error("ZeroAmount") if books.share == 0 else None]
        if self._do(faults, self.market.payOperatorSettled, self.operators[operator], sender=self.relayer):
            self.model.operators_paid[operator] += books.share
            books.share = 0
        self._done()

    # --------------------------------------------------------------------------------------- people, time and the chain

    @rule(person=PERSON, operator=OPERATOR, by_signature=booleans())
    def change_mind(self, person, operator, by_signature):
        subject, lane, allowed = self.people[person], self.lanes[operator], self.model.allowed[person]
        if not allowed[operator]:
            self._do([], self.consents.grant, lane, consent(self.model.clock), sender=subject)
        elif by_signature:
            at = self.model.clock
            signature = sign(subject, revoke_message(self.consents, subject, lane, at))
            self._do([], self.consents.revokeBySig, subject, lane, at, signature, sender=self.relayer)
        else:
            self._do([], self.consents.revoke, lane, sender=subject)
        allowed[operator] = not allowed[operator]
        self._done()

    @rule(person=PERSON)
    def revoke_everything(self, person):
        self._do([], self.consents.revokeAll, sender=self.people[person])
        self.model.allowed[person] = [False, False]
        self._done()

    @rule(hours=integers(1, 40))
    def wait(self, hours):
        self.model.clock += hours * 3_600

    @rule()
    def remember(self):
        self.remembered.append((request("evm_snapshot"), len(self.history)))

    @rule()
    @precondition(lambda self: self.remembered)
    def go_back(self):
        snapshot, blocks = self.remembered.pop()
        assert request("evm_revert", snapshot)
        self.history = self.history[:blocks]
        self._resume()

    @rule(depth=integers(1, 5))
    def reorganise(self, depth):
        """The last blocks are replaced by as many empty ones."""
        depth = min(depth, len(self.history) - 1)
        if depth:
            request("anvil_reorg", depth, [])
            kept = self.history[:-depth]
            self.remembered = [each for each in self.remembered if each[1] <= len(kept)]
            self.history = kept + [kept[-1]] * depth
            self._resume()

    def _resume(self):
        """Go on from the newest block of the history, at the chain's time."""
        self.model = copy.deepcopy(self.history[-1])
        self.model.clock = now()

    # -------------------------------------------------------------------------------------------------- what must hold

    @invariant()
    def books_are_the_models(self):
        for operator, books in enumerate(self.model.books):
            address = self.operators[operator]
            mine = [number for number, (each, _) in enumerate(TERMS) if each == operator]
            states = self.market.campaignsOf(address, [self.terms[number].id for number in mine])
            for number, state in zip(mine, states, strict=True):
                expected = self.model.campaigns[number]
                assert plain(state) == tuple(map(int, vars(expected).values()))
            root = books.tree.root[:20] if books.tree else bytes(20)
            expected = ("0x" + root.hex(), books.pool, books.total, books.share, books.epoch)
            assert plain(self.market.booksOf(address)) == expected
        settled = [lane_of(operator, 0) for operator in self.operators]
        for person, subject in enumerate(self.people):
            accounts = [plain(credit)[:2] for credit in self.market.creditsOf(subject, self.lanes + settled)]
            assert accounts[:2] == list(zip(self.model.earned[person], self.model.withdrawn[person], strict=True))
            assert accounts[2:] == [(0, books.claimed[person]) for books in self.model.books]

    @invariant()
    def market_holds_exactly_what_it_owes(self):
        model = self.model
        escrow = sum(campaign.escrow for campaign in model.campaigns)
        uncollected = sum(map(sum, model.earned)) - sum(map(sum, model.withdrawn))
        unpaid = sum(self._owed(number) for number in range(len(TERMS)))
        settled = sum(books.pool + books.share for books in model.books)
        assert self.token.balanceOf(self.market) == escrow + uncollected + unpaid + settled
        assert self.token.balanceOf(self.advertiser) == MINTED - model.deposited + model.refunded
        for operator, payout in enumerate(self.payouts):
            assert self.token.balanceOf(payout) == model.operators_paid[operator]
        for person, subject in enumerate(self.people):
            claimed = sum(books.claimed[person] for books in model.books)
            assert self.token.balanceOf(subject) == sum(model.withdrawn[person]) + claimed

    def teardown(self):
        """Everybody takes what is theirs: nothing is left but what a lie's losers were promised in vain."""
        self.model.clock = max(self.model.clock, max(terms.ends_at for terms in self.terms) + DAY)
        try:
            for person in (0, 1):
                self.withdraw(person)
                for operator in (0, 1):
                    self.claim(person, operator)
            for campaign in range(len(TERMS)):
                self.pay_operator(campaign)
                self.refund(campaign, patient=True)
            for operator in (0, 1):
                self.pay_operator_settled(operator)
            self.books_are_the_models()
            self.market_holds_exactly_what_it_owes()
            dust = sum(books.pool for books in self.model.books)
            assert self.token.balanceOf(self.market) == dust
            for books in self.model.books:
                lied = books.promised != books.due or any(
                    claimed > due for claimed, due in zip(books.claimed, books.due, strict=True)
                )
                assert books.pool == 0 or lied
            people = sum(map(sum, self.model.earned)) + sum(sum(books.claimed) for books in self.model.books)
            spent = people + sum(self.model.operators_paid) + self.model.refunded + dust
            assert spent == self.model.deposited
        finally:
            request("evm_revert", self.start)


def consent(at):
    """A consent to travel until long after the campaigns, as a word."""
    return Consent(1 << TRAVEL, ends_at=at + 100 * DAY, floor=20_000, cap=CAP).word


@pytest.fixture
def world(
    consents,
    operators,
    owner,
    alice,
    bob,
    advertiser,
    operator,
    rival,
    payout,
    stranger,
    relayer,
    keepers,
    TestDollar,
    SignalMarket,
):
    token = TestDollar.deploy(6, {"from": owner})
    market = SignalMarket.deploy(token, consents, operators, {"from": owner})
    for each, to in ((operator, payout), (rival, stranger)):
        operators.register(to, "", {"from": each})
        for person in (alice, bob):
            consents.grant(lane_of(each), consent(now()), {"from": person})
    token.mint(advertiser, MINTED, {"from": owner})
    token.approve(market, MINTED, {"from": advertiser})
    return {
        "contracts": (token, consents, market),
        "people": (alice, bob),
        "operators": (operator, rival),
        "payouts": (payout, stranger),
        "advertiser": advertiser,
        "relayer": relayer,
        "keepers": keepers[:3],
    }


def test_money_is_conserved(world):
    run_state_machine_as_test(
        lambda: MoneyLifecycle(world),
        settings=settings(max_examples=20, stateful_step_count=20, deadline=None),
    )
