"""Decisions for many people at a time, from memory: the rules of ``domain.decision`` over NumPy columns.

What is known of a person towards one purpose lies in one record, so that a decision about one of millions of people
costs two cache misses. Pure: whoever owns an index feeds it from the database, in the order of the chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fairsignal.domain.consent import Consent, Purpose, SubjectState
from fairsignal.domain.decision import FLOOR_UNIT_DECIMALS, Offer, Rule

__all__ = ["ALLOWED", "RULES", "DecisionIndex", "Rows", "Verdict"]

ALLOWED = 0
"""The verdict that no rule refuses."""
RULES: tuple[Rule | None, ...] = (None, *Rule)
"""Rules by their number in verdicts."""
_CODE = {rule: code for code, rule in enumerate(RULES)}
_DAY = 86_400
_LOW = (1 << 64) - 1
_MOST = (1 << 32) - 1
_PORTION = 1 << 16
"""Records whose bits are counted at a time; one byte for each bit."""

# Aligned: a record is one cache line.
_RECORD = np.dtype(
    [
        ("categories", "<u8", 2),  # consented to; low half first, here and below
        ("counted", "<u8", 2),  # what of it is in the audiences
        ("end", "<u4"),  # from then on not in force; 0 where something else stands against it
        ("floor", "<u4"),
        ("day", "<u4"),  # of ``used``
        ("granted", "<u4"),
        ("ends", "<u4"),
        ("version", "<u4"),
        ("cap", "<u2"),
        ("used", "<u2"),
        ("guarded", "?"),
    ],
    align=True,
)
_PERSON = np.dtype([("signals", "<u8", 2), ("revoked", "<u8"), ("minor", "?")], align=True)
_NEVER_FOR_MINORS = (Purpose.PROACTIVE_MESSAGE, Purpose.MODEL_TRAINING)

Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One campaign's answers, in the order of the people asked about."""

    rules: NDArray[np.uint8]
    """``ALLOWED``, or the position in ``RULES`` of the rule that refused."""
    categories: NDArray[np.uint8]
    """Bit of the category that matched; meaningless where a rule refused."""


class DecisionIndex:
    """All people of one operator, for one token. Subjects are 20 raw bytes."""

    def __init__(self, *, decimals: int, audience: int, capacity: int = 1024) -> None:
        """
        Args:
            decimals: of the market's token.
            audience: people that a category needs before anything in it is used (k).
        """
        self._unit: int = 10 ** (decimals - FLOOR_UNIT_DECIMALS)
        self._least = audience
        self._rows: dict[bytes, int] = {}
        # Row 0 is nobody: who is not known has no consent.
        self._people = np.zeros(max(capacity, 1), _PERSON)
        self._records = np.zeros((len(Purpose), max(capacity, 1)), _RECORD)
        self._reach = np.zeros((len(Purpose), 128), np.int64)
        self.now = 0
        """Unix seconds of the block that it is current to."""

    def __len__(self) -> int:
        return len(self._rows)

    # ------------------------------------------------------------------------------------------------------- feeding

    def advance(self, now: int) -> None:
        """Another block's time: consents that ended leave the audiences."""
        self.now = now
        for purpose in Purpose:
            records = self._records[purpose - 1]
            gone = (records["end"] <= now) & records["counted"].any(axis=1)
            if gone.any():
                self._recount(np.flatnonzero(gone), purpose)

    def put_consents(self, consents: Iterable[tuple[bytes, int, Consent]]) -> None:
        """Stored consents: (subject, purpose, consent); the newest of a pair last."""
        by_purpose: dict[int, dict[int, Consent]] = {}
        for subject, purpose, consent in consents:
            by_purpose.setdefault(purpose, {})[self._row_for(subject)] = consent
        for purpose, found in by_purpose.items():
            rows = np.fromiter(found, np.intp, len(found))
            records = self._records[purpose - 1]
            columns = (
                ("granted", "granted_at"),
                ("ends", "ends_at"),
                ("floor", "floor"),
                ("cap", "cap"),
                ("version", "version"),
                ("guarded", "guarded"),
            )
            for column, name in columns:
                records[column][rows] = [getattr(consent, name) for consent in found.values()]
            records["categories"][rows] = [_halves(consent.categories) for consent in found.values()]
            self._derive(rows, purpose)

    def put_states(self, states: Iterable[tuple[bytes, SubjectState]]) -> None:
        """What concerns all consents of a person."""
        found = {self._row_for(subject): state for subject, state in states}
        rows = np.fromiter(found, np.intp, len(found))
        self._people["revoked"][rows] = [state.revoked_all_at for state in found.values()]
        self._people["minor"][rows] = [state.minor for state in found.values()]
        for purpose in Purpose:
            self._derive(rows, purpose)

    def put_signals(self, signals: Iterable[tuple[bytes, int]]) -> None:
        """Bitmaps of the categories in which a person has an attested signal; 0 for none any more."""
        found = {self._row_for(subject): categories for subject, categories in signals}
        rows = np.fromiter(found, np.intp, len(found))
        self._people["signals"][rows] = [_halves(mask) for mask in found.values()] or np.empty((0, 2), np.uint64)
        for purpose in Purpose:
            self._recount(rows, purpose)

    def put_uses(self, uses: Iterable[tuple[bytes, int, int, int]]) -> None:
        """How many uses there were: (subject, purpose, UTC day, count). Of a pair only one day is kept, the newest."""
        for subject, purpose, day, count in uses:
            row = self._row_for(subject)  # before the records: they may be moved
            record = self._records[purpose - 1, row]
            if day >= record["day"]:
                record["day"], record["used"] = day, min(count, 0xFFFF)

    # ------------------------------------------------------------------------------------------------------- asking

    def rows(self, subjects: Sequence[bytes]) -> Rows:
        """Where these people are; 0 for who is not known."""
        return np.fromiter(map(self._rows.get, subjects, repeat(0)), np.intp, len(subjects))

    def reach(self, purpose: int) -> list[int]:
        """People who can be reached in each category, by its bit: consent in force, and a signal."""
        return [int(count) for count in self._reach[purpose - 1]]

    def audience(self, purpose: int) -> int:
        """Bitmap of the categories with enough of them."""
        return sum(1 << int(bit) for bit in np.flatnonzero(self._reach[purpose - 1] >= self._least))

    def floors(self, purpose: int, category: int) -> NDArray[np.uint32]:
        """Floors (millionths of a token) of the people who can be reached in a category, ascending."""
        records = self._records[purpose - 1]
        half, bit = divmod(category, 64)
        reached = (records["counted"][:, half] >> np.uint64(bit) & np.uint64(1)).astype(bool)
        return np.sort(records["floor"][reached])

    def limits(self, rows: Rows, purpose: int) -> tuple[list[int], list[int]]:
        """Uses a day, and versions, of these people's consents."""
        records = self._records[purpose - 1].take(rows)
        return records["cap"].tolist(), records["version"].tolist()

    def decide(self, rows: Rows, purpose: int, offers: Sequence[Offer], *, quiet: bool) -> list[Verdict]:
        """``match`` for every (person, campaign); a verdict for each offer, in order."""
        # Not with brackets: those copy records field by field, thirty times as slowly.
        people, records = self._people.take(rows), self._records[purpose - 1].take(rows)
        today = records["day"] == self.now // _DAY
        facts = _Facts(
            signals=people["signals"],
            consented=people["signals"] & records["categories"],
            absent=records["end"] <= self.now,
            floor=records["floor"],
            full=(records["cap"] <= records["used"]) & today | (records["cap"] == 0),
        )
        audience = self.audience(purpose)
        return [self._verdict(facts, offer, purpose, audience, quiet=quiet) for offer in offers]

    def _verdict(self, facts: _Facts, offer: Offer, purpose: int, audience: int, *, quiet: bool) -> Verdict:
        terms, count = offer.campaign.terms, len(facts.absent)
        if (rule := self._refuses_all(offer, purpose)) is not None:
            return Verdict(np.full(count, _CODE[rule], np.uint8), np.zeros(count, np.uint8))
        bid = terms.categories
        usable, lowest = _lowest(facts.consented, bid & audience)
        # From the last rule to the first, so that the first has the last word.
        rules = np.full(count, _CODE[self._refuses_last(offer, quiet=quiet)], np.uint8)
        np.putmask(rules, facts.full, _CODE[Rule.DAILY_CAP_REACHED])
        # price < floor * unit, in integers that fit
        np.putmask(rules, facts.floor > min(terms.price_per_use // self._unit, _MOST), _CODE[Rule.PRICE_BELOW_FLOOR])
        np.putmask(rules, ~usable, _CODE[Rule.AUDIENCE_TOO_SMALL])
        np.putmask(rules, ~_meets(facts.consented, bid), _CODE[Rule.CATEGORY_NOT_CONSENTED])
        np.putmask(rules, ~_meets(facts.signals, bid), _CODE[Rule.NO_SIGNAL])
        np.putmask(rules, facts.absent, _CODE[Rule.NO_CONSENT])
        return Verdict(rules, lowest)

    def _refuses_all(self, offer: Offer, purpose: int) -> Rule | None:
        campaign = offer.campaign
        if campaign.terms.purpose != purpose:
            return Rule.WRONG_PURPOSE
        closed = campaign.closes_at and self.now >= campaign.closes_at
        return Rule.CAMPAIGN_ENDED if self.now >= campaign.terms.ends_at or closed else None

    def _refuses_last(self, offer: Offer, *, quiet: bool) -> Rule | None:
        campaign = offer.campaign
        if campaign.escrow < campaign.terms.price_per_use:
            return Rule.BUDGET_EXHAUSTED
        if campaign.uses >= offer.ceiling:
            return Rule.VOUCHER_EXHAUSTED
        if offer.pace is not None and campaign.uses >= offer.pace.allowance(self.now):
            return Rule.PACING
        return Rule.QUIET_HOURS if quiet else None

    # ------------------------------------------------------------------------------------------------------- keeping

    def _row_for(self, subject: bytes) -> int:
        row = self._rows.get(subject)
        if row is None:
            row = self._rows[subject] = len(self._rows) + 1
            if row >= len(self._people):
                more = len(self._people)
                self._people = np.concatenate([self._people, np.zeros(more, _PERSON)])
                self._records = np.concatenate([self._records, np.zeros((len(Purpose), more), _RECORD)], axis=1)
        return row

    def _derive(self, rows: Rows, purpose: int) -> None:
        """``consent.is_in_force``, but for the time: it is what changes without anybody doing anything."""
        people, records = self._people.take(rows), self._records[purpose - 1].take(rows)
        void = records["granted"] <= people["revoked"]
        void |= people["minor"] & (~records["guarded"] | (purpose in _NEVER_FOR_MINORS))
        self._records[purpose - 1]["end"][rows] = np.where(void, 0, records["ends"])
        self._recount(rows, purpose)

    def _recount(self, rows: Rows, purpose: int) -> None:
        for start in range(0, len(rows), _PORTION):
            some = rows[start : start + _PORTION]
            records = self._records[purpose - 1].take(some)
            counted = np.where(
                (records["end"] > self.now)[:, None], records["categories"] & self._people["signals"][some], 0
            )
            self._reach[purpose - 1] += _bit_counts(counted) - _bit_counts(records["counted"])
            self._records[purpose - 1]["counted"][some] = counted


@dataclass(frozen=True, slots=True)
class _Facts:
    """Of the people asked about, towards one purpose."""

    signals: NDArray[np.uint64]
    consented: NDArray[np.uint64]
    """Signals in categories that they consented to."""
    absent: NDArray[np.bool_]
    """No consent in force."""
    floor: NDArray[np.uint32]
    full: NDArray[np.bool_]
    """No more uses today."""


def _halves(mask: int) -> tuple[int, int]:
    return mask & _LOW, mask >> 64


def _meets(masks: NDArray[np.uint64], bid: int) -> NDArray[np.bool_]:
    low, high = _halves(bid)
    met: NDArray[np.bool_] = (masks[:, 0] & np.uint64(low)) != 0
    if high:
        met |= (masks[:, 1] & np.uint64(high)) != 0
    return met


def _lowest(masks: NDArray[np.uint64], bid: int) -> tuple[NDArray[np.bool_], NDArray[np.uint8]]:
    """Whether any bit of the bid is set, and the lowest that is."""
    low, high = _halves(bid)
    common = masks[:, 0] & np.uint64(low)
    usable = common != 0
    lowest = _trailing_zeros(common)
    if high:
        upper = masks[:, 1] & np.uint64(high)
        lowest = np.where(usable, lowest, _trailing_zeros(upper) + np.uint8(64))
        usable |= upper != 0
    return usable, lowest


def _trailing_zeros(words: NDArray[np.uint64]) -> NDArray[np.uint8]:
    one = np.uint64(1)
    zeros: NDArray[np.uint8] = np.bitwise_count(~words & (words - one))
    return zeros


def _bit_counts(masks: NDArray[Any]) -> NDArray[np.int64]:
    """(n, 2) words -> how many of them have each of the 128 bits."""
    octets = np.ascontiguousarray(masks, "<u8").view(np.uint8)
    counts: NDArray[np.int64] = np.unpackbits(octets, axis=1, bitorder="little").sum(axis=0, dtype=np.int64)
    return counts
