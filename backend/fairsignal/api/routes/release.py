"""Forward an advertiser's request to the keepers. The backend sees only ciphertext and cannot forge a share."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from fairsignal.api.deps import BackendDep
from fairsignal.api.fields import Address, CampaignTermsModel, HexBytes, Strict, from_hex
from fairsignal.domain.categories import BY_SLUG
from fairsignal.domain.consent import categories_mask
from fairsignal.market.release import collect_shares
from fairsignal.ports import ReleaseRequest

router = APIRouter(prefix="/v1/release", tags=["release"])


class ReleaseBody(Strict):
    """An EIP-712 ``Release`` request, signed by the campaign's advertiser."""

    terms: CampaignTermsModel
    subject: Address
    category: str = Field(max_length=64)
    nonce: str = Field(pattern=r"^[0-9]{1,77}$")
    expires_at: int = Field(ge=0, lt=1 << 40, description="Unix seconds")
    signature: HexBytes

    def to_domain(self) -> ReleaseRequest:
        categories_mask([self.category])
        return ReleaseRequest(
            terms=self.terms.to_domain(),
            subject=self.subject,
            category=BY_SLUG[self.category].bit,
            nonce=int(self.nonce),
            expires_at=self.expires_at,
            signature=from_hex(self.signature),
        )


class KeeperAnswer(BaseModel):
    """What one keeper said: a share sealed to the advertiser's on-chain key, or why not."""

    keeper: str
    index: int
    share: str | None = Field(description="HPKE message, hex")
    refused: str | None = Field(description="code of the rule")
    detail: str = ""


class ReleaseResponse(BaseModel):
    """The keepers' answers, and where the manifest is."""

    cid: str
    threshold: int
    answers: list[KeeperAnswer]


@router.post("")
async def release(body: ReleaseBody, backend: BackendDep) -> ReleaseResponse:
    """Ask all keepers at once. Fewer than the threshold of shares is a refusal, with the keepers' rule."""
    collected = await collect_shares(backend.reader, backend.keepers, body.to_domain(), backend.keeper_threshold)
    return ReleaseResponse(
        cid=collected.cid,
        threshold=backend.keeper_threshold,
        answers=[
            KeeperAnswer(
                keeper=answer.url,
                index=answer.index,
                share=None if answer.share is None else "0x" + answer.share.hex(),
                refused=answer.refused,
                detail=answer.detail,
            )
            for answer in collected.answers
        ],
    )
