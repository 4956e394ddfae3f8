"""What the operator holds about whoever signed in. There is no address to ask for: only one's own data can be had."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from fairsignal.api.deps import BackendDep, Person
from fairsignal.domain.consent import slugs_of
from fairsignal.market.own_data import export_of, own_consents, own_credits, own_profile

router = APIRouter(prefix="/v1/me", tags=["me"])


class ProfileView(BaseModel):
    """The newest sealed profile. Its signals are for the person's own key to open; the backend cannot."""

    version: int
    cid: str
    digest: str = Field(description="SHA-256 of the manifest, as attested on chain")
    categories: list[str] = Field(description="the interests that this operator matches campaigns against")
    stored: bool
    attested: bool
    keepers: list[int] = Field(description="indices of the keepers that have their shares")


class OwnConsentView(BaseModel):
    """The consent that is stored for one purpose."""

    purpose: int
    in_force: bool
    categories: list[str]
    floor: int = Field(description="least gross price of one use, millionths of a token")
    cap: int = Field(description="uses per UTC day")
    granted_at: int = Field(description="Unix seconds")
    ends_at: int = Field(description="Unix seconds; when it was revoked, the time of that")
    version: int
    guarded: bool = Field(description="approved by the guardian of a minor")


class OwnConsents(BaseModel):
    operator: str
    block: int = Field(description="the block that this is current to")
    consents: list[OwnConsentView]


class LaneEarnings(BaseModel):
    """Token base units, as decimal strings."""

    purpose: int
    earned: str
    claimed: str


class SettledEarnings(BaseModel):
    """From metered uses, over all purposes; token base units, as decimal strings."""

    epoch: int = Field(description="newest settled one, 0 for none")
    earned: str
    claimed: str


class Earnings(BaseModel):
    operator: str
    at_once: list[LaneEarnings] = Field(description="from uses that were paid at once, by purpose")
    settled: SettledEarnings = Field(description="GET /v1/claims/{subject} has the proof to claim it with")


class ExportView(BaseModel):
    """Everything that this operator's database holds about a wallet, by table. Chats are not kept, so none are here."""

    address: str
    operator: str
    exported_at: int = Field(description="Unix seconds")
    tables: dict[str, list[dict[str, Any]]]


@router.get("/profile")
async def profile(person: Person, backend: BackendDep) -> ProfileView:
    """Which profile of mine is in use here?"""
    row = await own_profile(backend.units, person)
    return ProfileView(
        version=row.version,
        cid=row.cid,
        digest="0x" + row.digest.hex(),
        categories=slugs_of(row.categories),
        stored=row.stored,
        attested=row.attested,
        keepers=list(row.deposited),
    )


@router.get("/consents")
async def consents(person: Person, backend: BackendDep) -> OwnConsents:
    """What did I allow this operator?"""
    operator = backend.writer.sender
    found = await own_consents(backend.reader, operator, person)
    head = await backend.reader.head() if not found else None
    return OwnConsents(
        operator=operator,
        block=min((own.block for own in found), default=0 if head is None else head.number),
        consents=[
            OwnConsentView(
                purpose=own.purpose,
                in_force=own.in_force,
                categories=slugs_of(own.consent.categories),
                floor=own.consent.floor,
                cap=own.consent.cap,
                granted_at=own.consent.granted_at,
                ends_at=own.consent.ends_at,
                version=own.consent.version,
                guarded=own.consent.guarded,
            )
            for own in found
        ],
    )


@router.get("/earnings")
async def earnings(person: Person, backend: BackendDep) -> Earnings:
    """What did my signals bring me?"""
    operator = backend.writer.sender
    found = await own_credits(backend.reader, operator, person)
    settled = await backend.claims.of(person)
    return Earnings(
        operator=operator,
        settled=SettledEarnings(epoch=settled.epoch, earned=str(settled.total), claimed=str(settled.claimed)),
        at_once=[
            LaneEarnings(purpose=credit.purpose, earned=str(credit.earned), claimed=str(credit.claimed))
            for credit in found
        ],
    )


@router.get("/export")
async def export(person: Person, backend: BackendDep, response: Response) -> ExportView:
    """All that this operator holds about me, as a file."""
    found = await export_of(backend.units, backend.access.clock, person)
    response.headers["Content-Disposition"] = 'attachment; filename="fairsignal-export.json"'
    return ExportView(
        address=person,
        operator=backend.writer.sender,
        exported_at=found.exported_at,
        tables={name: [dict(row) for row in rows] for name, rows in found.tables.items()},
    )
