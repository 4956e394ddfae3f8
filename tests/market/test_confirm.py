"""Confirmations that are retried, reordered, cut and put together anew: every use is paid once."""

from __future__ import annotations

import itertools
import secrets
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.db.tables import Base
from fairsignal.domain.errors import Refused
from fairsignal.domain.use_token import UseTokens
from fairsignal.market.confirm import ConfirmedUse, Confirmer
from fairsignal.market.refusals import Refusals
from tests.adapters.db.decision_rows import NOW, OPERATOR, Rows, decided, person, terms

_salts = itertools.count(1)
_BUDGET, _CAP, _TOKENS = 5, 2, 10


class Watch:
    """The time."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> int:
        return self.at


class NoMeter:
    """Metered campaigns have nothing to do with it."""


def confirmer(rows: Rows, tokens: UseTokens, watch: Watch) -> Confirmer:
    nothing: Any = NoMeter()
    return Confirmer(OPERATOR, tokens, nothing, Refusals(rows.units, watch.now), rows.units, watch)


attempts = st.lists(st.lists(st.integers(0, _TOKENS - 1), min_size=1, max_size=6), min_size=1, max_size=8)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(attempts)
async def test_whatever_is_retried_or_reordered_each_use_is_paid_once(
    engine: AsyncEngine, attempts: list[list[int]]
) -> None:
    rows, campaign = Rows(engine), terms(next(_salts))
    await rows.open(campaign, uses=_BUDGET)
    tokens = UseTokens(secrets.token_bytes(32), b"")
    people = [person(1_000 + 10 * campaign.salt + number % 4) for number in range(_TOKENS)]
    sealed = tokens.seal(NOW, [decided(campaign, subject, cap=_CAP) for subject in people])
    told: dict[int, ConfirmedUse] = {}
    for numbers in attempts:
        # A replica of its own each time: nothing is remembered but what the database has.
        replica = confirmer(rows, tokens, Watch())
        answers = await replica.confirm(secrets.token_hex(8), [sealed[number] for number in numbers])
        for number, answer in zip(numbers, answers, strict=True):
            if isinstance(answer, ConfirmedUse):
                assert told.setdefault(number, answer) == answer
            else:
                assert isinstance(answer, Refused)
                assert number not in told
                assert answer.code in ("daily-cap-reached", "budget-exhausted")
    table = Base.metadata.tables["use_log"]
    async with engine.connect() as connection:
        query = select(table.c.subject, func.count()).where(table.c.campaign == campaign.id).group_by(table.c.subject)
        logged = {row.subject: row.count_1 for row in await connection.execute(query)}
    assert sum(logged.values()) == len(told) <= _BUDGET
    assert max(logged.values(), default=0) <= _CAP
    async with rows.units() as work:
        assert (await work.use_log.budget(campaign.id) or (0, 0))[1] == len(told)
    asked = {number for numbers in attempts for number in numbers}
    room = min(_BUDGET, sum(min(_CAP, sum(people[n] == subject for n in asked)) for subject in set(people)))
    assert len(told) == room  # nothing is refused that there was room for


@pytest.mark.parametrize("seconds", [119, 120])
async def test_token_is_good_until_it_expires(engine: AsyncEngine, seconds: int) -> None:
    rows, campaign, watch = Rows(engine), terms(next(_salts)), Watch()
    await rows.open(campaign)
    tokens = UseTokens(secrets.token_bytes(32), b"")
    watch.at = NOW + seconds
    (answer,) = await confirmer(rows, tokens, watch).confirm(
        "key-0001", tokens.seal(NOW, [decided(campaign, person(1))])
    )
    assert isinstance(answer, ConfirmedUse) is (seconds < 120)
    if not isinstance(answer, ConfirmedUse):
        assert (answer.code, answer.remedy) == ("token-expired", "Ask for a new decision.")
