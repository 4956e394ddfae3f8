"""``ports.Confirmations`` in SQL: no campaign overspends and no cap is passed, however many replicas confirm.

Locks are taken in one order, so that confirmations wait for each other and never in a circle: the log (shared), budgets
by campaign, days by subject. Both kinds of rows are locked by the upsert that makes sure that they are there; what
follows is arithmetic on numbers that nobody else changes until the transaction ends. SQLite has one writer at a time:
the first upsert is where the others wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_utils.address import to_checksum_address
from sqlalchemy import CursorResult, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from fairsignal.adapters.db.dialects import upsert
from fairsignal.adapters.db.epochs import share_log
from fairsignal.adapters.db.served import Served, read_served
from fairsignal.adapters.db.tables import Base
from fairsignal.adapters.db.use_log import to_row
from fairsignal.domain.campaign import split_price
from fairsignal.domain.decision import Rule
from fairsignal.domain.errors import Conflict
from fairsignal.domain.use_token import DecidedUse
from fairsignal.ports import DayRoom, LoggedUse

__all__ = ["SqlConfirmations"]

_DAY = 86_400
_LANE_BYTES = 21
_LIST = 1_000
"""Rows in one statement."""

_log = Base.metadata.tables["use_log"]
_budgets = Base.metadata.tables["campaign_budgets"]
_days = Base.metadata.tables["daily_uses"]
_epochs = Base.metadata.tables["epochs"]
_requests = Base.metadata.tables["use_requests"]
_recorded = Base.metadata.tables["recorded_uses"]
_campaigns = Base.metadata.tables["campaigns"]

_Day = tuple[str, bytes, int]
"""Subject, lane, UTC day: a row of ``daily_uses``."""


@dataclass(slots=True)
class _Count:
    """Uses of one day."""

    metered: int
    at_once: int
    """Recorded at once, by us or by the advertiser, and on their way there."""
    changed: bool = False


class SqlConfirmations:
    """Within one session's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def bind(self, key: str, digest: bytes, now: int) -> None:
        row = upsert(self._session, _requests).values(key=key, digest=digest, confirmed_at=now)
        await self._session.execute(row.on_conflict_do_nothing())
        if await self._session.scalar(select(_requests.c.digest).where(_requests.c.key == key)) != digest:
            raise Conflict("This idempotency key came with other tokens.", remedy="Use a new key.", code="key-reused")

    async def log(self, uses: Sequence[DecidedUse], now: int) -> list[LoggedUse | Rule]:
        await share_log(self._session)
        served = await read_served(self._session, sorted({use.campaign for use in uses}))
        used = await self._lock_budgets(served)
        found = await self._logged([use.use_id for use in uses])
        closed = await self._session.scalar(select(func.coalesce(func.max(_epochs.c.to_block), -1)))
        new = [use for use in uses if use.use_id not in found and use.campaign in served]
        days = await self._lock_days({_day_of(use, served[use.campaign]) for use in new})
        spent: dict[bytes, int] = dict.fromkeys(served, 0)
        answers: list[LoggedUse | Rule] = []
        for use in uses:
            answer: LoggedUse | Rule | None = found.get(use.use_id)
            if answer is None and (now >= use.expires_at or use.block <= int(closed or 0)):
                answer = Rule.TOKEN_EXPIRED
            if answer is None and use.campaign not in served:
                answer = Rule.CAMPAIGN_ENDED  # a reorg took it back
            if answer is None:
                campaign = served[use.campaign]
                count = days[_day_of(use, campaign)]
                answer = _refusal(use, campaign, count, used[use.campaign] + spent[use.campaign], now)
                if answer is None:
                    count.metered, count.changed = count.metered + 1, True
                    spent[use.campaign] += 1
                    answer = found[use.use_id] = _entry(use, now)
            answers.append(answer)
        added = [entry for entry in found.values() if not entry.seq]
        await self._write(added, spent, days)
        return answers

    async def take_room(self, room: DayRoom) -> bool:
        key = (room.subject, _lane(room.lane), room.day)
        count = (await self._lock_days({key}))[key]
        if count.metered + count.at_once >= room.cap:
            return False
        await self._shift_at_once(key, 1)
        return True

    async def give_room(self, room: DayRoom) -> None:
        await self._shift_at_once((room.subject, _lane(room.lane), room.day), -1)

    async def forget_before(self, confirmed_at: int) -> int:
        result = await self._session.execute(delete(_requests).where(_requests.c.confirmed_at < confirmed_at))
        assert isinstance(result, CursorResult)
        return result.rowcount

    async def _lock_budgets(self, served: Mapping[bytes, Served]) -> dict[bytes, int]:
        """-> uses so far, of each campaign."""
        if not served:
            return {}
        rows = [{"campaign": key, "allowed": served[key].bought, "used": 0} for key in sorted(served)]
        row = upsert(self._session, _budgets).values(rows)
        row = row.on_conflict_do_update(index_elements=["campaign"], set_={"allowed": row.excluded.allowed})
        found = await self._session.execute(row.returning(_budgets.c.campaign, _budgets.c.used))
        return {bytes(campaign): int(used) for campaign, used in found}

    async def _lock_days(self, keys: set[_Day]) -> dict[_Day, _Count]:
        counts: dict[_Day, _Count] = {}
        ordered = sorted(keys)
        for start in range(0, len(ordered), _LIST):
            some = ordered[start : start + _LIST]
            row = upsert(self._session, _days).values(
                [{"subject": s, "lane": lane, "day": day, "metered": 0, "at_once": 0} for s, lane, day in some]
            )
            row = row.on_conflict_do_update(index_elements=_DAY_KEY, set_={"metered": _days.c.metered})
            found = await self._session.execute(row.returning(_days))
            counts |= {(r.subject, bytes(r.lane), r.day): _Count(r.metered, r.at_once) for r in found}
        for key, recorded in (await self._recorded_on(ordered)).items():
            counts[key].at_once = max(counts[key].at_once, recorded)
        return counts

    async def _recorded_on(self, keys: Sequence[_Day]) -> dict[_Day, int]:
        """Uses at once that the chain has, an advertiser's own ones among them."""
        counts: dict[_Day, int] = {}
        for day in {day for _, _, day in keys}:
            subjects = {bytes.fromhex(subject[2:]): subject for subject, _, at in keys if at == day}
            raw = list(subjects)
            for start in range(0, len(raw), _LIST):
                found = await self._session.execute(
                    select(_recorded.c.subject, _campaigns.c.operator, _campaigns.c.purpose, func.count())
                    .join(_campaigns, _campaigns.c.id == _recorded.c.campaign)
                    .where(
                        _recorded.c.subject.in_(raw[start : start + _LIST]),
                        _recorded.c.timestamp >= day * _DAY,
                        _recorded.c.timestamp < (day + 1) * _DAY,
                    )
                    .group_by(_recorded.c.subject, _campaigns.c.operator, _campaigns.c.purpose)
                )
                for subject, operator, purpose, count in found:
                    counts[subjects[bytes(subject)], bytes(operator) + bytes([purpose]), day] = int(count)
        return {key: counts[key] for key in keys if key in counts}

    async def _logged(self, use_ids: Iterable[bytes]) -> dict[bytes, LoggedUse]:
        ids = list(use_ids)
        found: dict[bytes, LoggedUse] = {}
        for start in range(0, len(ids), _LIST):
            rows = await self._session.execute(select(_log).where(_log.c.use_id.in_(ids[start : start + _LIST])))
            found |= {bytes(row.use_id): LoggedUse(**_values(row._mapping)) for row in rows}
        return found

    async def _write(self, added: Sequence[LoggedUse], spent: Mapping[bytes, int], days: Mapping[_Day, _Count]) -> None:
        if not added:
            return
        for campaign, count in spent.items():
            if count:
                await self._session.execute(
                    update(_budgets).where(_budgets.c.campaign == campaign).values(used=_budgets.c.used + count)
                )
        changed = [(key, count.metered) for key, count in days.items() if count.changed]
        for start in range(0, len(changed), _LIST):
            row = upsert(self._session, _days).values(
                [
                    {"subject": s, "lane": lane, "day": day, "metered": metered, "at_once": 0}
                    for (s, lane, day), metered in changed[start : start + _LIST]
                ]
            )
            await self._session.execute(
                row.on_conflict_do_update(index_elements=_DAY_KEY, set_={"metered": row.excluded.metered})
            )
        await self._session.execute(insert(_log), [to_row(entry) for entry in added])

    async def _shift_at_once(self, key: _Day, by: int) -> None:
        subject, lane, day = key
        await self._session.execute(
            update(_days)
            .where(_days.c.subject == subject, _days.c.lane == lane, _days.c.day == day)
            .values(at_once=_days.c.at_once + by)
        )


_DAY_KEY = ["subject", "lane", "day"]


def _refusal(use: DecidedUse, campaign: Served, count: _Count, used: int, now: int) -> Rule | None:
    if count.metered + count.at_once >= use.cap:
        return Rule.DAILY_CAP_REACHED
    if used >= campaign.bought:
        return Rule.BUDGET_EXHAUSTED
    if used >= campaign.ceiling:
        return Rule.VOUCHER_EXHAUSTED
    return Rule.PACING if campaign.pace is not None and used >= campaign.pace.allowance(now) else None


def _entry(use: DecidedUse, now: int) -> LoggedUse:
    return LoggedUse(
        use_id=use.use_id,
        campaign=use.campaign,
        subject=_subject(use),
        category=use.category,
        block=use.block,
        block_time=use.block_time,
        price=use.price,
        share=split_price(use.price).subject,
        consent_version=use.consent_version,
        confirmed_at=now,
    )


def _values(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {**row, "price": int(row["price"]), "share": int(row["share"])}


def _day_of(use: DecidedUse, campaign: Served) -> _Day:
    return _subject(use), _lane(campaign.terms.lane), use.block_time // _DAY


def _subject(use: DecidedUse) -> str:
    return str(to_checksum_address(use.subject))


def _lane(lane: int) -> bytes:
    return lane.to_bytes(_LANE_BYTES)
