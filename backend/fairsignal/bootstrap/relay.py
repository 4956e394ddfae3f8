"""Relaying at the operator's cost, wired."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.chain import OutboxChainWriter
from fairsignal.adapters.clock import SystemClock
from fairsignal.adapters.db.gas_budget import DatabaseGasBudget
from fairsignal.adapters.rate_limit import MemoryRateLimit
from fairsignal.bootstrap.chain import ServerChain
from fairsignal.config import Settings
from fairsignal.market.relay import RELAYED, Relay

__all__ = ["open_relay"]


def open_relay(settings: Settings, chain: ServerChain, engine: AsyncEngine, writer: OutboxChainWriter) -> Relay:
    """Raises:
    BadInput: the rate is none.
    """
    return Relay(
        reader=chain.reader,
        writer=writer,
        limit=MemoryRateLimit({RELAYED: settings.relay_rate}),
        budget=DatabaseGasBudget(engine),
        daily_gas=settings.relay_daily_gas,
        clock=SystemClock(),
    )
