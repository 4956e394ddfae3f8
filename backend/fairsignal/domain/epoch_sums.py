"""Whether an epoch's sums and everybody's running totals follow from its uses and from the epoch before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from fairsignal.domain.epoch_rules import EpochCheck
from fairsignal.domain.violations import EpochRule, Violation

__all__ = ["compare_days", "compare_sums", "compare_totals"]

_Totals = Iterable[tuple[bytes, int]]
"""(subject, base units), subjects strictly ascending."""


def compare_sums(
    check: EpochCheck, *, debits: Sequence[int], gross: int, uses: int, total: int, previous_total: int
) -> Iterator[Violation]:
    """Compare what a log, or the chain, says an epoch comes to with the uses that it lists.

    Args:
        check: after its last group.
        debits: base units by position in the log's campaign table.
        total: everybody's running totals, ever, base units;
        previous_total: the same after the epoch before.
    """
    if uses != check.listed_uses:
        yield Violation(EpochRule.WRONG_COUNT, f"The log lists {check.listed_uses} uses and says {uses}.")
    for position, (said, found) in enumerate(zip(debits, check.listed_debits, strict=True)):
        if said != found:
            detail = f"The campaign's uses come to {found} base units, {said} were debited."
            yield Violation(EpochRule.WRONG_DEBIT, detail, campaign=check.campaign_id(position))
    if gross != check.listed_gross:
        yield Violation(EpochRule.WRONG_GROSS, f"All uses come to {check.listed_gross} base units, not {gross}.")
    if total != previous_total + check.listed_shares:
        detail = f"People had {previous_total} and earned {check.listed_shares} base units; the new total is {total}."
        yield Violation(EpochRule.WRONG_TOTAL, detail)


def compare_totals(previous: _Totals, shares: _Totals, current: _Totals, *, total: int) -> Iterator[Violation]:
    """Everybody's new running total is the old one and the epoch's share; nobody is left out or comes twice.

    Args:
        previous: after the epoch before.
        shares: what each person's listed uses earned in this epoch.
        current: what this epoch's log says.
        total: what its leaves are said to add up to.
    """
    summed, last = 0, b""
    expected = _added(previous, shares)
    due = next(expected, None)
    for subject, said in current:
        summed += said
        if subject <= last:
            yield Violation(EpochRule.WRONG_SHARE, "The totals list this person twice or out of order.", subject)
            continue
        last = subject
        while due is not None and due[0] < subject:
            yield _left_out(*due)
            due = next(expected, None)
        if due is None or due[0] != subject:
            detail = f"The running total is {said} base units, but there are no earnings."
            yield Violation(EpochRule.WRONG_SHARE, detail, subject)
            continue
        if due[1] != said:
            detail = f"The running total is {said} base units; earlier totals and this epoch's uses come to {due[1]}."
            yield Violation(EpochRule.WRONG_SHARE, detail, subject)
        due = next(expected, None)
    while due is not None:
        yield _left_out(*due)
        due = next(expected, None)
    if summed != total:
        detail = f"All running totals add up to {summed} base units; {total} was settled."
        yield Violation(EpochRule.WRONG_TOTAL, detail)


def compare_days(check: EpochCheck, days: Iterable[tuple[bytes, int, int]]) -> Iterator[Violation]:
    """The counts that the next epoch starts from are those of the uses listed.

    Args:
        check: after its last group.
        days: (subject, lane, metered uses on the UTC day of the epoch's last block).
    """
    missing = check.listed_days() - check.uncertain_days
    for subject, lane, said in days:
        if (subject, lane) in check.uncertain_days:
            continue  # there is a finding about the use that makes it so
        missing.discard((subject, lane))
        found = check.listed_day_count(subject, lane)
        if said != found:
            yield _wrong_count(subject, lane, found, said)
    for subject, lane in sorted(missing):
        yield _wrong_count(subject, lane, check.listed_day_count(subject, lane), 0)


def _wrong_count(subject: bytes, lane: int, found: int, said: int) -> Violation:
    detail = (
        f"On the epoch's last day, {found} metered uses for purpose {lane & 0xFF} are listed; the log counts {said}."
    )
    return Violation(EpochRule.WRONG_DAYS, detail, subject)


def _left_out(subject: bytes, amount: int) -> Violation:
    return Violation(EpochRule.WRONG_SHARE, f"The person earned {amount} base units and has no total.", subject)


def _added(one: _Totals, other: _Totals) -> Iterator[tuple[bytes, int]]:
    """Two ascending streams as one, with the amounts of who is in both added."""
    left, right = iter(one), iter(other)
    a, b = next(left, None), next(right, None)
    while a is not None or b is not None:
        if b is None or (a is not None and a[0] < b[0]):
            assert a is not None
            yield a
            a = next(left, None)
        elif a is None or b[0] < a[0]:
            yield b
            b = next(right, None)
        else:
            yield a[0], a[1] + b[1]
            a, b = next(left, None), next(right, None)
