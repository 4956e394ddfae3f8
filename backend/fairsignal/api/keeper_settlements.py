"""A keeper's signature under an epoch's settlement."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from fairsignal.api.fields import Address, Bytes32, HexBytes, Strict, from_hex
from fairsignal.domain.hpke import OVERHEAD
from fairsignal.domain.log_keys import KEY_BYTES
from fairsignal.keeper.settlements import SettlementKeeper
from fairsignal.ports import SettlementRequest

__all__ = ["router"]

router = APIRouter()

_SEALED_DIGITS = 2 * (KEY_BYTES + OVERHEAD)


class SettlementBody(Strict):
    """An epoch's log, by the hash of its index, and its key; the keeper fetches the log and asks its own node."""

    operator: Address
    log_digest: Bytes32 = Field(description="SHA-256 of the log's index")
    log_key: str = Field(
        pattern=rf"^0x[0-9a-fA-F]{{{_SEALED_DIGITS}}}$", description="HPKE message to this keeper with the log key"
    )
    signature: HexBytes = Field(description="EIP-712 `SettlementRequest`, by the operator")


class SettlementSigned(BaseModel):
    """The keeper recomputed the epoch and stands for it."""

    signature: str = Field(description="EIP-712 `Settlement` of SignalMarket, by the keeper's chain key")


@router.post("/v1/settlements")
async def sign_settlement(request: Request, body: SettlementBody) -> SettlementSigned:
    """Check every use of an epoch, and sign its settlement or name the rule that it breaks. May take minutes."""
    settlements: SettlementKeeper = request.app.state.settlements
    signature = await settlements.sign(
        SettlementRequest(body.operator, from_hex(body.log_digest), from_hex(body.log_key), from_hex(body.signature))
    )
    return SettlementSigned(signature="0x" + signature.hex())
