"""The chain takes blocks back, in every way that it can, on a real Anvil and on both databases."""

from __future__ import annotations

import dataclasses

import pytest

from fairsignal.domain.reorg import Header, ReorgTooDeep, Tips
from tests.indexer.scene import FINAL, Scene


async def test_same_block_twice_changes_nothing(scene: Scene) -> None:
    person = await scene.granted()
    await scene.catch_up()
    before, changes = await scene.projection.cursor(), await scene.changes()
    await scene.catch_up()
    assert await scene.projection.cursor() == before
    assert await scene.changes() == changes
    assert await scene.consented(person)


async def test_missing_blocks_are_read_before_the_one_that_was_seen(scene: Scene) -> None:
    """The head jumps by several blocks between two looks, with a grant and its revocation in between."""
    first = await scene.granted()
    await scene.catch_up()
    second = await scene.granted()
    await first.revoke()
    progress = await scene.catch_up()
    assert progress.block == await scene.world.head()
    assert (await scene.consented(first), await scene.consented(second)) == (False, True)
    await scene.checked()


async def test_reorg_goes_back_to_the_common_ancestor_and_no_further(scene: Scene) -> None:
    kept = await scene.granted()
    await scene.world.mine(FINAL)
    await scene.catch_up()
    ancestor = await scene.world.head()
    gone = await scene.granted()
    await scene.granted()
    await scene.catch_up()
    assert await scene.consented(gone)
    await scene.world.reorg(2)
    progress = await scene.follower.step()
    assert progress.block == ancestor + 2
    assert (await scene.consented(kept), await scene.consented(gone)) == (True, False)
    # Readers of the feed are told of what went back as well.
    assert (await scene.changes())[-2:].count(("consents", gone.key)) == 1
    await scene.checked()


async def test_first_unfinalized_block_can_be_taken_back(scene: Scene) -> None:
    gone = [await scene.granted() for _ in range(FINAL)]
    await scene.catch_up()
    cursor = await scene.projection.cursor()
    assert cursor is not None
    await scene.world.reorg(cursor.number - cursor.finalized)
    await scene.catch_up()
    assert [await scene.consented(person) for person in gone] == [False] * FINAL
    await scene.checked()


async def test_reorg_deeper_than_finality_stops_with_a_clear_error(scene: Scene) -> None:
    person = await scene.granted()
    await scene.world.mine(FINAL + 1)
    await scene.catch_up()
    before, changes = await scene.projection.cursor(), await scene.changes()
    await scene.world.reorg(FINAL + 2)
    with pytest.raises(ReorgTooDeep) as caught:
        await scene.follower.step()
    assert caught.value.code == "reorg-too-deep"
    assert before is not None
    assert f"block {before.finalized}, which it had called final" in caught.value.message
    assert "index --rebuild" in caught.value.remedy
    # Nothing was guessed: all is as it was.
    assert await scene.projection.cursor() == before
    assert await scene.changes() == changes
    assert await scene.consented(person)
    # The way out that the remedy names.
    await scene.projection.clear()
    await scene.catch_up()
    assert not await scene.consented(person)
    assert ("reload", b"") in await scene.changes()
    await scene.checked()


async def test_revocation_that_is_reorged_away_and_comes_back_counts_again(scene: Scene) -> None:
    person = await scene.granted()
    await scene.world.mine(FINAL)
    revocation = await person.revoke()
    await scene.catch_up()
    assert not await scene.consented(person)
    await scene.world.reorg(1)
    await scene.catch_up()
    assert await scene.consented(person)
    await scene.world.include(revocation)
    await scene.catch_up()
    assert not await scene.consented(person)
    await scene.checked()


async def test_revocation_that_both_branches_have_is_never_seen_undone(scene: Scene) -> None:
    """Rollback and the new branch are one transaction: between them, somebody who revoked would be consenting."""
    person = await scene.granted()
    await scene.world.mine(FINAL)
    revocation = await person.revoke()
    await scene.world.mine(1)
    await scene.catch_up()
    await scene.world.reorg(2, [(revocation, 1)])  # a block later: in the same second, the same block would come again
    before = await scene.projection.cursor()
    await scene.follower.step()  # one step, one transaction
    assert await scene.projection.cursor() != before
    assert not await scene.consented(person)
    await scene.checked()


async def test_revoke_all_that_is_taken_back_leaves_the_state_from_before(scene: Scene) -> None:
    """A row of which an event changes a part is put back whole."""
    person = await scene.granted()
    await scene.world.mine(FINAL)
    await scene.catch_up()
    await person.send("revokeAll")
    await scene.catch_up()
    assert not await scene.consented(person)
    await scene.world.reorg(1)
    await scene.catch_up()
    assert await scene.consented(person)
    await scene.checked()


async def test_reorg_of_a_reorg_ends_where_the_chain_does(scene: Scene) -> None:
    person = await scene.granted()
    await scene.world.mine(FINAL)
    await scene.catch_up()
    for _ in range(3):
        await person.revoke()
        await scene.catch_up()
        await scene.world.reorg(1)
        await scene.catch_up()
        assert await scene.consented(person)
    await scene.checked()


async def test_reorg_while_nobody_looked_is_found_on_return(scene: Scene) -> None:
    """The indexer was away: blocks that it knows are gone, and by now the others are final."""
    gone = await scene.granted()
    await scene.catch_up()
    await scene.world.reorg(1)
    await scene.world.mine(2 * FINAL)
    await scene.catch_up()
    assert not await scene.consented(gone)
    await scene.checked()


async def test_undo_is_forgotten_once_blocks_are_final(scene: Scene) -> None:
    await scene.granted()
    await scene.catch_up()
    assert await scene.count("undo") == 1
    await scene.world.mine(FINAL + 1)
    await scene.catch_up()
    assert await scene.count("undo") == 0
    assert await scene.count("blocks") == FINAL + 1  # the unfinalized ones and the newest final one


async def test_node_that_is_behind_takes_nothing_back(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of several nodes at an address may lag: what we know already stays."""
    await scene.granted()
    await scene.catch_up()
    before = await scene.projection.cursor()
    assert before is not None
    lagging = await scene.world.source.header(before.number - 1)
    assert lagging is not None

    async def behind(number: int) -> Tips:
        return Tips(latest=lagging, final=lagging.number - FINAL, at_cursor=None)

    monkeypatch.setattr(scene.world.source, "tips", behind)
    await scene.follower.step()
    assert await scene.projection.cursor() == before


async def test_block_that_does_not_fit_is_not_written(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The chain moves between the look at its head and the reading of its blocks."""
    await scene.catch_up()
    before = await scene.projection.cursor()
    await scene.granted()
    read = scene.world.source.blocks

    async def moved(first: int, last: int) -> list[object]:
        found = await read(first, last)
        return [dataclasses.replace(found[0], header=Header(first, b"\1" * 32, b"\2" * 32, 0)), *found[1:]]

    monkeypatch.setattr(scene.world.source, "blocks", moved)
    with pytest.raises(Exception, match="does not follow") as caught:
        await scene.follower.step()
    assert getattr(caught.value, "code", "") == "chain-moved"
    assert await scene.projection.cursor() == before
