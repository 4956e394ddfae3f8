"""``ports.GasBudget`` in the database: one row per day, changed by one statement at a time."""

from __future__ import annotations

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.db.tables import RelayGasRecord

__all__ = ["DatabaseGasBudget"]

_TAKE = text(
    "INSERT INTO relay_gas (day, gas) VALUES (:day, :gas) ON CONFLICT (day) DO UPDATE SET gas = relay_gas.gas + :gas "
    "WHERE relay_gas.gas + :gas <= :limit RETURNING gas"
)
_NO_LIMIT = (1 << 62) - 1


class DatabaseGasBudget:
    """Implements ``ports.GasBudget``."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def take(self, day: int, gas: int, limit: int | None) -> bool:
        most = _NO_LIMIT if limit is None else limit
        if gas > most:
            return False
        async with self._engine.begin() as connection:
            taken = await connection.execute(_TAKE, {"day": day, "gas": gas, "limit": most})
            return taken.first() is not None

    async def give_back(self, day: int, gas: int) -> None:
        row = RelayGasRecord
        async with self._engine.begin() as connection:
            await connection.execute(update(row).where(row.day == day).values(gas=row.gas - gas))

    async def spent(self, day: int) -> int:
        async with self._engine.connect() as connection:
            return await connection.scalar(select(RelayGasRecord.gas).where(RelayGasRecord.day == day)) or 0
