"""``ports.Holdings`` in SQL: whatever table names a wallet is looked through, those that are added later as well."""

from __future__ import annotations

from typing import Any

from eth_utils.address import to_canonical_address
from sqlalchemy import ColumnElement, LargeBinary, Table, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from fairsignal.adapters.db.tables import Base, ConsentRecord

__all__ = ["NOT_PERSONAL", "PERSONAL", "SqlHoldings"]

PERSONAL = frozenset({"subject", "address", "advertiser", "guardian"})
"""Names of the columns that say whom a row is about."""
NOT_PERSONAL = frozenset({"operator", "signer", "payout", "sender", "recipient"})
"""Other addresses: of operators and contracts, or where a person's money went, in that person's own row."""
_WITHHELD = {("sessions", "digest")}
"""What would only help whoever stole the export."""


class SqlHoldings:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, address: str) -> dict[str, list[dict[str, Any]]]:
        found = {}
        for table in Base.metadata.sorted_tables:
            if rows := await self._rows(table, address):
                found[table.name] = rows
        return found

    async def _rows(self, table: Table, address: str) -> list[dict[str, Any]]:
        about = _about(table, address)
        if not about:
            return []
        columns = [column for column in table.columns if (table.name, column.name) not in _WITHHELD]
        rows = await self._session.execute(select(*columns).where(or_(*about)).order_by(*table.primary_key))
        return [{name: _json(value) for name, value in row.items()} for row in rows.mappings()]

    async def consent_place(self, subject: str, lane: int) -> tuple[int, int] | None:
        record = await self._session.get(ConsentRecord, (lane.to_bytes(21), to_canonical_address(subject)))
        return None if record is None else (int.from_bytes(record.word), record.block)


def _about(table: Table, address: str) -> list[ColumnElement[bool]]:
    return [
        column == (to_canonical_address(address) if isinstance(column.type, LargeBinary) else address)
        for column in table.columns
        if column.name in PERSONAL
    ]


def _json(value: Any) -> Any:
    return "0x" + value.hex() if isinstance(value, bytes) else value
