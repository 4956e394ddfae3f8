"""A keeper's receipts, for whoever audits: they name no person, so anybody may read them."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from fairsignal.domain.use_receipt import Released, UseReceipt
from fairsignal.keeper.receipts import MAX_RECEIPTS, receipts

__all__ = ["router"]

router = APIRouter()

_CURSOR = r"^0x[0-9a-f]{138}$"


class ReceiptModel(BaseModel):
    """One released use; the signature is EIP-712 ``UseReceipt``, by the keeper's chain key."""

    campaign: str
    use_index: int
    digest: str = Field(description="SHA-256 of the sealed profile's manifest")
    released_at: int = Field(description="Unix seconds")
    signature: str


class ReceiptsPage(BaseModel):
    """Receipts in the order of campaign, use and digest."""

    receipts: list[ReceiptModel]
    next: str | None = Field(description="value of ``after`` for what follows; null at the end")

    @classmethod
    def of(cls, found: list[UseReceipt], *, full: bool) -> Self:
        models = [ReceiptModel.model_validate(receipt.as_json()) for receipt in found]
        return cls(receipts=models, next=_cursor(found[-1].released) if full else None)


@router.get("/v1/receipts")
async def list_receipts(
    request: Request,
    after: Annotated[str | None, Query(pattern=_CURSOR, description="``next`` of the answer before")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_RECEIPTS)] = MAX_RECEIPTS,
) -> ReceiptsPage:
    """What this keeper released: campaign, use, manifest and time, signed."""
    found = await receipts(request.app.state.keeper, _released(after) if after else None, limit)
    return ReceiptsPage.of(found, full=len(found) == limit)


def _cursor(released: Released) -> str:
    return "0x" + released.campaign.hex() + f"{released.use_index:010x}" + released.digest.hex()


def _released(cursor: str) -> Released:
    packed = bytes.fromhex(cursor[2:])
    return Released(packed[:32], int.from_bytes(packed[32:37], "big"), packed[37:], 0)
