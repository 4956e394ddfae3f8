"""Logs that say what happened pass; whatever is changed in one is found, and named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fairsignal.domain.chain_events import At, RevokedAll
from fairsignal.domain.cid import cid_of_digest
from fairsignal.domain.decision import Rule
from fairsignal.domain.errors import IntegrityError, NotFound
from fairsignal.domain.log_keys import LogKeys
from fairsignal.domain.log_parts import read_directory
from fairsignal.domain.merkle import pack_leaf, unpack_leaves
from fairsignal.domain.violations import EpochRule, Violation
from fairsignal.epochs.check import EpochReport, check_epoch
from fairsignal.epochs.people import People
from fairsignal.epochs.previous import check_continues, read_previous_books
from fairsignal.epochs.read import BadPart, Books, LogReader, fetch_index
from tests.epochs.world import DECIMALS, Epoch, Times, World, block_time, person

Change = Callable[[Epoch], Epoch]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def first_epoch(world: World) -> Epoch:
    return await world.publish(world.random_uses(1, 300, 10, 200), first=10, last=200)


async def checked(
    world: World, epoch: Epoch, previous: Epoch | None = None, on_bad: Callable[[BadPart], None] | None = None
) -> EpochReport:
    index = await fetch_index(world.blobs, epoch.digest)
    books = Books()
    if previous is not None:
        books = await read_previous_books(world.blobs, index, epoch.keys, previous.index, previous.index.root)
    reader = LogReader(world.blobs, index, epoch.keys, on_bad)
    return await check_epoch(reader, books, chain=world.chain, times=Times(), decimals=DECIMALS)


def rules(violations: list[Violation]) -> set[str]:
    return {str(violation.rule) for violation in violations}


async def test_honest_epochs_pass_one_after_the_other(world: World) -> None:
    one = await first_epoch(world)
    two = await world.publish(world.random_uses(2, 200, 201, 300, people=20), first=201, last=300, previous=one)
    # The third is of another day.
    three = await world.publish(world.random_uses(3, 50, 8_000, 8_100), first=301, last=8_100, previous=two)
    last: Epoch | None = None
    for epoch in (one, two, three):
        assert check_continues(epoch.index, last and last.index, last.digest if last else bytes(32)) == []
        report = await checked(world, epoch, last)
        assert (report.violations, report.bad_parts, report.complete) == ([], [], True)
        assert report.root == epoch.index.root
        assert report.check is not None
        assert (report.check.gross, report.check.uses) == (epoch.index.gross, epoch.index.uses)
        last = epoch
    assert len(one.books.days) == 40
    assert sum(count for _, _, count in two.books.days) == 500, "the same day goes on"
    assert sum(count for _, _, count in three.books.days) == 50


async def test_a_use_after_a_revocation_is_named(world: World) -> None:
    epoch = await first_epoch(world)
    subject, uses = next(iter(epoch.uses.items()))
    block = uses[-1].block
    world.chain.apply(RevokedAll(At(block, block_time(block), 0, bytes(32)), subject))
    report = await checked(world, epoch)
    (violation,) = [found for found in report.violations if found.use_id == uses[-1].use_id]
    assert (violation.rule, violation.subject, violation.block) == (Rule.NO_CONSENT, subject, block)
    assert rules(report.violations) == {"no-consent"}


async def test_more_uses_than_the_cap_over_two_epochs_of_one_day_are_named(world: World) -> None:
    subject = world.people[0]
    some = {subject: [use for found in world.random_uses(1, 45, 10, 200, 1).values() for use in found]}
    more = {subject: [use for found in world.random_uses(2, 8, 201, 300, 1).values() for use in found]}
    one = await world.publish(some, first=10, last=200)
    two = await world.publish(more, first=201, last=300, previous=one)
    assert (await checked(world, one)).violations == []
    report = await checked(world, two, one)
    assert [(found.rule, found.use_id) for found in report.violations] == [
        (Rule.DAILY_CAP_REACHED, use.use_id) for use in more[subject][5:]
    ]


def debit_more(epoch: Epoch) -> Epoch:
    (first, amount), *rest = epoch.index.campaigns
    return replace(epoch, index=replace(epoch.index, campaigns=((first, amount + 1), *rest)))


def gross_less(epoch: Epoch) -> Epoch:
    return replace(epoch, index=replace(epoch.index, gross=epoch.index.gross - 1))


def other_root(epoch: Epoch) -> Epoch:
    return replace(epoch, index=replace(epoch.index, root=b"\1" * 32))


def one_use_more(epoch: Epoch) -> Epoch:
    return replace(epoch, index=replace(epoch.index, uses=epoch.index.uses + 1))


def one_person_more(epoch: Epoch) -> Epoch:
    return replace(epoch, index=replace(epoch.index, subjects=epoch.index.subjects + 1))


def unknown_campaign(epoch: Epoch) -> Epoch:
    (_, amount), *rest = epoch.index.campaigns
    return replace(epoch, index=replace(epoch.index, campaigns=((bytes(32), amount), *rest)))


def move_money(epoch: Epoch) -> Epoch:
    """From the first person to the second; everything else adds up."""
    totals = list(unpack_leaves(epoch.books.leaves))
    totals[0], totals[1] = (totals[0][0], totals[0][1] - 1), (totals[1][0], totals[1][1] + 1)
    return replace(epoch, books=replace(epoch.books, leaves=b"".join(pack_leaf(*total) for total in totals)))


def leave_out_a_person(epoch: Epoch) -> Epoch:
    return replace(epoch, books=replace(epoch.books, leaves=bytes(epoch.books.leaves)[32:]))


def invent_a_person(epoch: Epoch) -> Epoch:
    leaves = sorted([*unpack_leaves(epoch.books.leaves), (person(1_000), 5)])
    return replace(epoch, books=replace(epoch.books, leaves=b"".join(pack_leaf(*leaf) for leaf in leaves)))


def count_a_day_less(epoch: Epoch) -> Epoch:
    (subject, purpose, count), *rest = epoch.books.days
    return replace(epoch, books=replace(epoch.books, days=((subject, purpose, count - 1), *rest)))


def count_one_twice(epoch: Epoch) -> Epoch:
    (one, first), (other, second), *rest = epoch.uses.items()
    uses = {one: first, other: sorted([*second, first[0]], key=lambda use: (use.block, use.use_id)), **dict(rest)}
    return replace(epoch, uses=uses)


def leave_out_a_use(epoch: Epoch) -> Epoch:
    (subject, found), *rest = epoch.uses.items()
    return replace(epoch, uses={subject: found[1:], **dict(rest)})


def a_block_of_the_next_epoch(epoch: Epoch) -> Epoch:
    (subject, found), *rest = epoch.uses.items()
    return replace(epoch, uses={subject: [*found[:-1], found[-1]._replace(block=201)], **dict(rest)})


def disorder(epoch: Epoch) -> Epoch:
    (subject, found), *rest = epoch.uses.items()
    return replace(epoch, uses={subject: found[::-1], **dict(rest)})


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (debit_more, {"wrong-debit"}),
        (gross_less, {"wrong-gross"}),
        (other_root, {"wrong-root"}),
        (one_use_more, {"wrong-count"}),
        (one_person_more, {"wrong-number-of-people"}),
        (unknown_campaign, {"unknown-campaign"}),
        (move_money, {"wrong-share", "wrong-root"}),
        (leave_out_a_person, {"group-of-nobody"}),
        (invent_a_person, {"wrong-share", "wrong-total", "wrong-root", "wrong-number-of-people"}),
        (count_a_day_less, {"wrong-day-count"}),
        (count_one_twice, {"use-counted-twice"}),
        (
            leave_out_a_use,
            {"wrong-count", "wrong-debit", "wrong-gross", "wrong-total", "wrong-share", "wrong-day-count"},
        ),
        (a_block_of_the_next_epoch, {"block-outside-epoch"}),
        (disorder, {"records-out-of-order"}),
    ],
)
async def test_a_changed_log_is_found(world: World, change: Change, expected: set[str]) -> None:
    forged = await world.store(change(await first_epoch(world)))
    report = await checked(world, forged)
    assert expected <= rules(report.violations)
    assert report.bad_parts == []


@pytest.mark.parametrize(
    "change", [debit_more, gross_less, other_root, one_use_more, one_person_more, count_a_day_less]
)
async def test_one_lie_is_one_finding(world: World, change: Change) -> None:
    report = await checked(world, await world.store(change(await first_epoch(world))))
    assert len(report.violations) == 1


async def test_what_the_last_epoch_ended_with_cannot_be_changed_by_the_next(world: World) -> None:
    one = await first_epoch(world)
    honest = await world.publish(world.random_uses(2, 20, 201, 300, people=5), first=201, last=300, previous=one)
    # Somebody who had no use in this epoch loses a base unit to somebody who had none either.
    idle = [subject for subject, _ in unpack_leaves(honest.books.leaves) if subject not in honest.uses]
    totals = dict(unpack_leaves(honest.books.leaves))
    totals[idle[0]] -= 1
    totals[idle[1]] += 1
    forged = replace(honest, books=replace(honest.books, leaves=b"".join(pack_leaf(*leaf) for leaf in totals.items())))
    report = await checked(world, await world.store(forged), one)
    assert {found.subject for found in report.violations if found.rule is EpochRule.WRONG_SHARE} == set(idle[:2])


async def test_an_index_that_does_not_continue_the_last_one_is_found(world: World) -> None:
    one = await first_epoch(world)
    two = await world.publish({}, first=201, last=300, previous=one)
    assert [found.rule for found in check_continues(two.index, one.index, b"\1" * 32)] == [EpochRule.WRONG_PREVIOUS]
    gap = replace(two.index, from_block=205)
    assert [found.rule for found in check_continues(gap, one.index, one.digest)] == [EpochRule.WRONG_RANGE]
    empty = replace(two.index, to_block=200)
    assert [found.rule for found in check_continues(empty, one.index, one.digest)] == [EpochRule.WRONG_RANGE]


async def test_a_missing_part_is_named_and_the_rest_is_checked(world: World) -> None:
    epoch = await first_epoch(world)
    (directory,) = [await world.blobs.get(cid_of_digest(digest)) for digest in epoch.index.use_directories]
    (ref,) = read_directory(directory)
    await world.blobs.delete(cid_of_digest(ref.digest))
    with pytest.raises(NotFound):
        await checked(world, epoch)
    told: list[BadPart] = []
    report = await checked(world, epoch, on_bad=told.append)
    assert report.bad_parts == told
    (bad,) = told
    assert (bad.kind, bad.number, bad.digest, bad.directory) == ("uses", 0, ref.digest, False)
    assert isinstance(bad.error, NotFound)
    assert report.violations == [], "sums of what cannot be read are not compared"
    assert report.root == epoch.index.root


async def test_a_missing_directory_of_totals_is_named(world: World) -> None:
    epoch = await first_epoch(world)
    await world.blobs.delete(cid_of_digest(epoch.index.total_directories[0]))
    told: list[BadPart] = []
    report = await checked(world, epoch, on_bad=told.append)
    assert [(bad.kind, bad.directory) for bad in told] == [("totals", True)]
    assert (report.violations, report.root) == ([], None)


async def test_parts_that_are_swapped_do_not_open(world: World) -> None:
    epoch = await first_epoch(world)
    swapped = replace(
        epoch,
        index=replace(
            epoch.index,
            total_directories=epoch.index.day_directories,
            day_directories=epoch.index.total_directories,
        ),
    )
    await world.blobs.put(swapped.index.encode())
    told: list[BadPart] = []
    await checked(world, swapped, on_bad=told.append)
    assert [(bad.kind, bad.error.code) for bad in told] == [("totals", "does-not-open"), ("days", "does-not-open")]


async def test_another_log_key_opens_nothing(world: World) -> None:
    epoch = await first_epoch(world)
    with pytest.raises(IntegrityError) as refusal:
        await checked(world, replace(epoch, keys=LogKeys(b"\1" * 32, epoch.keys.context)))
    assert refusal.value.code == "does-not-open"


async def test_a_check_stops_after_as_many_violations_as_were_asked_for(world: World) -> None:
    forged = await world.store(unknown_campaign(await first_epoch(world)))
    reader = LogReader(world.blobs, forged.index, forged.keys)
    report = await check_epoch(reader, Books(), chain=world.chain, times=Times(), decimals=DECIMALS, most=3)
    assert (len(report.violations), report.complete) == (3, False)


async def test_everybody_is_found_by_tag_whatever_the_tag_ends_with(world: World) -> None:
    epoch = await first_epoch(world)
    # One tag in 256 ends with a zero byte.
    leaves = b"".join(pack_leaf(each, 1) for each in sorted(person(number) for number in range(2_000)))
    people = People(leaves, epoch.keys)
    tags = sorted((epoch.keys.of_subject(subject)[1], subject) for subject, _ in unpack_leaves(leaves))
    assert any(tag.endswith(b"\0") for tag, _ in tags)
    assert [found and found[1] for found in (people.find(tag) for tag, _ in tags)] == [subject for _, subject in tags]
    assert people.find(b"\xff" * 16) is None
