"""Is it alive, and can it serve?"""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from fairsignal import __version__
from fairsignal.api.deps import BackendDep, limit_address
from fairsignal.domain.errors import Unavailable

router = APIRouter(tags=["operations"])


class Health(BaseModel):
    """The process is alive."""

    status: str
    version: str


class Readiness(BaseModel):
    """What the backend works with, the block that its chain is at, and the one that its decisions are current to."""

    status: str
    chain_id: int
    block: int
    index_block: int
    blob_store: str
    keepers: int
    keeper_threshold: int


class OperatorInfo(BaseModel):
    """What clients need to talk to this operator and its contracts."""

    operator: str
    chain_id: int
    contracts: dict[str, str]
    token: dict[str, str | int]
    keepers: list[str]
    keeper_threshold: int
    start_block: int = Field(description="block that the contracts were deployed in: no event of theirs is older")
    rpc_url: str = Field(description="a node for browsers to read the chain through; empty: use the wallet's")


@router.get("/healthz")
async def healthz() -> Health:
    """Alive; says nothing about what we depend on."""
    return Health(status="ok", version=__version__)


@router.get("/readyz", dependencies=[Depends(limit_address)])
async def readyz(backend: BackendDep) -> Readiness:
    """Ready to serve: the chain answers, and decisions are current to a fresh block of it; a problem otherwise."""
    head = await backend.reader.head()
    desk = backend.decisions.desk
    if desk.is_stale:
        raise Unavailable(
            f"The newest block that decisions know is {desk.lag} seconds old: all of them are refused.",
            remedy="See that the node follows its chain, and that one replica or `fairsignal index` runs the indexer.",
            code="index-stale",
        )
    return Readiness(
        status="ready",
        chain_id=backend.reader.chain_id,
        block=head.number,
        index_block=desk.block.number,
        blob_store=backend.blobs.name,
        keepers=len(backend.keepers),
        keeper_threshold=backend.keeper_threshold,
    )


@router.get("/v1/operator", dependencies=[Depends(limit_address)])
async def operator(backend: BackendDep, request: Request) -> OperatorInfo:
    """This operator's address, its contracts and its keepers."""
    deployment = backend.deployment
    return OperatorInfo(
        operator=backend.writer.sender,
        chain_id=deployment.chain_id,
        contracts={
            "ConsentRegistry": deployment.consent_registry,
            "OperatorRegistry": deployment.operator_registry,
            "ProfileRegistry": deployment.profile_registry,
            "SignalMarket": deployment.signal_market,
        },
        token={
            "address": deployment.token,
            "decimals": deployment.token_decimals,
            "symbol": deployment.token_symbol,
        },
        keepers=[keeper.url for keeper in backend.keepers],
        keeper_threshold=backend.keeper_threshold,
        start_block=deployment.start_block,
        rpc_url=request.app.state.public_rpc_url,
    )
