"""The keeper's HTTP edge."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, FastAPI, Request
from pydantic import BaseModel, Field

from fairsignal import __version__
from fairsignal.api.app import limit_bodies
from fairsignal.api.errors import install_error_handlers
from fairsignal.api.fields import Address, CampaignTermsModel, HexBytes, Strict, from_hex
from fairsignal.keeper.service import Keeper
from fairsignal.ports import ReleaseRequest

__all__ = ["create_keeper_app"]

_MAX_BODY = 1024 * 1024


class Introduction(BaseModel):
    """The keeper's chain address and HPKE key, bound by its EIP-712 ``Introduction`` signature."""

    address: str
    hpke_key: str
    signature: str


class DepositBody(Strict):
    """A manifest, and the HPKE message with this keeper's shares of it."""

    manifest: str = Field(pattern=r"^0x([0-9a-fA-F]{2})+$", max_length=2 * 262_144 + 2)
    sealed_shares: str = Field(pattern=r"^0x([0-9a-fA-F]{2})+$", max_length=2 * 16_384 + 2)
    index: int = Field(ge=1, le=255)
    signature: HexBytes


class ReleaseBody(Strict):
    """An advertiser's signed request for one category of one subject."""

    terms: CampaignTermsModel
    subject: Address
    category: int = Field(ge=0, le=127)
    nonce: str = Field(pattern=r"^[0-9]{1,77}$")
    expires_at: int = Field(ge=0, lt=1 << 40)
    signature: HexBytes


class Share(BaseModel):
    """One share, sealed by HPKE to the recipient key that the chain names."""

    share: str


def _keeper(request: Request) -> Keeper:
    keeper: Keeper = request.app.state.keeper
    return keeper


KeeperDep = Annotated[Keeper, Depends(_keeper)]


def create_keeper_app(keeper: Keeper) -> FastAPI:
    """Build the application over a keeper that the caller opened and closes."""
    app = FastAPI(title="Fairsignal keeper", version=__version__, docs_url=None, redoc_url=None)
    app.state.keeper = keeper
    install_error_handlers(app)
    limit_bodies(app, _MAX_BODY)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok", "version": __version__}

    @app.get("/v1/keeper")
    async def introduce(keeper: KeeperDep) -> Introduction:
        """Who this is, and the key to seal shares to."""
        info = keeper.introduce()
        return Introduction(
            address=info.address, hpke_key="0x" + info.hpke_key.hex(), signature="0x" + info.signature.hex()
        )

    @app.post("/v1/deposits", status_code=201)
    async def deposit(body: DepositBody, keeper: KeeperDep) -> dict[str, str]:
        """Take shares; 201 means that they are on disk."""
        await keeper.deposit(
            from_hex(body.manifest), from_hex(body.sealed_shares), body.index, from_hex(body.signature)
        )
        return {"status": "kept"}

    @app.post("/v1/release")
    async def release(body: ReleaseBody, keeper: KeeperDep) -> Share:
        """Release one share, or say which rule refuses."""
        request = ReleaseRequest(
            terms=body.terms.to_domain(),
            subject=body.subject,
            category=body.category,
            nonce=int(body.nonce),
            expires_at=body.expires_at,
            signature=from_hex(body.signature),
        )
        return Share(share="0x" + (await keeper.release(request)).hex())

    return app
