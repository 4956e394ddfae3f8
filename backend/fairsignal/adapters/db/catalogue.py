"""``ports.CatalogueDays`` and ``ports.RefusalCounts`` in SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from fairsignal.adapters.db.dialects import upsert
from fairsignal.adapters.db.tables import Base
from fairsignal.domain.decision import Rule
from fairsignal.ports import CatalogueFigure

__all__ = ["SqlCatalogueDays", "SqlRefusalCounts"]

_days = Base.metadata.tables["catalogue_days"]
_counts = Base.metadata.tables["refusal_counts"]


class SqlCatalogueDays:
    """One row a day."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, day: int) -> list[CatalogueFigure] | None:
        figures = await self._session.scalar(select(_days.c.figures).where(_days.c.day == day))
        return None if figures is None else [_figure(figure) for figure in figures]

    async def keep(self, day: int, figures: Sequence[CatalogueFigure]) -> list[CatalogueFigure]:
        row = upsert(self._session, _days).values(day=day, figures=[asdict(figure) for figure in figures])
        await self._session.execute(row.on_conflict_do_nothing())
        kept = await self.get(day)
        assert kept is not None
        return kept


def _figure(fields: Mapping[str, Any]) -> CatalogueFigure:
    floors = fields["floors"]
    return CatalogueFigure(
        purpose=fields["purpose"],
        category=fields["category"],
        reach=fields["reach"],
        floors=None if floors is None else (floors[0], floors[1], floors[2]),
    )


class SqlRefusalCounts:
    """One row for each campaign, day and rule."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, day: int, counts: Mapping[tuple[bytes, Rule], int]) -> None:
        # In one order, so that replicas do not wait for each other in a circle.
        rows = [
            {"campaign": campaign, "day": day, "rule": str(rule), "count": count}
            for (campaign, rule), count in sorted(counts.items())
        ]
        row = upsert(self._session, _counts).values(rows)
        await self._session.execute(
            row.on_conflict_do_update(
                index_elements=["campaign", "day", "rule"], set_={"count": _counts.c.count + row.excluded.count}
            )
        )

    async def of(self, campaign: bytes) -> dict[str, int]:
        found = await self._session.execute(
            select(_counts.c.rule, func.sum(_counts.c["count"]))
            .where(_counts.c.campaign == campaign)
            .group_by(_counts.c.rule)
        )
        return {rule: int(count) for rule, count in found}
