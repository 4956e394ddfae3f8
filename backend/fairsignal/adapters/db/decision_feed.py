"""``ports.DecisionFeed`` in SQL: the projection, profiles, budgets and days of one operator, of one state at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from eth_utils.address import to_checksum_address
from sqlalchemy import Row, Select, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from fairsignal.adapters.db.served import read_served
from fairsignal.adapters.db.tables import Base
from fairsignal.domain.consent import Consent, Purpose, SubjectState
from fairsignal.domain.errors import Unavailable
from fairsignal.ports import BlockRef, Changes, FeedPosition, UsesOnDay

__all__ = ["SqlDecisionFeed"]

_DAY = 86_400
_PORTION = 20_000
_LIST = 500
_MOST = 5_000
"""Changes that are read one by one; from more on, everything is."""
_tables = Base.metadata.tables
_consents, _states, _profiles = _tables["consents"], _tables["subject_states"], _tables["profiles"]
_erasures, _requests = _tables["erasures"], _tables["erasure_requests"]
_campaigns, _recorded = _tables["campaigns"], _tables["recorded_uses"]
_days, _log = _tables["daily_uses"], _tables["use_log"]
_cursor, _changes, _own = _tables["cursor"], _tables["changes"], _tables["own_changes"]
_RELOAD = "reload"
T = TypeVar("T")


class SqlDecisionFeed:
    """Reads only."""

    def __init__(self, engine: AsyncEngine, operator: str) -> None:
        self._engine = engine
        self._operator = bytes.fromhex(operator[2:])

    async def everything(self) -> AsyncIterator[Changes]:
        async with self._one_state() as connection:
            position, block, _ = await _where(connection)
            day = 0 if block is None else block.timestamp // _DAY
            async for rows in _portions(connection, select(_states.c.subject, *_STATE)):
                yield Changes(position, block, states=[_state(row) for row in rows])
            async for rows in _portions(connection, self._own_consents()):
                yield Changes(position, block, consents=[_consent(row) for row in rows])
            erasing = await self._erasing(connection)
            async for rows in _portions(connection, _signals()):
                found = [(bytes.fromhex(row.subject[2:]), int(row.categories)) for row in rows]
                yield Changes(position, block, signals=[entry for entry in found if entry[0] not in erasing])
            uses = await self._uses(connection, day, None)
            yield Changes(position, block, uses=uses, campaigns={**await read_served(connection)})

    async def since(self, position: FeedPosition) -> Changes | None:
        async with self._connected() as connection:
            # One statement is one state: where nothing changed, it is all that is asked.
            now, block, _ = await _where(connection)
        if now == position:
            return Changes(now, block)
        async with self._one_state() as connection:
            now, block, oldest = await _where(connection)
            if oldest.chain > position.chain + 1 or oldest.own > position.own + 1:
                return None
            chain = await _read(connection, _changes, position.chain)
            own = await _read(connection, _own, position.own)
            logged = await _read(connection, _log, position.log)
            if any(len(rows) > _MOST for rows in (chain, own, logged)) or any(row.kind == _RELOAD for row in chain):
                return None
            keys: defaultdict[str, set[bytes]] = defaultdict(set)
            for row in (*chain, *own):
                keys[row.kind].add(bytes(row.key))
            campaigns = keys["campaigns"] | keys["vouchers"] | {bytes(row.campaign) for row in logged}
            users = {bytes.fromhex(row.subject[2:]) for row in logged}
            recorders = await _users(connection, keys["recorded_uses"])
            if recorders is None:
                return None
            users |= recorders
            profiles = keys["profiles"] | {key[20:] for key in keys["erasure_requests"] if key[:20] == self._operator}
            lanes = [key for key in keys["consents"] if key[:20] == self._operator]
            served = await read_served(connection, list(campaigns))
            return Changes(
                now,
                block,
                consents=await self._consents(connection, lanes),
                states=await _states_of(connection, list(keys["subject_states"])),
                signals=await self._signals(connection, profiles),
                uses=await self._uses(connection, 0 if block is None else block.timestamp // _DAY, users),
                campaigns={key: served.get(key) for key in campaigns},
            )

    def _own_consents(self) -> Select[Any]:
        return select(_consents.c.lane, _consents.c.subject, _consents.c.word).where(
            _consents.c.lane.between(self._operator + b"\x00", self._operator + b"\xff")
        )

    async def _consents(self, connection: AsyncConnection, keys: Collection[bytes]) -> list[tuple[bytes, int, Consent]]:
        found = {(key[21:], key[20]): Consent.from_word(0) for key in keys}
        by_lane: defaultdict[bytes, list[bytes]] = defaultdict(list)
        for key in keys:
            by_lane[key[:21]].append(key[21:])
        for lane, subjects in by_lane.items():
            for some in _lists(subjects):
                query = self._own_consents().where(_consents.c.lane == lane, _consents.c.subject.in_(some))
                for row in await connection.execute(query):
                    subject, purpose, consent = _consent(row)
                    found[subject, purpose] = consent
        return [(subject, purpose, consent) for (subject, purpose), consent in found.items()]

    async def _signals(self, connection: AsyncConnection, subjects: Collection[bytes]) -> list[tuple[bytes, int]]:
        found = dict.fromkeys(subjects, 0)
        erasing = await self._erasing(connection) if subjects else frozenset()
        for some in _lists(list(subjects)):
            query = _signals().where(_profiles.c.subject.in_([to_checksum_address(subject) for subject in some]))
            for row in await connection.execute(query):
                found[bytes.fromhex(row.subject[2:])] = int(row.categories)
        return [(subject, 0 if subject in erasing else mask) for subject, mask in found.items()]

    async def _erasing(self, connection: AsyncConnection) -> frozenset[bytes]:
        """Who asked for erasure, as the chain's head has it or as we work on it: nothing of theirs is used."""
        asked = await connection.scalars(
            select(_requests.c.subject).where(_requests.c.operator == self._operator, _requests.c.open)
        )
        working = await connection.scalars(select(_erasures.c.subject).where(_erasures.c.state != "closed"))
        return frozenset(map(bytes, asked)) | {bytes.fromhex(subject[2:]) for subject in working}

    async def _uses(self, connection: AsyncConnection, day: int, subjects: Collection[bytes] | None) -> list[UsesOnDay]:
        """Of these subjects, or all, from this UTC day on."""
        counts: dict[tuple[bytes, int, int], tuple[int, int]] = {}
        logged = select(_days).where(_days.c.day >= day)
        on_day = _recorded.c.timestamp // _DAY
        recorded = (
            select(_recorded.c.subject, _campaigns.c.purpose, on_day.label("day"), func.count().label("times"))
            .join(_campaigns, _campaigns.c.id == _recorded.c.campaign)
            .where(_campaigns.c.operator == self._operator, _recorded.c.timestamp >= day * _DAY)
            .group_by(_recorded.c.subject, _campaigns.c.purpose, on_day)
        )
        for some in [None] if subjects is None else _lists(list(subjects)):
            query, count = logged, recorded
            if some is not None:
                query = query.where(_days.c.subject.in_([to_checksum_address(subject) for subject in some]))
                count = count.where(_recorded.c.subject.in_(some))
            for row in await connection.execute(query):
                if bytes(row.lane)[:20] == self._operator:
                    key = bytes.fromhex(row.subject[2:]), row.lane[20], row.day
                    counts[key] = row.metered, row.at_once
            for row in await connection.execute(count):
                key = bytes(row.subject), row.purpose, int(row.day)
                metered, at_once = counts.get(key, (0, 0))
                counts[key] = metered, max(at_once, row.times)
        for subject in subjects or ():
            for purpose in Purpose:
                counts.setdefault((subject, purpose, day), (0, 0))
        return [UsesOnDay(*key, metered + at_once) for key, (metered, at_once) in counts.items()]

    @asynccontextmanager
    async def _one_state(self) -> AsyncIterator[AsyncConnection]:
        """Whatever is read in here, nobody wrote in between."""
        async with self._connected() as connection:
            if connection.dialect.name == "sqlite":
                await connection.exec_driver_sql("BEGIN")
            else:
                await connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._engine.connect() as connection:
                yield connection
        except (OSError, SQLAlchemyError) as error:
            raise Unavailable("The database does not answer.", remedy="Check FAIRSIGNAL_DATABASE_URL.") from error


_STATE = (_states.c.revoked_all_at, _states.c.minor)


async def _where(connection: AsyncConnection) -> tuple[FeedPosition, BlockRef | None, FeedPosition]:
    """Newest position, block, and oldest position that is still there."""
    columns = [
        select(function(table.c.seq)).scalar_subquery()
        for function in (func.max, func.min)
        for table in (_changes, _own, _log)
    ]
    block = [
        select(column).where(_cursor.c.id == 1).scalar_subquery() for column in (_cursor.c.number, _cursor.c.timestamp)
    ]
    *seqs, number, timestamp = (await connection.execute(select(*columns, *block))).one()
    chain, own, log, *oldest = (seq or 0 for seq in seqs)
    at = None if number is None else BlockRef(number, timestamp)
    return FeedPosition(chain, own, log), at, FeedPosition(*oldest)


async def _read(connection: AsyncConnection, table: Any, after: int) -> Sequence[Row[Any]]:
    columns = (table.c.campaign, table.c.subject) if table is _log else (table.c.kind, table.c.key)
    found = await connection.execute(select(*columns).where(table.c.seq > after).limit(_MOST + 1))
    return found.all()


async def _portions(connection: AsyncConnection, query: Select[Any]) -> AsyncIterator[Sequence[Row[Any]]]:
    found = await connection.stream(query.execution_options(yield_per=_PORTION))
    async for rows in found.partitions():
        yield rows


async def _states_of(connection: AsyncConnection, subjects: Sequence[bytes]) -> list[tuple[bytes, SubjectState]]:
    found = dict.fromkeys(subjects, SubjectState())
    for some in _lists(subjects):
        query: Select[Any] = select(_states.c.subject, *_STATE).where(_states.c.subject.in_(some))
        for row in await connection.execute(query):
            subject, state = _state(row)
            found[subject] = state
    return list(found.items())


async def _users(connection: AsyncConnection, uses: Collection[bytes]) -> set[bytes] | None:
    """Whose uses (campaign, index) these are; None when one was taken back: then nothing says whose it was."""
    found: set[bytes] = set()
    count = 0
    for some in _lists(sorted(uses)):
        places = [(key[:32], int.from_bytes(key[32:])) for key in some]
        for campaign in {campaign for campaign, _ in places}:
            indices = [index for at, index in places if at == campaign]
            query = select(_recorded.c.subject).where(
                _recorded.c.campaign == campaign, _recorded.c.use_index.in_(indices)
            )
            subjects = (await connection.scalars(query)).all()
            count += len(subjects)
            found.update(map(bytes, subjects))
    return found if count == len(uses) else None


def _signals() -> Select[Any]:
    return select(_profiles.c.subject, _profiles.c.categories).where(_profiles.c.attested)


def _consent(row: Row[Any]) -> tuple[bytes, int, Consent]:
    return bytes(row.subject), row.lane[20], Consent.from_word(int.from_bytes(row.word))


def _state(row: Row[Any]) -> tuple[bytes, SubjectState]:
    return bytes(row.subject), SubjectState(revoked_all_at=row.revoked_all_at, minor=bool(row.minor))


def _lists(values: Sequence[T]) -> Iterable[Sequence[T]]:
    return (values[start : start + _LIST] for start in range(0, len(values), _LIST))
