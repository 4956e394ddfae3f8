"""The keeper's HTTP edge."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Request
from pydantic import BaseModel, Field

from fairsignal import __version__
from fairsignal.api import keeper_receipts, keeper_settlements
from fairsignal.api.bodies import limit_bodies
from fairsignal.api.direct import DirectRoute
from fairsignal.api.errors import install_error_handlers
from fairsignal.api.fields import Address, HexBytes, Strict, from_hex
from fairsignal.api.release_models import ReleaseAnswerModel, ReleaseBody
from fairsignal.keeper.service import Keeper
from fairsignal.keeper.settlements import SettlementKeeper

__all__ = ["create_keeper_app"]

_MAX_BODY = 1024 * 1024


class Introduction(BaseModel):
    """The keeper's chain address and HPKE key of this epoch, bound by its EIP-712 ``Introduction`` signature."""

    address: str
    hpke_key: str
    expires_at: int = Field(description="Unix seconds until which deposits sealed to the key are taken")
    signature: str


class DepositBody(Strict):
    """A manifest, and the HPKE message with this keeper's shares of it."""

    manifest: str = Field(pattern=r"^0x([0-9a-fA-F]{2})+$", max_length=2 * 262_144 + 2)
    sealed_shares: str = Field(pattern=r"^0x([0-9a-fA-F]{2})+$", max_length=2 * 16_384 + 2)
    index: int = Field(ge=1, le=255)
    signature: HexBytes


class ErasureBody(Strict):
    """An operator's word that a subject asked for erasure; the chain is asked whether it did."""

    operator: Address
    subject: Address
    signature: HexBytes


class Erased(BaseModel):
    """The keeper holds nothing of the subject any more; signed, EIP-712 ``Erased``."""

    erased_at: int
    receipt: str


async def _keeper(request: Request) -> Keeper:  # a plain function would be sent to a thread
    keeper: Keeper = request.app.state.keeper
    return keeper


KeeperDep = Annotated[Keeper, Depends(_keeper)]


releases = APIRouter(route_class=DirectRoute)


@releases.post("/v1/release")
async def release(body: ReleaseBody, request: Request) -> ReleaseAnswerModel:
    """Release shares, or say which rule refuses."""
    return ReleaseAnswerModel.of(await (await _keeper(request)).release(body.to_domain()))


def create_keeper_app(keeper: Keeper, settlements: SettlementKeeper | None = None) -> FastAPI:
    """Build the application over a keeper that the caller opened and closes.

    Args:
        settlements: None for a keeper that signs none.
    """
    app = FastAPI(title="Fairsignal keeper", version=__version__, docs_url=None, redoc_url=None)
    app.state.keeper = keeper
    app.state.settlements = settlements
    install_error_handlers(app)
    limit_bodies(app, _MAX_BODY)
    for router in (keeper_receipts.router, releases):
        app.include_router(router)
    if settlements is not None:
        app.include_router(keeper_settlements.router)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok", "version": __version__}

    @app.get("/v1/keeper")
    async def introduce(keeper: KeeperDep) -> Introduction:
        """Who this is, and the key to seal shares to."""
        info = await keeper.introduce()
        return Introduction(
            address=info.address,
            hpke_key="0x" + info.hpke_key.hex(),
            expires_at=info.expires_at,
            signature="0x" + info.signature.hex(),
        )

    @app.post("/v1/deposits", status_code=201)
    async def deposit(body: DepositBody, keeper: KeeperDep) -> dict[str, str]:
        """Take shares; 201 means that they are on disk."""
        await keeper.deposit(
            from_hex(body.manifest), from_hex(body.sealed_shares), body.index, from_hex(body.signature)
        )
        return {"status": "kept"}

    @app.post("/v1/erasures")
    async def erase(body: ErasureBody, keeper: KeeperDep) -> Erased:
        """Delete everything about a subject; answered once it is gone from the disk."""
        answer = await keeper.erase(body.operator, body.subject, from_hex(body.signature))
        return Erased(erased_at=answer.erased_at, receipt="0x" + answer.receipt.hex())

    return app
