"""Check consents, and relay signed grants and revocations for free."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from fairsignal.api.deps import BackendDep
from fairsignal.api.fields import Address, Amount, HexBytes, Strict, from_hex
from fairsignal.api.relayed import Relayed
from fairsignal.domain.categories import BY_SLUG
from fairsignal.domain.consent import ConsentTerms, Purpose, categories_mask, lane_of, slugs_of
from fairsignal.market.consents import check_consents
from fairsignal.market.relay_many import relay_grants
from fairsignal.ports import SignedGrant

router = APIRouter(prefix="/v1/consents", tags=["consents"])


class CheckRequest(Strict):
    """May these subjects' signals in this category be used for this purpose?"""

    subjects: list[Address] = Field(min_length=1, max_length=1000)
    purpose: int = Field(ge=1, le=5)
    category: str = Field(max_length=64, examples=["travel"])
    operator: Address | None = Field(default=None, description="default: this operator")


class ConsentView(BaseModel):
    """One subject's answer, with the terms behind it."""

    subject: str
    allowed: bool
    categories: list[str]
    floor: int = Field(description="least gross price of one use, millionths of a token")
    cap: int = Field(description="uses per UTC day")
    granted_at: int = Field(description="Unix seconds")
    ends_at: int = Field(description="Unix seconds")
    version: int


class CheckResponse(BaseModel):
    """Answers, current to one block."""

    block: int
    consents: list[ConsentView]


class GrantRelay(Strict):
    """A grant that a person signed (EIP-712 ``Grant``)."""

    subject: Address
    operator: Address
    purpose: int = Field(ge=1, le=5)
    categories: Amount
    floor: int = Field(ge=0, lt=1 << 32)
    cap: int = Field(ge=1, lt=1 << 12)
    ends_at: int = Field(ge=0, lt=1 << 32)
    version: int = Field(ge=1, lt=1 << 19)
    signed_at: int = Field(ge=0, lt=1 << 32)
    signature: HexBytes

    def to_domain(self) -> SignedGrant:
        terms = ConsentTerms(
            operator=self.operator,
            purpose=Purpose(self.purpose),
            categories=int(self.categories),
            floor=self.floor,
            cap=self.cap,
            ends_at=self.ends_at,
        )
        return SignedGrant(self.subject, terms, self.version, self.signed_at, from_hex(self.signature))


class GrantsRelay(Strict):
    """Grants of many people, or of one for many purposes."""

    grants: list[GrantRelay] = Field(min_length=1, max_length=100)


class GrantOutcome(BaseModel):
    """What became of one grant."""

    relayed: Relayed | None
    code: str | None = Field(description="the rule that says no", examples=["wrong-version"])


class GrantsRelayed(BaseModel):
    """Outcomes in the order given."""

    grants: list[GrantOutcome]


class RevocationRelay(Strict):
    """A revocation that a person signed (EIP-712 ``Revoke``)."""

    subject: Address
    operator: Address
    purpose: int = Field(ge=1, le=5)
    signed_at: int = Field(ge=0, lt=1 << 32)
    signature: HexBytes


class RevocationOfAllRelay(Strict):
    """A revocation of everything that a person signed (EIP-712 ``RevokeAll``)."""

    subject: Address
    signed_at: int = Field(ge=0, lt=1 << 32)
    signature: HexBytes


@router.post("/check")
async def check(body: CheckRequest, backend: BackendDep) -> CheckResponse:
    """Check up to 1,000 subjects at one block."""
    categories_mask([body.category])
    operator = body.operator or backend.writer.sender
    bit = BY_SLUG[body.category].bit
    checks = await check_consents(backend.reader, body.subjects, operator, Purpose(body.purpose), bit)
    return CheckResponse(
        block=checks[0].block,
        consents=[
            ConsentView(
                subject=check.subject,
                allowed=check.allowed,
                categories=slugs_of(check.consent.categories),
                floor=check.consent.floor,
                cap=check.consent.cap,
                granted_at=check.consent.granted_at,
                ends_at=check.consent.ends_at,
                version=check.consent.version,
            )
            for check in checks
        ],
    )


@router.post("/relay")
async def relay(body: GrantRelay, backend: BackendDep) -> Relayed:
    """Bring a signed grant for this operator on chain; the operator pays the gas."""
    signed = body.to_domain()
    return Relayed.of(
        await backend.relay.grant(signed.subject, signed.terms, signed.version, signed.signed_at, signed.signature)
    )


@router.post("/relay-batch")
async def relay_batch(body: GrantsRelay, backend: BackendDep) -> GrantsRelayed:
    """Bring many signed grants on chain, in one transaction per purpose; what cannot be is named and left out."""
    outcomes = await relay_grants(backend.relay, [grant.to_domain() for grant in body.grants])
    return GrantsRelayed(
        grants=[
            GrantOutcome(
                relayed=None if outcome.mined is None else Relayed.of(outcome.mined),
                code=None if outcome.fault is None else outcome.fault.code,
            )
            for outcome in outcomes
        ]
    )


@router.post("/relay-revocation")
async def relay_revocation(body: RevocationRelay, backend: BackendDep) -> Relayed:
    """Bring a signed revocation on chain, before everything else; refusing would be useless, anyone can relay it."""
    lane = lane_of(body.operator, body.purpose)
    return Relayed.of(await backend.relay.revoke(body.subject, lane, body.signed_at, from_hex(body.signature)))


@router.post("/relay-revocation-of-all")
async def relay_revocation_of_all(body: RevocationOfAllRelay, backend: BackendDep) -> Relayed:
    """The same for every consent of the person, to any operator."""
    return Relayed.of(await backend.relay.revoke_all(body.subject, body.signed_at, from_hex(body.signature)))
