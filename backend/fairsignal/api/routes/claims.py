"""What people earned of settled epochs, and claims that they signed."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field

from fairsignal.api.deps import BackendDep, Person, limit_address
from fairsignal.api.fields import Address, Amount, HexBytes, Strict, from_hex
from fairsignal.domain.errors import Refused
from fairsignal.market.relay_many import relay_claims
from fairsignal.ports import SignedClaim

router = APIRouter(prefix="/v1/claims", tags=["claims"])


class ClaimView(BaseModel):
    """A person's settled earnings at this operator; amounts in token base units, as decimal strings."""

    subject: str
    operator: str
    epoch: int = Field(description="the newest settled one; 0 for none yet")
    root: str
    total: str = Field(description="running total, ever: what a claim names")
    claimed: str = Field(description="of it, what was paid out")
    claimable: str
    proof: list[str] = Field(description="siblings from the leaf up, for SignalMarket.claim")


class SignedClaimBody(Strict):
    """EIP-712 ``Claim`` of SignalMarket, signed by the subject."""

    subject: Address
    total: Amount
    to: Address
    deadline: int = Field(ge=0, lt=1 << 40, description="Unix seconds")
    signature: HexBytes


class ClaimsBody(Strict):
    """Claims to send in one transaction."""

    claims: list[SignedClaimBody] = Field(min_length=1, max_length=50)


class ClaimsRelayed(BaseModel):
    """The transaction, and which claims it paid, in the order given."""

    tx_hash: str
    block: int
    paid: list[bool]


@router.get("/{subject}")
async def claim(backend: BackendDep, person: Person, subject: str = Path(pattern=r"^0x[0-9a-fA-F]{40}$")) -> ClaimView:
    """One's own running total with its proof. Nobody else's: what is not claimed yet is on no chain."""
    if subject.lower() != person.lower():
        raise Refused("These are somebody else's earnings.", remedy="Ask for your own.", code="not-yours")
    found = await backend.claims.of(person)
    return ClaimView(
        subject=person,
        operator=backend.claims.operator,
        epoch=found.epoch,
        root="0x" + found.root.hex(),
        total=str(found.total),
        claimed=str(found.claimed),
        claimable=str(max(0, found.total - found.claimed)),
        proof=["0x" + node.hex() for node in found.proof],
    )


@router.post("/relay", dependencies=[Depends(limit_address)])
async def relay(body: ClaimsBody, backend: BackendDep) -> ClaimsRelayed:
    """Send signed claims, at the operator's cost; the proofs are added here."""
    signed = [
        SignedClaim(
            subject=each.subject,
            operator=backend.claims.operator,
            total=int(each.total),
            to=each.to,
            deadline=each.deadline,
            proof=(),
            signature=from_hex(each.signature),
        )
        for each in body.claims
    ]
    mined, paid = await relay_claims(backend.relay, backend.claims, signed)
    return ClaimsRelayed(tx_hash=mined.tx_hash, block=mined.block, paid=paid)
