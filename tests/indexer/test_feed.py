"""What readers of the projection see: the feed of changes, a check against a replay, and one writer at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from fairsignal.adapters.db import projection as projection_module
from fairsignal.adapters.db.leases import DatabaseLease, LeaseLost
from fairsignal.domain.errors import Conflict, IntegrityError, NotFound, Unavailable
from fairsignal.indexer.run import Indexer
from tests.indexer.scene import FINAL, Scene


async def execute(scene: Scene, statement: str, **values: object) -> None:
    async with scene.engine.begin() as connection:
        await connection.execute(text(statement), values)


async def test_feed_names_each_row_that_changed_once_in_a_transaction(scene: Scene) -> None:
    person = await scene.granted()
    await scene.catch_up()
    seen = len(await scene.changes())
    await person.revoke()
    await person.send("revokeAll")
    await scene.follower.step()
    fresh = (await scene.changes())[seen:]
    assert sorted(fresh) == [("consents", person.key), ("subject_states", person.subject)]


async def test_many_changes_at_once_are_told_as_one_reload(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    await scene.catch_up()
    monkeypatch.setattr(projection_module, "_NAMED_CHANGES", 1)
    for _ in range(2):
        await scene.granted()
    await scene.follower.step()
    assert (await scene.changes())[-1] == ("reload", b"")


async def test_old_changes_are_dropped_and_their_numbers_never_used_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projection_module, "_KEPT_CHANGES", 2)
    for _ in range(3):
        await scene.granted()
        await scene.catch_up()
    assert await scene.count("changes") == 2
    async with scene.engine.connect() as connection:
        newest = await connection.scalar(text("SELECT max(seq) FROM changes"))
    await execute(scene, "DELETE FROM changes")
    await scene.granted()
    await scene.catch_up()
    async with scene.engine.connect() as connection:
        assert await connection.scalar(text("SELECT min(seq) FROM changes")) > newest


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ("UPDATE consents SET block = block + 1 WHERE subject = :subject", "has block"),
        ("DELETE FROM consents WHERE subject = :subject", "is missing"),
        ("UPDATE consents SET subject = :other WHERE subject = :subject", "should not be there"),
    ],
)
async def test_check_names_the_first_row_that_differs(scene: Scene, damage: str, says: str) -> None:
    person = await scene.granted()
    await scene.catch_up()
    checked = await scene.checked()
    assert checked.rows["consents"] >= 1
    # A lower address in the same place comes first, and is a row too many.
    values = {"subject": person.subject} | ({"other": bytes(20)} if ":other" in damage else {})
    await execute(scene, damage, **values)
    with pytest.raises(IntegrityError) as caught:
        await scene.checked()
    assert caught.value.code == "projection-differs"
    shown = values.get("other", person.subject).hex()
    assert f"consents with lane 0x{person.key[:21].hex()}, subject 0x{shown} {says}" in caught.value.message


async def test_check_of_a_branch_that_is_gone_asks_to_try_again(scene: Scene) -> None:
    await scene.granted()
    await scene.catch_up()
    await scene.world.reorg(1)
    with pytest.raises(Unavailable) as caught:
        await scene.checked()
    assert caught.value.code == "chain-moved"


async def test_check_before_anything_was_indexed_says_so(scene: Scene) -> None:
    with pytest.raises(NotFound) as caught:
        await scene.checked()
    assert caught.value.code == "not-indexed"


async def test_who_lost_the_lease_writes_nothing(scene: Scene) -> None:
    await scene.catch_up()
    before = await scene.projection.cursor()
    await execute(scene, "UPDATE leases SET owner = 'another', expires_at = expires_at + 60")
    await scene.granted()
    with pytest.raises(LeaseLost):
        await scene.follower.step()
    assert await scene.projection.cursor() == before


async def test_second_indexer_of_a_database_is_refused_while_the_first_runs(scene: Scene) -> None:
    other = DatabaseLease(scene.engine, "indexer", "another", timedelta(seconds=5))
    indexer = Indexer(scene.follower, scene.projection, other, timedelta(seconds=1))
    with pytest.raises(Conflict) as caught:
        await indexer.catch_up()
    assert caught.value.code == "already-indexing"


async def test_final_and_unfinalized_blocks_make_the_same_rows(scene: Scene) -> None:
    """The same events once block by block, once by ranges: a check replays by ranges what was followed."""
    person = await scene.granted()
    await scene.catch_up()
    await person.revoke()
    await scene.catch_up()
    await person.send("revokeAll")
    await scene.catch_up()
    await scene.checked()
    await scene.world.mine(FINAL + 1)
    await scene.catch_up()
    await scene.checked()
