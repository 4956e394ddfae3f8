"""What an operator watches, gathered from whoever knows it."""

from __future__ import annotations

import asyncio

from fairsignal.bootstrap.backend import Backend
from fairsignal.ports import OperatorFigures

__all__ = ["read_figures"]


async def read_figures(backend: Backend) -> OperatorFigures:
    """
    Raises:
        Unavailable: node or database do not answer.
    """
    outbox, (unsettled, last, settled, erasures, profiles) = await asyncio.gather(
        backend.writer.figures(), _from_database(backend)
    )
    desk = backend.decisions.desk
    return OperatorFigures(
        block=desk.block.number,
        lag_seconds=desk.lag,
        stale=desk.is_stale,
        decisions=dict(backend.decisions.refusals.total),
        unsettled_uses=unsettled,
        epoch_settled=settled,
        epoch_open=last > settled,
        erasures_open=erasures,
        profiles_unfinished=profiles,
        outbox=outbox,
    )


async def _from_database(backend: Backend) -> tuple[int, int, int, int, int]:
    async with backend.units() as work:
        unsettled = await work.use_log.unsettled()
        last, settled = await work.epochs.last(), await work.epochs.last_settled()
        erasures, profiles = await work.erasures.unfinished(), await work.profiles.unfinished()
    numbers = [0 if row is None else row.epoch for row in (last, settled)]
    return unsettled, numbers[0], numbers[1], len(erasures), len(profiles)
