"""``kill -9`` while a profile is sealed: afterwards it is sealed or it is not, and what was begun is completed."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from pathlib import Path

from fairsignal.domain.errors import Unavailable
from tests.e2e.actors import Someone
from tests.keepers_e2e.deals import RELEASED, Deal, Market


def holders(market: Market, subject: str) -> list[int]:
    """Share indices of the keepers that have shares of a subject on their disk."""
    found = []
    for index, environment in enumerate(market.stack.keeper_environments, start=1):
        path = Path(environment["FAIRSIGNAL_KEEPER_DATA_DIR"]) / "keeper.db"
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as db:
            (count,) = db.execute("SELECT count(*) FROM deposits WHERE subject = ?", (subject,)).fetchone()
        if count:
            found.append(index)
    return found


async def attested(market: Market, person: Someone, seconds: float = 20) -> bytes:
    """Wait until a profile is attested; -> its hash."""
    deadline = time.monotonic() + seconds
    while not any(digest := await person.reader.reader.digest_of(market.operator, person.address)):
        assert time.monotonic() < deadline, "never attested"
        await asyncio.sleep(0.1)
    return digest


async def held_by_all(market: Market, person: Someone, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while len(have := holders(market, person.address)) < len(market.urls):
        assert time.monotonic() < deadline, f"only keepers {have} have their shares"
        await asyncio.sleep(0.1)


async def assert_whole(market: Market, person: Someone) -> None:
    """Every keeper has its shares of the attested profile, which opens for who pays."""
    await attested(market, person)
    await held_by_all(market, person)
    deal = Deal(person, market.buyer, await market.campaign())
    await market.pay(deal)
    await market.stack.chain.finalize()
    assert await market.answers(await deal.request()) == RELEASED


async def test_sealing_that_was_killed_half_way_completes_on_restart(market: Market) -> None:
    person = Someone(market.wallets[0])
    await market.grant(person)
    sending = asyncio.create_task(market.send_chats(person))
    while not holders(market, person.address):
        assert not sending.done()
        await asyncio.sleep(0.001)
    market.stack.backend.kill()
    with contextlib.suppress(Unavailable):
        await sending
    await market.stack.restart_backend()
    await assert_whole(market, person)


async def test_keeper_that_was_killed_after_its_word_has_its_shares_and_a_dead_one_gets_them_later(
    market: Market,
) -> None:
    market.stack.keepers[1].kill()
    person = await market.person()
    market.stack.keepers[0].kill()
    assert holders(market, person.address) == [1, 3, 4, 5]
    await asyncio.gather(market.stack.restart_keeper(0), market.stack.restart_keeper(1))
    await assert_whole(market, person)
