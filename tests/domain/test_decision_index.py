"""The index in memory answers as the rules do, whatever order its facts come in."""

from __future__ import annotations

import dataclasses

from hypothesis import given, settings
from hypothesis import strategies as st

from fairsignal.domain.campaign import Campaign, CampaignTerms
from fairsignal.domain.consent import Consent, Purpose, SubjectState, is_in_force
from fairsignal.domain.decision import Allowed, Offer, Standing, bits_of, match
from fairsignal.domain.decision_index import ALLOWED, RULES, DecisionIndex
from fairsignal.domain.pacing import Pace

NOW = 1_800_000_000
TODAY = NOW // 86_400
BITS = (0, 1, 33, 63, 64, 100)
"""Categories on both sides of the middle of a mask."""
AD = "0x00000000000000000000000000000000000000AD"
NOBODY = SubjectState()

masks = st.sets(st.sampled_from(BITS)).map(lambda bits: sum(1 << bit for bit in bits))
times = st.integers(NOW - 3, NOW + 3)
purposes = st.sampled_from(list(Purpose))
consents = st.builds(
    Consent,
    categories=masks,
    granted_at=times,
    ends_at=times,
    floor=st.sampled_from([0, 49, 50, 51, (1 << 32) - 1]),
    cap=st.integers(0, 3),
    version=st.integers(0, (1 << 19) - 1),
    guarded=st.booleans(),
)
states = st.builds(SubjectState, revoked_all_at=st.sampled_from([0, NOW - 2, NOW, NOW + 2]), minor=st.booleans())


@st.composite
def offers(draw: st.DrawFn, decimals: int) -> Offer:
    unit = 10 ** (decimals - 6)
    price = 50 * unit + draw(st.sampled_from([-1, 0, 1]))
    wants = draw(masks.filter(bool))  # the contract refuses a campaign without categories
    terms = CampaignTerms(AD, AD, draw(purposes), wants, max(price, 1), draw(times), 1)
    uses = draw(st.integers(0, 5))
    escrow = draw(st.sampled_from([0, terms.price_per_use - 1, terms.price_per_use, 10 * terms.price_per_use]))
    campaign = Campaign(terms, bytes(32), escrow, uses, draw(st.sampled_from([0, NOW - 1, NOW, NOW + 1])))
    pace = draw(st.none() | st.builds(Pace, st.just(NOW - 10), st.just(NOW + 10), st.integers(1, 12)))
    return Offer(campaign, draw(st.integers(0, 6)), pace)


@dataclasses.dataclass
class Person:
    purpose: Purpose
    consent: Consent
    state: SubjectState
    signals: int
    day: int
    used: int

    def standing(self, purpose: int) -> Standing:
        if purpose != self.purpose:
            return Standing(Consent.from_word(0), self.state, 0)
        return Standing(self.consent, self.state, self.used if self.day == TODAY else 0)

    def reached(self, purpose: int) -> int:
        """Bitmap of the categories in which this person counts as audience."""
        standing = self.standing(purpose)
        counts = is_in_force(standing.consent, standing.subject, purpose, NOW)
        return standing.consent.categories & self.signals if counts else 0


people = st.lists(
    st.builds(
        Person, purposes, consents, states, masks, day=st.sampled_from([TODAY - 1, TODAY]), used=st.integers(0, 4)
    ),
    min_size=1,
    max_size=6,
)


def subject(number: int) -> bytes:
    return (number + 1).to_bytes(20)


def fed(persons: list[Person], *, decimals: int, audience: int, order: list[int]) -> DecisionIndex:
    """An index that learnt of consents, states, signals and uses in this order, at an earlier time."""
    index = DecisionIndex(decimals=decimals, audience=audience, capacity=1)
    index.advance(NOW - 5)
    feeds = [
        lambda: index.put_consents([(subject(i), person.purpose, person.consent) for i, person in enumerate(persons)]),
        lambda: index.put_states([(subject(i), person.state) for i, person in enumerate(persons)]),
        lambda: index.put_signals([(subject(i), person.signals) for i, person in enumerate(persons)]),
        lambda: index.put_uses([(subject(i), p.purpose, p.day, p.used) for i, p in enumerate(persons)]),
    ]
    for number in order:
        feeds[number]()
    index.advance(NOW)
    return index


@st.composite
def markets(draw: st.DrawFn) -> tuple[int, list[Offer]]:
    decimals = draw(st.sampled_from([6, 18]))
    return decimals, draw(st.lists(offers(decimals), min_size=1, max_size=4))


@settings(max_examples=200, deadline=None)
@given(people, markets(), purposes, st.integers(1, 3), st.booleans(), st.permutations(range(4)))
def test_index_answers_as_the_rules_do(
    persons: list[Person],
    market: tuple[int, list[Offer]],
    purpose: Purpose,
    k: int,
    quiet: bool,
    order: list[int],
) -> None:
    decimals, bids = market
    index = fed(persons, decimals=decimals, audience=k, order=order)
    counts = [sum(person.reached(purpose) >> bit & 1 for person in persons) for bit in range(128)]
    assert index.reach(purpose) == counts
    audience = sum(1 << bit for bit, count in enumerate(counts) if count >= k)
    verdicts = index.decide(index.rows([subject(i) for i in range(len(persons))]), purpose, bids, quiet=quiet)
    for offer, verdict in zip(bids, verdicts, strict=True):
        for person, code, category in zip(persons, verdict.rules, verdict.categories, strict=True):
            expected = match(
                person.standing(purpose),
                person.signals,
                offer,
                audience,
                purpose=purpose,
                quiet=quiet,
                now=NOW,
                decimals=decimals,
            )
            if code == ALLOWED:
                assert Allowed(int(category), offer.campaign.terms.price_per_use) == expected
            else:
                assert RULES[code] is expected


@settings(deadline=None)
@given(people, people)
def test_what_comes_later_replaces_what_came_before(before: list[Person], after: list[Person]) -> None:
    index = fed(before, decimals=6, audience=1, order=[0, 1, 2, 3])
    for number, old in enumerate(before):
        index.put_consents([(subject(number), old.purpose, Consent.from_word(0))])
    for number, person in enumerate(after):
        index.put_consents([(subject(number), person.purpose, person.consent)])
        index.put_states([(subject(number), person.state)])
        index.put_signals([(subject(number), person.signals)])
    for number in range(len(after), len(before)):
        index.put_signals([(subject(number), 0)])
    for purpose in Purpose:
        reached = [sum(person.reached(purpose) >> bit & 1 for person in after) for bit in range(128)]
        assert index.reach(purpose) == reached


def test_whoever_is_not_known_has_no_consent() -> None:
    index = DecisionIndex(decimals=6, audience=1)
    index.advance(NOW)
    terms = CampaignTerms(AD, AD, 1, 1, 50, NOW + 1, 1)
    offer = Offer(Campaign(terms, bytes(32), 50, 0, 0), 1)
    (verdict,) = index.decide(index.rows([subject(7)]), 1, [offer], quiet=False)
    assert RULES[verdict.rules[0]] == "no-consent"


def test_floors_are_those_of_the_people_in_reach() -> None:
    persons = [
        Person(Purpose.AD_TARGETING, Consent(1, NOW - 9, ends, floor, 1, 1, guarded=False), NOBODY, signals, 0, 0)
        for floor, signals, ends in ((30, 1, NOW + 9), (10, 1, NOW + 9), (20, 0, NOW + 9), (5, 1, NOW))
    ]
    index = fed(persons, decimals=6, audience=1, order=[0, 1, 2, 3])
    assert index.floors(Purpose.AD_TARGETING, 0).tolist() == [10, 30]


@given(st.integers(0, (1 << 128) - 1))
def test_bits_of_a_mask(mask: int) -> None:
    assert sum(1 << bit for bit in bits_of(mask)) == mask
