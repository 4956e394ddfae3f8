"""Erasing a subject: everywhere or shown where not, in spite of silence, refusals and crashes; confirmed once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import event

from fairsignal.adapters.chain import recover_typed
from fairsignal.adapters.db import migrate, open_engine
from fairsignal.domain.errors import NotFound, Refused, Unavailable
from fairsignal.domain.keeper_messages import erased_message
from fairsignal.pipeline.erasure_gate import refuse_while_erasing
from fairsignal.ports import (
    ErasureRow,
)
from tests.market.erasure_scene import (
    ALL,
    CHAIN,
    DAY,
    KEEPERS,
    OPERATOR,
    OTHER,
    REGISTRY,
    SUBJECT,
    Scene,
    Steps,
    relay,
)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    engine = open_engine(f"sqlite+aiosqlite:///{tmp_path / 'backend.db'}")
    # Power is not cut here; thousands of commits would wait for the disk.
    event.listen(engine.sync_engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    await migrate(engine)
    scene = Scene(engine, tmp_path)
    await scene.publish()
    await scene.publish(OTHER)
    yield scene
    await engine.dispose()


async def test_everything_is_erased_everywhere_and_confirmed_once(scene: Scene) -> None:
    await relay(scene)
    scene.chain.finalize()
    assert await scene.eraser.step() == 0
    assert await scene.states() == dict.fromkeys(sorted(ALL), "erased")
    assert await scene.state() == "confirmed"
    assert await scene.left() == []
    report = await scene.eraser.report(SUBJECT)
    assert (report.row.tx_hash, report.row.confirmed_at) == ("0xcc", scene.chain.facts[SUBJECT][-1].confirmed_at)
    scene.chain.finalize()
    assert await scene.eraser.step() == 1
    assert await scene.eraser.step() == 0
    assert scene.chain.confirmations == [SUBJECT]
    assert set(await scene.left(OTHER)) >= {"profile", "cids", "keeper:1", "embedded", "remote"}


async def test_keepers_receipts_are_kept(scene: Scene) -> None:
    await relay(scene)
    scene.chain.finalize()
    await scene.eraser.step()
    kept = await scene.replica("keeper:2")
    message = erased_message(CHAIN, REGISTRY, OPERATOR.address, SUBJECT, kept.erased_at)
    assert recover_typed(message, kept.receipt) == KEEPERS[1].address


async def test_own_transaction_is_noticed_once_final(scene: Scene) -> None:
    scene.chain.ask()
    await scene.eraser.step()
    assert await scene.states() == dict.fromkeys(sorted(ALL), "pending")
    assert len(await scene.left()) > 0
    scene.chain.finalize()
    await scene.eraser.step()
    assert await scene.left() == []


async def test_nothing_is_deleted_before_the_request_is_final(scene: Scene) -> None:
    await relay(scene)
    before = await scene.left()
    await scene.eraser.step()
    assert await scene.state() == "requested"
    assert await scene.left() == before
    assert all(keeper.calls == 0 for keeper in scene.keepers)


async def test_many_requests_are_read_across_queries_and_the_place_is_remembered(scene: Scene) -> None:
    people = [SUBJECT, OTHER, *(f"0x{index:040X}" for index in range(0xC1, 0xC6))]
    for subject in people:
        scene.chain.ask(subject)
    scene.chain.finalize()
    await scene.eraser.step()
    assert sorted(scene.chain.confirmations) == sorted(people)
    async with scene.units() as work:
        assert await work.erasures.read_to() == len(people)


async def test_request_that_was_confirmed_long_ago_does_not_erase_what_came_after(scene: Scene) -> None:
    scene.chain.ask()
    scene.chain.finalize()
    await scene.chain.confirm_erasure(SUBJECT)
    scene.chain.finalize()
    await scene.eraser.step()
    assert "profile" in await scene.left()
    with pytest.raises(NotFound, match="has not asked"):
        await scene.eraser.report(SUBJECT)


async def test_silent_keeper_is_shown_and_asked_again_with_growing_pauses(scene: Scene) -> None:
    scene.keepers[1].error = Unavailable("No answer.", code="keeper-unavailable")
    await relay(scene)
    scene.chain.finalize()
    await scene.eraser.step()
    assert await scene.states() == dict.fromkeys(sorted(ALL), "erased") | {"keeper:2": "pending"}
    assert scene.chain.confirmations == []
    pauses = []
    for attempt in range(1, 11):
        silent = await scene.replica("keeper:2")
        assert (silent.attempts, silent.error) == (attempt, "keeper-unavailable")
        pauses.append(silent.next_try_at - scene.clock.now())
        scene.clock.time = silent.next_try_at - 1
        await scene.eraser.step()
        assert scene.keepers[1].calls == attempt
        scene.clock.tick()
        await scene.eraser.step()
    assert pauses == [15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert [keeper.calls for keeper in scene.keepers] == [1, 11, 1]
    scene.keepers[1].error = None
    scene.clock.tick(3_600)
    await scene.eraser.step()
    assert await scene.state() == "confirmed"
    assert scene.chain.confirmations == [SUBJECT]


async def test_keeper_that_refuses_is_shown_and_asked_again(scene: Scene) -> None:
    scene.keepers[0].error = Refused("Not final for me.", code="no-erasure-request")
    await relay(scene)
    scene.chain.finalize()
    await scene.eraser.step()
    refused = await scene.replica("keeper:1")
    assert (refused.state, refused.error) == ("refused", "no-erasure-request")
    scene.keepers[0].error = None
    scene.clock.tick(15)
    await scene.eraser.step()
    assert await scene.left() == []


@pytest.mark.parametrize("lie", ["another key", "an old receipt"])
async def test_receipt_that_is_not_the_keepers_or_not_of_today_counts_for_nothing(scene: Scene, lie: str) -> None:
    keeper = scene.keepers[2]
    keeper.receipt_by, keeper.late = (KEEPERS[0], 0) if lie == "another key" else (None, 3_600)
    await relay(scene)
    scene.chain.finalize()
    await scene.eraser.step()
    liar = await scene.replica("keeper:3")
    assert (liar.state, liar.error, liar.receipt) == ("refused", "bad-receipt", b"")
    assert scene.chain.confirmations == []


async def test_store_that_does_not_answer_is_shown_and_all_versions_are_deleted_later(scene: Scene) -> None:
    scene.remote.dead = True
    await relay(scene)
    scene.chain.finalize()
    await scene.eraser.step()
    dead = await scene.replica("blobs:remote")
    assert (dead.state, dead.error) == ("pending", "not-erased")
    assert set(await scene.left()) == {"remote", "cids"}
    scene.remote.dead = False
    scene.clock.tick(15)
    await scene.eraser.step()
    assert await scene.left() == []
    assert scene.chain.confirmations == [SUBJECT]


async def test_one_silent_keeper_holds_up_one_round_of_one_subject_only(scene: Scene) -> None:
    """Sixteen people, eight at a time: whoever comes after the first eight does not wait for it again."""
    scene.keepers[0].error = Unavailable("No answer.", code="keeper-unavailable")
    for index in range(16):
        scene.chain.ask(f"0x{0xD0 + index:040X}")
    scene.chain.finalize()
    await scene.eraser.step()
    assert scene.keepers[0].calls <= 8
    assert scene.keepers[1].calls == 16


async def test_nothing_is_published_while_an_erasure_is_open(scene: Scene) -> None:
    async def publishes() -> bool:
        try:
            await refuse_while_erasing(scene.chain, scene.units, OPERATOR.address, SUBJECT)  # type: ignore[arg-type]
        except Refused as error:
            return error.code != "erasure-open"
        return True

    assert await publishes()
    scene.chain.ask()
    assert not await publishes()  # seen at the head, before anything is noted
    scene.chain.finalize()
    await scene.eraser.step()
    assert not await publishes()  # confirmed, but not final: keepers would delete what is deposited
    with pytest.raises(Refused) as caught:
        await scene.publish()
    assert caught.value.code == "erasure-open"
    scene.chain.finalize()
    assert not await publishes()
    await scene.eraser.step()
    assert await publishes()
    await scene.publish()
    assert "profile" in await scene.left()


async def test_profile_of_whom_asked_is_matched_no_more(scene: Scene) -> None:
    await relay(scene)
    async with scene.units() as work:
        assert list(await work.profiles.many([SUBJECT, OTHER])) == [OTHER]


async def test_profile_that_is_being_published_is_erased_afterwards(scene: Scene) -> None:
    await relay(scene)
    scene.chain.finalize()
    async with scene.locks.setdefault(SUBJECT, asyncio.Lock()):
        erasing = asyncio.create_task(scene.eraser.step())
        await asyncio.sleep(0.05)
        assert "profile" in await scene.left()
        assert all(keeper.calls == 0 for keeper in scene.keepers)
    await erasing
    assert await scene.left() == []


async def test_asking_again_after_the_confirmation_erases_again(scene: Scene) -> None:
    await relay(scene)
    await scene.until_closed()
    await scene.publish()
    scene.chain.ask()
    await scene.until_closed()
    assert await scene.left() == []
    assert scene.chain.confirmations == [SUBJECT, SUBJECT]


async def test_confirmation_that_a_reorg_took_is_given_again(scene: Scene) -> None:
    await relay(scene)
    scene.chain.finalize()
    await scene.eraser.step()
    scene.chain.reorg()
    await scene.eraser.step()
    assert await scene.state() == "requested"
    await scene.until_closed()
    assert scene.chain.confirmations == [SUBJECT, SUBJECT]


async def test_request_that_a_reorg_took_erases_nothing_and_is_forgotten_after_a_day(scene: Scene) -> None:
    before = await scene.left()
    await relay(scene)
    scene.chain.reorg()
    await scene.eraser.step()
    assert await scene.state() == "requested"
    scene.clock.tick(DAY + 2)
    await scene.eraser.step()
    with pytest.raises(NotFound):
        await scene.eraser.report(SUBJECT)
    assert await scene.left() == before


async def test_node_that_is_down_does_not_stop_erasing(scene: Scene) -> None:
    scene.keepers[0].error = Unavailable("No answer.")
    await relay(scene)
    scene.chain.finalize()
    await scene.eraser.step()
    scene.keepers[0].error, scene.chain.down = None, True
    scene.clock.tick(15)
    await scene.eraser.step()
    assert set((await scene.states()).values()) == {"erased"}
    assert await scene.state() == "erased"
    scene.chain.down = False
    await scene.eraser.step()
    assert scene.chain.confirmations == [SUBJECT]


async def test_keeper_that_is_set_up_no_more_is_waited_for_and_named(scene: Scene) -> None:
    scene.keepers[2].error = Unavailable("No answer.")
    await relay(scene)
    scene.chain.finalize()
    await scene.eraser.step()
    gone = scene.keepers.pop()
    scene.eraser = scene.started(Steps())
    scene.clock.tick(15)
    await scene.eraser.step()
    assert (await scene.replica("keeper:3")).error == "not-configured"
    assert scene.chain.confirmations == []
    gone.error = None
    scene.keepers.append(gone)
    scene.eraser = scene.started(Steps())
    scene.clock.tick(15)
    await scene.eraser.step()
    assert scene.chain.confirmations == [SUBJECT]


async def test_crash_at_any_step_resumes_and_confirms_once(scene: Scene) -> None:
    """The process dies before each of its steps in turn: commits, deletions, keepers' answers, the confirmation."""
    del scene.keepers[1:]  # the steps at the others would be the same
    for step in range(1, 200):
        scene.chain.confirmations.clear()
        died = await scene.died_at(step)
        if died:
            await scene.until_closed()
        assert await scene.left() == [], f"died at step {step}"
        assert scene.chain.confirmations == [SUBJECT], f"died at step {step}"
        if not died:
            break
        await scene.publish()
    assert 40 < step < 199


async def test_never_asked_is_said(scene: Scene) -> None:
    with pytest.raises(NotFound) as caught:
        await scene.eraser.report(OTHER)
    assert caught.value.code == "no-erasure-request"


async def test_row_that_was_closed_shows_a_new_request_before_it_is_final(scene: Scene) -> None:
    await relay(scene)
    await scene.until_closed()
    scene.chain.ask()
    report = await scene.eraser.report(SUBJECT)
    assert report.row == ErasureRow(SUBJECT, scene.chain.facts[SUBJECT][-1].requested_at)
    assert {replica.state for replica in report.replicas} == {"pending"}
