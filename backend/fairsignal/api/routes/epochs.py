"""Settled epochs: what they came to, and where their logs are."""

from __future__ import annotations

from typing import Self

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from fairsignal.api.deps import BackendDep
from fairsignal.domain.cid import cid_of_digest
from fairsignal.domain.errors import NotFound
from fairsignal.ports import EpochRow, EpochState

router = APIRouter(prefix="/v1/epochs", tags=["epochs"])


class EpochView(BaseModel):
    """A settlement period; amounts in token base units, as decimal strings."""

    epoch: int
    from_block: int = Field(description="the epoch holds uses of later blocks,")
    to_block: int = Field(description="up to this one")
    state: EpochState
    uses: int
    gross: str = Field(description="taken out of escrows")
    total: str = Field(description="of everybody's earnings so far")
    root: str = Field(description="of OpenZeppelin's StandardMerkleTree over running totals")
    log_digest: str = Field(description="SHA-256 of the log's index, which the chain has as well")
    log_cid: str = Field(description="where the index is on IPFS; docs/use-log.md says how to read it")
    tx_hash: str
    block: int

    @classmethod
    def of(cls, row: EpochRow) -> Self:
        return cls(
            epoch=row.epoch,
            from_block=row.from_block,
            to_block=row.to_block,
            state=row.state,
            uses=row.uses,
            gross=str(row.gross),
            total=str(row.total),
            root="0x" + row.root.hex(),
            log_digest="0x" + row.log_digest.hex(),
            log_cid=cid_of_digest(row.log_digest),
            tx_hash=row.tx_hash,
            block=row.block,
        )


class EpochsView(BaseModel):
    """What is settled, and what waits for it."""

    last: EpochView | None = Field(description="the newest settled epoch")
    unsettled_uses: int = Field(description="metered uses that belong to no epoch yet")


@router.get("")
async def epochs(backend: BackendDep) -> EpochsView:
    """The newest settled epoch, and how many uses wait for the next."""
    async with backend.units() as work:
        last = await work.epochs.last_settled()
        waiting = await work.use_log.unsettled()
    return EpochsView(last=None if last is None else EpochView.of(last), unsettled_uses=waiting)


@router.get("/{number}")
async def epoch(backend: BackendDep, number: int = Path(ge=1, lt=1 << 40)) -> EpochView:
    """One epoch, from when its log is built on."""
    async with backend.units() as work:
        row = await work.epochs.get(number)
    if row is None or row.state == "closed":
        raise NotFound(f"There is no epoch {number} yet.", code="no-such-epoch")
    return EpochView.of(row)
