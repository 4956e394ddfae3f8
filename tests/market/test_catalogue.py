"""The catalogue tells of no small group, and the same all day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.db import SqlDecisionFeed
from fairsignal.domain.errors import Unavailable
from fairsignal.market.catalogue import Catalogue
from fairsignal.market.desk import Desk
from fairsignal.ports import CatalogueFigure
from tests.adapters.db.decision_rows import NOW, OPERATOR, TODAY, Rows, person


class Watch:
    """The time."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> int:
        return self.at


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def rows(engine: AsyncEngine) -> Rows:
    return Rows(engine)


async def opened(rows: Rows, watch: Watch, *, least: int) -> Catalogue:
    feed = SqlDecisionFeed(rows.engine, OPERATOR)
    day = timedelta(days=2)
    desk = Desk(feed, watch, decimals=6, audience=least, max_lag=day, poll=day)
    await desk.catch_up()
    return Catalogue(desk, rows.units, watch, least=least)


def figure(figures: list[CatalogueFigure], category: int, purpose: int = 1) -> CatalogueFigure:
    (found,) = [f for f in figures if (f.purpose, f.category) == (purpose, category)]
    return found


async def test_small_groups_are_left_out_and_others_noised_once_a_day(rows: Rows, watch: Watch) -> None:
    await rows.block()
    for number in range(60):
        await rows.consent(person(number), floor=1_000 + number)
        await rows.profile(person(number), 0b11 if number < 3 else 0b1)
    catalogue = await opened(rows, watch, least=20)
    day, figures = await catalogue.today()
    assert day == TODAY
    travel = figure(figures, 0)
    assert travel.reach is not None
    assert abs(travel.reach - 60) < 40  # as good as certain: e^-20
    assert travel.floors == (1_000, 1_000, 1_000)
    assert figure(figures, 1) == CatalogueFigure(1, 1, None, None)  # three people
    assert figure(figures, 0, purpose=2) == CatalogueFigure(2, 0, None, None)
    # Another replica, with other people: still the day's figures.
    await rows.remove("consents")
    again = await opened(rows, watch, least=20)
    assert await again.today() == (day, figures)
    watch.at += 86_400
    assert figure((await again.today())[1], 0).reach is None


async def test_nothing_is_drawn_from_old_news(rows: Rows, watch: Watch) -> None:
    catalogue = await opened(rows, watch, least=1)
    with pytest.raises(Unavailable) as refusal:
        await catalogue.today()
    assert refusal.value.code == "stale"
