"""When shares are deleted, and when they are not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from fairsignal.adapters.keepers import SqliteDepositBox
from fairsignal.adapters.keys import KeyRing, RingEpochKeys
from fairsignal.domain.errors import Unavailable
from fairsignal.keeper.sweep import Sweeper, erased_shares, expired_shares
from fairsignal.ports import BlockRef, BlockTag, Deposit, HeldShares, Standstill
from tests.keeper.world import DAY, NOW, OPERATOR, SUBJECT, Clock, FakeChain, standstill

ONE, TWO, THREE = b"\1" * 32, b"\2" * 32, b"\3" * 32
HOUR = 3_600
FRESH, OLD = NOW - 10, NOW - HOUR - 1
NEVER = standstill(consented=False, ever=False)
REVOKED = standstill(ONE, consented=False)


@dataclass(frozen=True)
class Case:
    name: str
    deposits: tuple[tuple[bytes, int, int], ...]
    """(digest, version, when it came)"""
    head: Standstill
    final: Standstill
    gone: list[bytes]


CASES = [
    Case("attested and consented", ((ONE, 1, OLD),), standstill(ONE), standstill(ONE), []),
    Case("revoked and final", ((ONE, 1, OLD),), REVOKED, REVOKED, [ONE]),
    Case("revoked at the head only", ((ONE, 1, OLD),), REVOKED, standstill(ONE), []),
    Case("re-granted at the head only", ((ONE, 1, OLD),), standstill(ONE), REVOKED, []),
    Case("revoked, all versions", ((ONE, 1, OLD), (TWO, 2, FRESH)), REVOKED, REVOKED, [ONE, TWO]),
    Case("fresh, consent not final", ((ONE, 1, FRESH),), standstill(), NEVER, []),
    Case("fresh, consent nowhere yet", ((ONE, 1, FRESH),), NEVER, NEVER, []),
    Case("an hour old, consent never came", ((ONE, 1, OLD),), NEVER, NEVER, [ONE]),
    Case("waits an hour to the second", ((ONE, 1, NOW - HOUR),), NEVER, NEVER, []),
    Case("fresh, attestation not final", ((ONE, 1, FRESH),), standstill(ONE), standstill(), []),
    Case("old, attestation at the head only", ((ONE, 1, OLD),), standstill(ONE), standstill(), []),
    Case("old, never attested", ((ONE, 1, OLD),), standstill(), standstill(), [ONE]),
    Case("fresh, never attested", ((ONE, 1, FRESH),), standstill(), standstill(), []),
    Case("superseded", ((ONE, 1, OLD), (TWO, 2, OLD)), standstill(TWO), standstill(TWO), [ONE]),
    Case("superseded at the head only", ((ONE, 1, OLD), (TWO, 2, OLD)), standstill(TWO), standstill(ONE), []),
    Case("attestation reorged at the head", ((ONE, 1, OLD), (TWO, 2, OLD)), standstill(ONE), standstill(TWO), []),
    Case("new version on its way", ((ONE, 1, OLD), (TWO, 2, FRESH)), standstill(ONE), standstill(ONE), []),
    Case("new version never came", ((ONE, 1, OLD), (TWO, 2, OLD)), standstill(ONE), standstill(ONE), [TWO]),
    Case(
        "two superseded, one on its way",
        ((ONE, 1, OLD), (TWO, 2, OLD), (THREE, 3, FRESH)),
        standstill(TWO),
        standstill(TWO),
        [ONE],
    ),
    Case("successor that it missed", ((ONE, 1, OLD),), standstill(TWO), standstill(TWO), [ONE]),
    Case("same version, on its way", ((ONE, 1, OLD), (TWO, 1, FRESH)), standstill(ONE), standstill(ONE), []),
    Case("same version, never attested", ((ONE, 1, OLD), (TWO, 1, OLD)), standstill(ONE), standstill(ONE), [TWO]),
    Case("erasure open and final", ((ONE, 1, FRESH),), standstill(ONE), standstill(ONE, erasure_open=True), [ONE]),
    Case("erasure open at the head only", ((ONE, 1, OLD),), standstill(ONE, erasure_open=True), standstill(ONE), []),
    Case(
        "erasure confirmed",
        ((ONE, 1, OLD), (TWO, 2, NOW - 10)),
        standstill(TWO),
        standstill(TWO, erasure_confirmed_at=NOW - 20),
        [ONE],
    ),
    Case(
        "came in the second of the confirmation",
        ((ONE, 1, NOW - 20),),
        standstill(ONE),
        standstill(ONE, erasure_confirmed_at=NOW - 20),
        [ONE],
    ),
    Case(
        "confirmed at the head only",
        ((ONE, 1, OLD),),
        standstill(ONE, erasure_confirmed_at=NOW),
        standstill(ONE),
        [],
    ),
    Case(
        "came after a confirmed erasure",
        ((TWO, 2, NOW - 10),),
        standstill(TWO),
        standstill(TWO, erasure_confirmed_at=NOW - 20),
        [],
    ),
    Case(
        "erasure asked for again after a confirmed one",
        ((TWO, 2, NOW - 10),),
        standstill(TWO),
        standstill(TWO, erasure_confirmed_at=NOW - 20, erasure_open=True),
        [TWO],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_deleted(case: Case) -> None:
    held = HeldShares(OPERATOR.address, SUBJECT, case.deposits)
    assert expired_shares(held, case.head, case.final, NOW) == case.gone
    assert set(erased_shares(held, case.final)) <= set(case.gone)


def test_erasure_on_demand_takes_what_came_before_its_confirmation() -> None:
    held = HeldShares(OPERATOR.address, SUBJECT, ((ONE, 1, NOW - 30), (TWO, 2, NOW - 10)))
    assert erased_shares(held, standstill(ONE)) == []
    assert erased_shares(held, standstill(ONE, erasure_open=True)) == [ONE, TWO]
    assert erased_shares(held, standstill(ONE, erasure_confirmed_at=NOW - 20)) == [ONE]


# --- the sweeper over a real database -------------------------------------------------------------------------------

OTHER_OPERATOR = "0x00000000000000000000000000000000000000A2"


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[SqliteDepositBox]:
    box = SqliteDepositBox(tmp_path / "keeper.db", b"\5" * 32)
    yield box
    await box.close()


def deposit_of(subject: str, digest: bytes = ONE, version: int = 1, operator: str = OPERATOR.address) -> Deposit:
    return Deposit(operator, subject, version, digest, 1, b"shares of " + subject.encode())


def person(number: int) -> str:
    return f"0x{number:040x}"


def sweeper(chain: FakeChain, box: SqliteDepositBox, directory: Path, clock: Clock | None = None) -> Sweeper:
    keys = RingEpochKeys(KeyRing(directory / "keys", None, clear_allowed=True), timedelta(days=7))
    return Sweeper(chain.reader, box, keys, clock or Clock())


async def test_sweep_goes_through_everybody_in_portions(tmp_path: Path, box: SqliteDepositBox) -> None:
    people = [person(number) for number in range(1, 226)]
    await asyncio.gather(*(box.put(deposit_of(subject), OLD) for subject in people))
    ended = set(people[::3])
    now_and_final = {subject: REVOKED if subject in ended else standstill(ONE) for subject in people}
    chain = FakeChain(standing={"latest": now_and_final, "finalized": now_and_final})
    assert await sweeper(chain, box, tmp_path).sweep() == len(ended) == 75
    left = [held.subject for held in await box.held(("", ""), 1_000)]
    assert left == [subject for subject in people if subject not in ended]
    assert sorted({len(asked) for _, asked in chain.asked}) == [25, 200]
    assert await sweeper(chain, box, tmp_path).sweep() == 0


async def test_finalized_block_is_read_before_the_head(tmp_path: Path, box: SqliteDepositBox) -> None:
    """The other way round, a re-grant that became final in between would look revoked at both."""
    await box.put(deposit_of(SUBJECT), OLD)
    chain = FakeChain(standing={"latest": {SUBJECT: standstill(ONE)}, "finalized": {SUBJECT: REVOKED}})
    assert await sweeper(chain, box, tmp_path).sweep() == 0
    assert [tag for tag, _ in chain.asked] == ["finalized", "latest"]


async def test_subject_of_two_operators_is_judged_for_each(tmp_path: Path, box: SqliteDepositBox) -> None:
    await box.put(deposit_of(SUBJECT), OLD)
    await box.put(deposit_of(SUBJECT, operator=OTHER_OPERATOR), OLD)

    class TwoOperators(FakeChain):
        async def standstills(
            self, operator: str, subjects: Sequence[str], tag: BlockTag
        ) -> tuple[BlockRef, dict[str, Standstill]]:
            return BlockRef(1, NOW), {SUBJECT: REVOKED if operator == OTHER_OPERATOR else standstill(ONE)}

    assert await sweeper(TwoOperators(), box, tmp_path).sweep() == 1
    assert (await box.of(OPERATOR.address, SUBJECT)).deposits
    assert not (await box.of(OTHER_OPERATOR, SUBJECT)).deposits


async def test_only_the_superseded_version_goes(tmp_path: Path, box: SqliteDepositBox) -> None:
    await box.put(deposit_of(SUBJECT), OLD)
    await box.put(deposit_of(SUBJECT, TWO, 2), OLD)
    now = {SUBJECT: standstill(TWO)}
    assert await sweeper(FakeChain(standing={"latest": now, "finalized": now}), box, tmp_path).sweep() == 1
    assert await box.get(OPERATOR.address, SUBJECT, ONE) is None
    assert await box.get(OPERATOR.address, SUBJECT, TWO) == deposit_of(SUBJECT, TWO, 2)


async def test_node_that_does_not_answer_costs_no_share(tmp_path: Path, box: SqliteDepositBox) -> None:
    class Silent(FakeChain):
        async def standstills(
            self, operator: str, subjects: Sequence[str], tag: BlockTag
        ) -> tuple[BlockRef, dict[str, Standstill]]:
            if tag == "latest":
                raise Unavailable("The node does not answer.")
            return BlockRef(1, NOW), {SUBJECT: REVOKED}

    await box.put(deposit_of(SUBJECT), OLD)
    with pytest.raises(Unavailable):
        await sweeper(Silent(), box, tmp_path).sweep()
    assert await box.get(OPERATOR.address, SUBJECT, ONE) is not None


@pytest.mark.parametrize("off", [-2 * DAY, 2 * DAY], ids=["two days behind", "two days ahead"])
async def test_keeper_whose_clock_is_off_sweeps_by_the_chains_time(
    tmp_path: Path, box: SqliteDepositBox, off: int
) -> None:
    people = [person(number) for number in range(1, 4)]
    fresh, old, erased = people
    await box.put(deposit_of(fresh), FRESH)
    await box.put(deposit_of(old), OLD)
    await box.put(deposit_of(erased), FRESH)
    now = dict.fromkeys((fresh, old), NEVER) | {erased: standstill(ONE, erasure_confirmed_at=FRESH - 1)}
    chain = FakeChain(standing={"latest": now, "finalized": now})
    assert await sweeper(chain, box, tmp_path, Clock(NOW + off)).sweep() == 1
    assert [held.subject for held in await box.held(("", ""), 9)] == [fresh, erased]


async def test_sweep_also_deletes_old_keys(tmp_path: Path, box: SqliteDepositBox) -> None:
    clock = Clock()
    sweeping = sweeper(FakeChain(), box, tmp_path, clock)
    sweeping.keys.current(clock.now())
    (first,) = (tmp_path / "keys").iterdir()
    clock.time += 14 * DAY
    sweeping.keys.current(clock.now())
    await sweeping.sweep()
    assert not first.exists()
    assert len(list((tmp_path / "keys").iterdir())) == 1
