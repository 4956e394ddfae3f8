"""Receipts of consents, for whoever gave them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from fairsignal.api.deps import BackendDep, Person
from fairsignal.domain.consent import Purpose

router = APIRouter(prefix="/v1/me/receipts", tags=["me"])


class ReceiptEntryView(BaseModel):
    purpose: int
    version: int
    block: int = Field(description="of the consent's last change")


class ReceiptList(BaseModel):
    """Consents that a receipt can be had of, as far as the chain was followed."""

    operator: str
    receipts: list[ReceiptEntryView]


class ProofView(BaseModel):
    type: str
    digest: str = Field(description="SHA-256 of the receipt in canonical form (RFC 8785)")
    signature: str = Field(description="the operator's, EIP-712 `ConsentReceipt`")


class SignedReceipt(BaseModel):
    """A receipt in the terms of ISO/IEC TS 27560, as JSON-LD in the Data Privacy Vocabulary, and its proof."""

    receipt: dict[str, Any]
    proof: ProofView


@router.get("")
async def receipts(person: Person, backend: BackendDep) -> ReceiptList:
    """Which receipts can I have?"""
    entries = await backend.receipts.list(person)
    return ReceiptList(
        operator=backend.writer.sender,
        receipts=[
            ReceiptEntryView(purpose=entry.purpose, version=entry.version, block=entry.block) for entry in entries
        ],
    )


@router.get("/{purpose}")
async def receipt(
    person: Person, backend: BackendDep, response: Response, purpose: int = Path(ge=1, le=5)
) -> SignedReceipt:
    """A signed receipt of my consent for one purpose, as it stands; keep it. `fairsignal receipts verify` checks it."""
    signed = await backend.receipts.issue(person, Purpose(purpose))
    response.headers["Content-Disposition"] = f'attachment; filename="fairsignal-receipt-{purpose}.json"'
    return SignedReceipt.model_validate(signed)
