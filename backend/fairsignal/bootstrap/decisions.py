"""Decisions, wired: what they are made from in memory, tokens, confirmations, the catalogue."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.adapters.clock import SystemClock
from fairsignal.adapters.db import SqlDecisionFeed
from fairsignal.adapters.db.shared_keys import shared_key
from fairsignal.bootstrap.chain import ServerChain
from fairsignal.bootstrap.tasks import repeat, stopped
from fairsignal.config import Settings
from fairsignal.domain.errors import BadInput
from fairsignal.domain.pacing import QuietHours
from fairsignal.domain.use_token import UseTokens
from fairsignal.market.catalogue import Catalogue
from fairsignal.market.confirm import Confirmer
from fairsignal.market.decide import Decider
from fairsignal.market.desk import Desk
from fairsignal.market.meter import Meter
from fairsignal.market.refusals import Refusals
from fairsignal.ports import UnitOfWorkFactory

__all__ = ["DecisionDesk", "open_decisions", "open_desk"]

_REFUSALS_EVERY = timedelta(seconds=5)
_KEYS_EVERY = timedelta(hours=1)
_KEY_BYTES = 32


@dataclass(frozen=True)
class DecisionDesk:
    """All that an ad server asks, and what comes of it."""

    desk: Desk
    decider: Decider
    confirmer: Confirmer
    catalogue: Catalogue
    refusals: Refusals


def open_desk(settings: Settings, chain: ServerChain, engine: AsyncEngine) -> Desk:
    """Nothing is read yet."""
    return Desk(
        SqlDecisionFeed(engine, chain.signer.address),
        SystemClock(),
        decimals=chain.deployment.token_decimals,
        audience=settings.k_threshold,
        max_lag=settings.max_lag,
        poll=settings.decision_poll,
    )


async def open_decisions(
    settings: Settings,
    chain: ServerChain,
    engine: AsyncEngine,
    desk: Desk,
    units: UnitOfWorkFactory,
    meter: Meter,
    resources: AsyncExitStack,
) -> DecisionDesk:
    """With the tasks that keep the desk current and write refusals down.

    Raises:
        Unavailable, BadInput: no database, or no key where the settings say.
    """
    clock = SystemClock()
    operator, deployment = chain.signer.address, chain.deployment
    tokens = UseTokens(
        _key_of(settings) or await shared_key(engine, "use-tokens"),
        f"{deployment.chain_id}/{deployment.signal_market}/{operator}".lower().encode(),
    )
    refusals = Refusals(units, clock.now)
    await desk.catch_up()
    following = asyncio.create_task(desk.run())
    resources.push_async_callback(stopped, following)
    resources.push_async_callback(refusals.write)  # what was counted since the last time
    writing = asyncio.create_task(repeat("refusals counted", refusals.write, _REFUSALS_EVERY))
    resources.push_async_callback(stopped, writing)
    confirmer = Confirmer(operator, tokens, meter, refusals, units, clock)
    forgetting = asyncio.create_task(repeat("idempotency keys forgotten", confirmer.forget_old, _KEYS_EVERY))
    resources.push_async_callback(stopped, forgetting)
    return DecisionDesk(
        desk=desk,
        decider=Decider(
            desk,
            tokens,
            refusals,
            clock,
            lifetime=settings.token_lifetime,
            quiet_hours=QuietHours.parse(settings.quiet_hours),
            utc_offset=settings.utc_offset,
        ),
        confirmer=confirmer,
        catalogue=Catalogue(desk, units, clock, least=settings.k_threshold),
        refusals=refusals,
    )


def _key_of(settings: Settings) -> bytes | None:
    if settings.token_key_file is None:
        return None
    try:
        key = bytes.fromhex(settings.token_key_file.read_text("ascii").strip())
    except (OSError, ValueError) as error:
        raise BadInput("FAIRSIGNAL_TOKEN_KEY_FILE cannot be read.", remedy="It holds 64 hex digits.") from error
    if len(key) != _KEY_BYTES:
        raise BadInput("The key in FAIRSIGNAL_TOKEN_KEY_FILE has another length.", remedy="It holds 64 hex digits.")
    return key
