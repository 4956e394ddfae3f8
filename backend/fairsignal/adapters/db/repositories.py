"""Repositories and the unit of work: one request or task is one transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError as SqlIntegrityError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from fairsignal.adapters.db.access import SqlApiKeys, SqlNonces, SqlSessions
from fairsignal.adapters.db.catalogue import SqlCatalogueDays, SqlRefusalCounts
from fairsignal.adapters.db.confirmations import SqlConfirmations
from fairsignal.adapters.db.epochs import SqlEpochs
from fairsignal.adapters.db.erasures import SqlErasures
from fairsignal.adapters.db.holdings import SqlHoldings
from fairsignal.adapters.db.own_changes import note_change, write_changes
from fairsignal.adapters.db.served import terms_of
from fairsignal.adapters.db.tables import ErasureRecord, ProfileBlobRecord, ProfileRecord, UseRecord, VoucherRecord
from fairsignal.adapters.db.use_history import SqlUseHistory
from fairsignal.adapters.db.use_log import SqlUseLog
from fairsignal.domain.erasure import erasure_open
from fairsignal.domain.errors import Conflict, Unavailable
from fairsignal.ports import ProfileRow, UseRow, VoucherRow

__all__ = ["SqlUnitOfWork", "unit_of_work_factory"]


class SqlProfiles:
    """``ports.Profiles`` in SQL."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, subject: str) -> ProfileRow | None:
        record = await self._session.get(ProfileRecord, subject)
        return None if record is None else _profile(record)

    async def save(self, row: ProfileRow) -> None:
        erasing = await self._session.get(ErasureRecord, row.subject)
        if erasing is not None and erasing.state != "closed":
            raise erasure_open()
        note_change(self._session, "profiles", bytes.fromhex(row.subject[2:]))
        # A version that is replaced leaves its blob behind: an erasure has to find it.
        await self._session.merge(ProfileBlobRecord(subject=row.subject, cid=row.cid))
        await self._session.merge(
            ProfileRecord(
                subject=row.subject,
                version=row.version,
                digest=row.digest,
                cid=row.cid,
                categories=str(row.categories),
                manifest=row.manifest,
                deposits=[deposit.hex() for deposit in row.deposits],
                stored=row.stored,
                deposited=list(row.deposited),
                attested=row.attested,
            )
        )

    async def unfinished(self) -> list[ProfileRow]:
        on_their_way = func.json_array_length(ProfileRecord.deposits) > 0
        found = await self._session.scalars(
            select(ProfileRecord).where(ProfileRecord.attested.is_(False) | on_their_way)
        )
        return [_profile(record) for record in found]

    async def many(self, subjects: Sequence[str]) -> dict[str, ProfileRow]:
        erasing = select(ErasureRecord.subject).where(ErasureRecord.state != "closed")
        found = await self._session.scalars(
            select(ProfileRecord).where(ProfileRecord.subject.in_(subjects), ProfileRecord.subject.not_in(erasing))
        )
        return {record.subject: _profile(record) for record in found}

    async def stored_cids(self) -> list[str]:
        found = await self._session.scalars(
            select(ProfileRecord.cid).where(ProfileRecord.stored.is_(True)).distinct().order_by(ProfileRecord.cid)
        )
        return list(found)

    async def manifest(self, cid: str) -> bytes | None:
        return await self._session.scalar(select(ProfileRecord.manifest).where(ProfileRecord.cid == cid).limit(1))

    async def is_wanted(self, cid: str) -> bool:
        versions = select(ProfileBlobRecord.subject).where(ProfileBlobRecord.cid == cid)
        owner = select(ProfileRecord.subject).where((ProfileRecord.cid == cid) | ProfileRecord.subject.in_(versions))
        return await self._session.scalar(owner.limit(1)) is not None

    async def forget(self, subject: str) -> None:
        await self._session.execute(delete(ProfileRecord).where(ProfileRecord.subject == subject))
        note_change(self._session, "profiles", bytes.fromhex(subject[2:]))

    async def cids(self, subject: str) -> list[str]:
        found = await self._session.scalars(
            select(ProfileBlobRecord.cid).where(ProfileBlobRecord.subject == subject).order_by(ProfileBlobRecord.cid)
        )
        return list(found)

    async def forget_cids(self, subject: str) -> None:
        await self._session.execute(delete(ProfileBlobRecord).where(ProfileBlobRecord.subject == subject))


def _profile(record: ProfileRecord) -> ProfileRow:
    return ProfileRow(
        subject=record.subject,
        version=record.version,
        digest=record.digest,
        cid=record.cid,
        categories=int(record.categories),
        manifest=record.manifest,
        deposits=tuple(bytes.fromhex(deposit) for deposit in record.deposits),
        stored=record.stored,
        deposited=tuple(record.deposited),
        attested=record.attested,
    )


class SqlVouchers:
    """``ports.Vouchers`` in SQL."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, campaign_id: bytes) -> VoucherRow | None:
        record = await self._session.get(VoucherRecord, campaign_id)
        if record is None:
            return None
        return VoucherRow(
            terms=terms_of(record),
            ceiling=record.ceiling,
            signature=record.signature,
            pacing="even" if record.pacing == "even" else "asap",
            accepted_at=record.accepted_at,
        )

    async def save(self, row: VoucherRow) -> None:
        terms = row.terms
        await self._session.merge(
            VoucherRecord(
                campaign=terms.id,
                advertiser=terms.advertiser,
                operator=terms.operator,
                purpose=int(terms.purpose),
                categories=str(terms.categories),
                price_per_use=str(terms.price_per_use),
                ends_at=terms.ends_at,
                salt=str(terms.salt),
                ceiling=row.ceiling,
                signature=row.signature,
                metered=terms.metered,
                pacing=row.pacing,
                accepted_at=row.accepted_at,
            )
        )
        note_change(self._session, "vouchers", terms.id)


class SqlUses:
    """``ports.Uses`` in SQL."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, key: str) -> UseRow | None:
        record = await self._session.get(UseRecord, key)
        return None if record is None else _use(record)

    async def save(self, row: UseRow) -> None:
        await self._session.merge(
            UseRecord(
                key=row.key,
                campaign=row.campaign,
                subject=row.subject,
                category=row.category,
                use_index=row.use_index,
                tx_hash=row.tx_hash,
                block=row.block,
            )
        )

    async def forget(self, key: str) -> None:
        await self._session.execute(delete(UseRecord).where(UseRecord.key == key))

    async def unfinished(self, campaign: bytes) -> list[UseRow]:
        found = await self._session.scalars(
            select(UseRecord)
            .where(UseRecord.campaign == campaign, UseRecord.tx_hash == "")
            .order_by(UseRecord.use_index)
        )
        return [_use(record) for record in found]

    async def reopen(self, campaign: bytes, on_chain: int) -> None:
        await self._session.execute(
            update(UseRecord)
            .where(UseRecord.campaign == campaign, UseRecord.use_index >= on_chain)
            .values(tx_hash="", block=0)
        )

    async def next_index(self, campaign: bytes, on_chain: int) -> int:
        highest = await self._session.scalar(
            select(func.max(UseRecord.use_index)).where(UseRecord.campaign == campaign)
        )
        return max(on_chain, 0 if highest is None else int(highest) + 1)


def _use(record: UseRecord) -> UseRow:
    return UseRow(
        key=record.key,
        campaign=record.campaign,
        subject=record.subject,
        category=record.category,
        use_index=record.use_index,
        tx_hash=record.tx_hash,
        block=record.block,
    )


class SqlUnitOfWork:
    """``ports.UnitOfWork`` over one session."""

    def __init__(self, session: AsyncSession) -> None:
        self.profiles = SqlProfiles(session)
        self.vouchers = SqlVouchers(session)
        self.uses = SqlUses(session)
        self.erasures = SqlErasures(session)
        self.use_log = SqlUseLog(session)
        self.epochs = SqlEpochs(session)
        self.nonces = SqlNonces(session)
        self.sessions = SqlSessions(session)
        self.api_keys = SqlApiKeys(session)
        self.holdings = SqlHoldings(session)
        self.confirmations = SqlConfirmations(session)
        self.use_history = SqlUseHistory(session)
        self.refusals = SqlRefusalCounts(session)
        self.catalogue = SqlCatalogueDays(session)


def unit_of_work_factory(
    engine: AsyncEngine, on_change: Callable[[], None] | None = None
) -> Callable[[], AbstractAsyncContextManager[SqlUnitOfWork]]:
    """A factory of units of work: ``async with factory() as work: ...`` commits at its end, or rolls back.

    Args:
        on_change: called once something is committed that decisions are made from.

    Raises (from the block):
        Conflict: another transaction was first.
        Unavailable: the database does not answer.
    """
    sessions = async_sessionmaker(engine, expire_on_commit=False)

    @asynccontextmanager
    async def begin() -> AsyncIterator[SqlUnitOfWork]:
        try:
            async with sessions.begin() as session:
                yield SqlUnitOfWork(session)
                changed = await write_changes(session)
            if changed and on_change is not None:
                on_change()
        except SqlIntegrityError as error:
            raise Conflict("Another request was first.", remedy="Try again.") from error
        except (OSError, SQLAlchemyError) as error:
            raise Unavailable("The database does not answer.", remedy="Check FAIRSIGNAL_DATABASE_URL.") from error

    return begin
