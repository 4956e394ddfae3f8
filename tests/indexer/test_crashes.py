"""``kill -9`` at any moment: what was committed is whole, the rest is read again."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.db.leases import DatabaseLease
from fairsignal.adapters.db.projection import SqlProjection
from fairsignal.cli.local_stack import repository
from fairsignal.indexer.follow import Follower
from tests.indexer.scene import FINAL, Scene, World


@pytest.fixture
async def unheld(world: World, database_url: str, engine: AsyncEngine) -> Scene:
    """A scene whose lease is somebody else's to take: the process that is going to be killed."""
    lease = DatabaseLease(engine, "indexer", "after-the-crash", timedelta(seconds=60))
    projection = SqlProjection(engine, lease)
    return Scene(world, engine, projection, Follower(world.source, projection))


def environment(world: World, database_url: str) -> dict[str, str]:
    return {
        **os.environ,
        "FAIRSIGNAL_RPC_URL": world.chain.rpc_url,
        "FAIRSIGNAL_DEPLOYMENT": str(world.chain.deployment),
        "FAIRSIGNAL_DATABASE_URL": database_url,
        "FAIRSIGNAL_INDEX_LEASE": "PT1S",
        "FAIRSIGNAL_INDEX_POLL": "PT0.01S",
        "FAIRSIGNAL_INDEX_RANGE": "1",  # many small transactions
    }


async def killed_after(scene: Scene, database_url: str, function: str, nth: int) -> None:
    command = [sys.executable, "-m", "tests.indexer.killed_index", function, str(nth)]
    child = await asyncio.create_subprocess_exec(
        *command, cwd=repository(), env=environment(scene.world, database_url), stdout=DEVNULL, stderr=PIPE
    )
    async with asyncio.timeout(60):
        _, said = await child.communicate()
    assert child.returncode == -signal.SIGKILL, said.decode()


async def take_over(scene: Scene) -> None:
    """As another replica, or the same one started again: when the lease of the dead one runs out."""
    lease = scene.projection._lease
    assert lease is not None
    deadline = time.monotonic() + 30
    while not await lease.hold():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    ("function", "nth"),
    [("_store", 3), pytest.param("_load", 1, marks=SLOW), pytest.param("_move", 2, marks=SLOW)],
)
async def test_killed_in_the_middle_of_backfill_goes_on_where_it_was(
    unheld: Scene, database_url: str, function: str, nth: int
) -> None:
    people = [await unheld.granted() for _ in range(3)]
    await unheld.world.mine(FINAL)
    await killed_after(unheld, database_url, function, nth)
    cursor = await unheld.projection.cursor()
    assert cursor is not None
    # One block a transaction, from behind the one before our contracts on.
    assert cursor.number == max(unheld.world.source.start_block - 1, 0) + nth - 1
    await take_over(unheld)
    await unheld.catch_up()
    assert [await unheld.consented(person) for person in people] == [True] * 3
    await unheld.checked()


@pytest.mark.parametrize(
    "function",
    [
        "_take_back",
        pytest.param("_store", marks=SLOW),
        pytest.param("_note", marks=SLOW),
        pytest.param("_move", marks=SLOW),
    ],
)
async def test_killed_in_the_middle_of_a_rollback_leaves_the_old_branch_whole(
    scene: Scene, database_url: str, function: str
) -> None:
    kept, gone = await scene.granted(), await scene.granted()
    await scene.catch_up()
    before, changes = await scene.projection.cursor(), await scene.changes()
    await scene.world.reorg(1)
    assert scene.projection._lease is not None
    await scene.projection._lease.release()
    await killed_after(scene, database_url, function, 1)
    assert await scene.projection.cursor() == before
    assert await scene.changes() == changes
    assert (await scene.consented(kept), await scene.consented(gone)) == (True, True)
    await take_over(scene)
    await scene.catch_up()
    assert (await scene.consented(kept), await scene.consented(gone)) == (True, False)
    await scene.checked()


async def test_killed_at_any_moment_goes_on_where_it_was(unheld: Scene, database_url: str) -> None:
    """From outside, while it works: whatever it is doing then."""
    await unheld.granted()
    await unheld.world.mine(20)
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "fairsignal", "index", "--json"),
        cwd=repository(), env=environment(unheld.world, database_url), stdout=PIPE, stderr=DEVNULL,
    )  # fmt: skip
    assert child.stdout is not None
    async with asyncio.timeout(60):
        for _ in range(5):
            assert b'"block"' in await child.stdout.readline()
    child.send_signal(signal.SIGKILL)
    await child.wait()
    cursor = await unheld.projection.cursor()
    assert cursor is not None
    await take_over(unheld)
    progress = await unheld.catch_up()
    assert progress.block >= cursor.number
    await unheld.checked()


@SLOW
async def test_terminated_indexer_gives_its_lease_back_at_once(unheld: Scene, database_url: str) -> None:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "fairsignal", "index", "--json"),
        cwd=repository(), env=environment(unheld.world, database_url), stdout=PIPE, stderr=DEVNULL,
    )  # fmt: skip
    assert child.stdout is not None
    async with asyncio.timeout(60):
        assert b'"block"' in await child.stdout.readline()
    child.terminate()
    async with asyncio.timeout(30):
        assert await child.wait() == 0
    assert await unheld.count("leases") == 0


@SLOW
async def test_second_process_is_refused_while_another_indexes(scene: Scene, database_url: str) -> None:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "fairsignal", "index", "--once"),
        cwd=repository(), env=environment(scene.world, database_url), stdout=DEVNULL, stderr=PIPE,
    )  # fmt: skip
    async with asyncio.timeout(60):
        _, said = await child.communicate()
    assert child.returncode == 1
    assert b"[already-indexing]" in said
