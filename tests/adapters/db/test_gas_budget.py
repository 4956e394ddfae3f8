"""What relaying may cost on a day, counted by all processes together."""

from __future__ import annotations

import asyncio

from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.db import open_engine
from fairsignal.adapters.db.gas_budget import DatabaseGasBudget


async def test_day_takes_no_more_than_its_limit(engine: AsyncEngine) -> None:
    budget = DatabaseGasBudget(engine)
    assert not await budget.take(1, 101, 100)
    assert await budget.take(1, 60, 100)
    assert not await budget.take(1, 41, 100)
    assert await budget.take(1, 40, 100)
    assert (await budget.spent(1), await budget.spent(2)) == (100, 0)
    assert await budget.take(2, 100, 100)


async def test_what_was_not_used_is_given_back(engine: AsyncEngine) -> None:
    budget = DatabaseGasBudget(engine)
    await budget.take(1, 100, 100)
    await budget.give_back(1, 30)
    assert await budget.take(1, 30, 100)
    assert await budget.spent(1) == 100


async def test_what_is_never_refused_is_counted(engine: AsyncEngine) -> None:
    budget = DatabaseGasBudget(engine)
    assert await budget.take(1, 100, 100)
    assert await budget.take(1, 100, None)
    assert await budget.spent(1) == 200


async def test_processes_do_not_spend_the_same_gas(engine: AsyncEngine) -> None:
    url = engine.url.render_as_string(hide_password=False)
    engines = [open_engine(url) for _ in range(4)]
    try:
        taken = await asyncio.gather(*(DatabaseGasBudget(engines[n % 4]).take(1, 10, 155) for n in range(40)))
    finally:
        for each in engines:
            await each.dispose()
    assert sum(taken) == 15
    assert await DatabaseGasBudget(engine).spent(1) == 150
