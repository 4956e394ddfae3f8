"""A keeper killed at any step of a release, an erasure, a sweep or a change of keys is before or after, not between."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from fairsignal.domain.errors import BadInput
from fairsignal.domain.keeper_messages import erasure_message
from fairsignal.domain.sealing import SealedProfile
from fairsignal.keeper.sweep import Sweeper
from tests.keeper.dying import deaths
from tests.keeper.world import (
    CHAIN_ID,
    DAY,
    OPERATOR,
    REGISTRY,
    SUBJECT,
    Kept,
    asked,
    open_kept,
    snapshot,
    standstill,
    stored,
)

pytestmark = pytest.mark.slow
WEEK = 7 * DAY


class Scene:
    """A keeper's directory, from which every run starts again."""

    def __init__(self, tmp_path: Path) -> None:
        self._first, self.directory = tmp_path / "first", tmp_path / "keeper"
        self._first.mkdir()
        self.sealed: SealedProfile = asyncio.run(self._deposited())

    async def _deposited(self) -> SealedProfile:
        kept = open_kept(self._first)
        sealed = kept.seal()
        await kept.deposit(sealed)
        await kept.close()
        return sealed

    def renew(self) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)
        shutil.copytree(self._first, self.directory)

    async def run(self, act: Callable[[Kept], Awaitable[Any]]) -> Any:
        """Open the keeper, act, close it."""
        kept = open_kept(self.directory)
        kept.chain.snapshot = snapshot(self.sealed.digest)
        try:
            return await act(kept)
        finally:
            await kept.close()

    def died(self, act: Callable[[Kept], Awaitable[Any]]) -> Any:
        """Step after step of its death."""
        return deaths(lambda: self.run(act), self.directory, self.renew)

    def after(self, act: Callable[[Kept], Awaitable[Any]]) -> Any:
        """What a keeper finds that starts on what is left."""
        return asyncio.run(self.run(act))


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


async def erased(kept: Kept) -> None:
    message = erasure_message(CHAIN_ID, REGISTRY, kept.keeper.signer.address, SUBJECT)
    kept.chain.standing = {"finalized": {SUBJECT: standstill(erasure_open=True)}}
    await kept.keeper.erase(OPERATOR.address, SUBJECT, OPERATOR.sign_typed(message))


async def swept(kept: Kept) -> None:
    revoked = {SUBJECT: standstill(consented=False)}
    kept.chain.standing = {"latest": revoked, "finalized": revoked}
    await Sweeper(kept.chain.reader, kept.box, kept.keeper.keys, kept.clock).sweep()


def test_killed_while_releasing_keeps_the_share_and_never_answers_a_request_twice_that_it_noted(scene: Scene) -> None:
    request = asked()
    outcomes = set()
    for step in scene.died(lambda kept: kept.keeper.release(request)):

        async def state(kept: Kept) -> str:
            noted = bool(await kept.log.released(None, 10))
            assert (await kept.keeper.release(asked())).results[0].share is not None
            try:
                again = await kept.keeper.release(request)
            except BadInput as error:
                return f"{error.code}, {'noted' if noted else 'not noted'}"
            assert again.results[0].share is not None
            assert not noted  # a release on record is never without its request's nonce
            return "before"

        outcomes.add(scene.after(state))
        assert step or "request-replayed, noted" in outcomes
    assert outcomes == {"before", "request-replayed, not noted", "request-replayed, noted"}


@pytest.mark.parametrize("act", [erased, swept], ids=["erasing", "sweeping"])
def test_killed_while_deleting_has_all_or_nothing_and_deletes_when_asked_again(
    scene: Scene, act: Callable[[Kept], Awaitable[None]]
) -> None:
    outcomes = set()
    for step in scene.died(act):
        held = scene.after(lambda kept: stored(kept, scene.sealed))
        if held:
            answer = scene.after(lambda kept: kept.keeper.release(asked()))
            assert answer.results[0].share is not None
        outcomes.add(held)
        assert step or not held
        scene.after(act)
        assert not scene.after(lambda kept: stored(kept, scene.sealed))
        assert not any(SUBJECT.encode() in path.read_bytes() for path in scene.directory.glob("keeper.db*"))
    assert outcomes == {True, False}


@pytest.mark.parametrize("weeks", [1, 2])
def test_killed_while_its_key_changes_has_one_key_of_the_week_and_forgets_the_old_one(scene: Scene, weeks: int) -> None:
    async def turned(kept: Kept) -> None:
        kept.clock.time += weeks * WEEK
        await kept.keeper.introduce()
        kept.keeper.keys.forget_expired(kept.clock.now())

    async def found(kept: Kept) -> bytes:
        kept.clock.time += weeks * WEEK
        key = (await kept.keeper.introduce()).hpke_key
        assert (await kept.keeper.introduce()).hpke_key == key
        await kept.deposit(kept.seal())  # what is sealed to it opens
        kept.keeper.keys.forget_expired(kept.clock.now())
        return key

    async def later(kept: Kept) -> None:
        kept.clock.time += (weeks + 2) * WEEK
        await kept.keeper.introduce()
        kept.keeper.keys.forget_expired(kept.clock.now())

    steps = 0
    for _ in scene.died(turned):
        steps += 1
        key = scene.after(found)
        assert scene.after(found) == key
        assert len(list((scene.directory / "keys").glob("epoch-*.x25519.json"))) == (2 if weeks == 1 else 1)
        assert scene.after(lambda kept: stored(kept, scene.sealed))
        # Nothing that the death left behind outlives the key, not even an unfinished copy of it.
        scene.after(later)
        (left,) = (scene.directory / "keys").glob("epoch-*")
        assert left.name.endswith(".x25519.json")
    assert steps > 3
