"""Relay a person's request to erase everything, and say how far it has come, place by place."""

from __future__ import annotations

from typing import Self

from fastapi import APIRouter
from pydantic import BaseModel, Field

from fairsignal.api.deps import BackendDep
from fairsignal.api.fields import Address, HexBytes, Strict, from_hex
from fairsignal.market.erase import ErasureReport
from fairsignal.ports import ErasureReplica, ErasureReplicaState, ErasureState

router = APIRouter(prefix="/v1/erasures", tags=["erasures"])


class ErasureRequest(Strict):
    """A request that a person signed (EIP-712 ``RequestErasure``)."""

    subject: Address
    operator: Address
    signed_at: int = Field(ge=0, lt=1 << 40, description="Unix seconds")
    signature: HexBytes


class ReplicaView(BaseModel):
    """One place that the subject's data is erased from."""

    name: str = Field(examples=["database", "blobs:embedded", "keeper:1"])
    state: ErasureReplicaState = Field(description="refused: it answered and said no; it is asked again all the same")
    attempts: int
    error: str = Field(description="code of what went wrong last")
    next_try_at: int = Field(description="Unix seconds; 0 for at once")
    erased_at: int = Field(description="Unix seconds; 0 for not yet")
    receipt: str = Field(description="a keeper's EIP-712 `Erased`, by its chain key")

    @classmethod
    def of(cls, replica: ErasureReplica) -> Self:
        return cls(
            name=replica.name,
            state=replica.state,
            attempts=replica.attempts,
            error=replica.error,
            next_try_at=replica.next_try_at,
            erased_at=replica.erased_at,
            receipt="0x" + replica.receipt.hex(),
        )


class ErasureView(BaseModel):
    """The subject's newest erasure."""

    subject: str
    state: ErasureState = Field(
        description="requested: on chain, not final yet; erasing; erased: everywhere; confirmed: the operator said so "
        "on chain; closed: that is final, and the subject's data may be published again if it consents"
    )
    requested_at: int = Field(description="Unix seconds, on chain")
    confirmed_at: int = Field(description="Unix seconds, on chain; 0 for not yet")
    confirmation_tx: str = Field(description="transaction of the confirmation, when it is known")
    replicas: list[ReplicaView]

    @classmethod
    def of(cls, report: ErasureReport) -> Self:
        return cls(
            subject=report.row.subject,
            state=report.row.state,
            requested_at=report.row.requested_at,
            confirmed_at=report.row.confirmed_at,
            confirmation_tx=report.row.tx_hash,
            replicas=[ReplicaView.of(replica) for replica in report.replicas],
        )


class RelayedErasure(BaseModel):
    """The transaction that carried the request, and what is erased now."""

    tx_hash: str
    block: int
    gas_used: int
    erasure: ErasureView


@router.post("", status_code=202)
async def request(body: ErasureRequest, backend: BackendDep) -> RelayedErasure:
    """Bring a signed request on chain; the operator pays the gas. Erasing begins once its block is final."""
    mined = await backend.relay.erase(body.subject, body.operator, body.signed_at, from_hex(body.signature))
    report = await backend.eraser.requested(body.subject)
    return RelayedErasure(
        tx_hash=mined.tx_hash, block=mined.block, gas_used=mined.gas_used, erasure=ErasureView.of(report)
    )


@router.get("/{subject}")
async def progress(subject: Address, backend: BackendDep) -> ErasureView:
    """Which places are erased, and which did not answer yet."""
    return ErasureView.of(await backend.eraser.report(subject))
