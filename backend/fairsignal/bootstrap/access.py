"""Who may ask, wired."""

from __future__ import annotations

from dataclasses import dataclass

from fairsignal.access.api_keys import KeyGate
from fairsignal.access.sessions import SignIn
from fairsignal.adapters.chain.sign_in import SiweVerifier
from fairsignal.adapters.clock import SystemClock
from fairsignal.adapters.rate_limit import MemoryRateLimit
from fairsignal.bootstrap.chain import ServerChain
from fairsignal.config import Settings
from fairsignal.ports import Clock, RateLimit, UnitOfWorkFactory

__all__ = ["Access", "open_access"]


@dataclass(frozen=True)
class Access:
    sign_in: SignIn
    keys: KeyGate
    clock: Clock
    limit: RateLimit
    """Of ``requests`` and ``attempts to sign in`` per network address, of ``requests of a wallet`` and ``of a key``."""
    public_url: str
    """Origin of the backend itself, whose pages may use cookies."""
    dapp_origins: frozenset[str]
    """Origins of other hosts, whose pages may not."""


def open_access(settings: Settings, chain: ServerChain, units: UnitOfWorkFactory) -> Access:
    """Sessions of people and advertisers, and the operator's API keys."""
    clock, deployment = SystemClock(), chain.deployment
    public_url, dapp_origins = settings.effective_public_url, frozenset(settings.dapp_origins)
    return Access(
        sign_in=SignIn(
            units,
            SiweVerifier(settings.rpc_url, settings.request_timeout),
            clock,
            chain_id=deployment.chain_id,
            origins={public_url, *dapp_origins},
            lifetime=settings.session_lifetime,
        ),
        keys=KeyGate(units, clock, keyless=settings.is_keyless(deployment.chain_id)),
        clock=clock,
        limit=MemoryRateLimit(
            {
                "requests": settings.public_rate,
                "attempts to sign in": settings.sign_in_rate,
                "requests of a wallet": settings.person_rate,
                "requests of a key": settings.operator_rate,
            }
        ),
        public_url=public_url,
        dapp_origins=dapp_origins,
    )
