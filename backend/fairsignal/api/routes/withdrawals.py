"""Pay-outs of what uses that were recorded at once have earned, by the person's signature."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from fairsignal.api.deps import BackendDep
from fairsignal.api.fields import Address, Amount, HexBytes, Strict, from_hex
from fairsignal.api.relayed import Relayed
from fairsignal.domain.consent import lane_of

router = APIRouter(prefix="/v1/withdrawals", tags=["claims"])


class WithdrawalRelay(Strict):
    """A withdrawal that a person signed (EIP-712 ``Withdrawal``)."""

    subject: Address
    operator: Address
    purpose: int = Field(ge=1, le=5)
    earned: Amount = Field(description="everything earned on this lane so far, ever; base units, as a decimal string")
    to: Address
    deadline: int = Field(ge=0, lt=1 << 40, description="Unix seconds")
    signature: HexBytes


@router.post("/relay")
async def relay(body: WithdrawalRelay, backend: BackendDep) -> Relayed:
    """Bring a signed withdrawal on chain; the operator pays the gas."""
    return Relayed.of(
        await backend.relay.withdraw(
            body.subject,
            lane_of(body.operator, body.purpose),
            int(body.earned),
            body.to,
            body.deadline,
            from_hex(body.signature),
        )
    )
