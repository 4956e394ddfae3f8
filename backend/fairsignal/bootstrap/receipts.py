"""Receipts of consents, wired: for the operator who issues them, and for anybody who checks them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fairsignal.adapters.chain import recover_typed
from fairsignal.adapters.chain.consent_chain import RpcConsentChain
from fairsignal.adapters.chain.rpc import Rpc
from fairsignal.adapters.clock import SystemClock
from fairsignal.bootstrap.chain import ServerChain
from fairsignal.config import Settings
from fairsignal.domain.consent_receipt import Controller
from fairsignal.market.consent_receipts import ConsentReceipts
from fairsignal.ports import ConsentChain, UnitOfWorkFactory

__all__ = ["open_consent_chain", "open_consent_receipts", "recover_typed"]


def open_consent_receipts(settings: Settings, chain: ServerChain, units: UnitOfWorkFactory) -> ConsentReceipts:
    """What the backend issues receipts with."""
    return ConsentReceipts(
        chain=RpcConsentChain(chain.rpc),
        units=units,
        signer=chain.signer,
        clock=SystemClock(),
        chain_id=chain.deployment.chain_id,
        registry=chain.deployment.consent_registry,
        url=settings.effective_public_url,
        controller=Controller(
            name=settings.controller_name,
            address=settings.controller_address,
            email=settings.controller_email,
            notice_url=settings.notice_url,
            language=settings.notice_language,
            jurisdictions=tuple(settings.jurisdictions),
        ),
    )


@asynccontextmanager
async def open_consent_chain(rpc_url: str) -> AsyncIterator[ConsentChain]:
    """A node, without anything of an operator's."""
    rpc = Rpc(rpc_url)
    try:
        yield RpcConsentChain(rpc)
    finally:
        await rpc.close()
