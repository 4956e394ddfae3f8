"""What this operator holds about somebody who signed in, and what the chain says of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fairsignal.domain.consent import Consent, Purpose, is_in_force, lane_of
from fairsignal.domain.errors import NotFound
from fairsignal.ports import ChainReader, Clock, ProfileRow, UnitOfWorkFactory

__all__ = ["Export", "LaneCredit", "OwnConsent", "export_of", "own_consents", "own_credits", "own_profile"]


@dataclass(frozen=True, slots=True)
class OwnConsent:
    """One purpose's consent as it is stored, and whether it counts."""

    purpose: Purpose
    consent: Consent
    in_force: bool
    block: int
    """The block that this is current to."""


@dataclass(frozen=True, slots=True)
class LaneCredit:
    """Money from uses that were paid at once; token base units."""

    purpose: Purpose
    earned: int
    claimed: int


@dataclass(frozen=True, slots=True)
class Export:
    exported_at: int
    """Unix seconds."""
    tables: Mapping[str, Sequence[Mapping[str, Any]]]


async def own_profile(units: UnitOfWorkFactory, address: str) -> ProfileRow:
    """The newest sealed profile.

    Raises:
        NotFound: there is none.
    """
    async with units() as work:
        row = await work.profiles.get(address)
    if row is None:
        raise NotFound("This operator holds no profile of you.", code="no-profile")
    return row


async def own_consents(reader: ChainReader, operator: str, address: str) -> list[OwnConsent]:
    """Those that were ever given to this operator, by purpose."""

    async def read(purpose: Purpose) -> OwnConsent:
        head, standings = await reader.standings([address], lane_of(operator, purpose))
        standing = standings[address]
        in_force = is_in_force(standing.consent, standing.subject, purpose, head.timestamp)
        return OwnConsent(purpose, standing.consent, in_force, head.number)

    found = await asyncio.gather(*(read(purpose) for purpose in Purpose))
    return [own for own in found if own.consent.version]


async def own_credits(reader: ChainReader, operator: str, address: str) -> list[LaneCredit]:
    """What uses that were paid at once brought, by purpose; purposes without any are left out."""

    async def read(purpose: Purpose) -> LaneCredit:
        return LaneCredit(purpose, *await reader.credit_of(address, lane_of(operator, purpose)))

    found = await asyncio.gather(*(read(purpose) for purpose in Purpose))
    return [credit for credit in found if credit.earned]


async def export_of(units: UnitOfWorkFactory, clock: Clock, address: str) -> Export:
    """Every row about a wallet."""
    async with units() as work:
        return Export(clock.now(), await work.holdings.of(address))
