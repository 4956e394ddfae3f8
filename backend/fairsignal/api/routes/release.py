"""Forward an advertiser's request to the keepers. The backend sees only ciphertext and cannot forge a share."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from fairsignal.api.deps import BackendDep
from fairsignal.api.release_models import ReleaseAnswerModel, ReleaseBody
from fairsignal.market.release import forward

router = APIRouter(prefix="/v1/release", tags=["release"])


class KeeperReplyModel(BaseModel):
    """What one keeper said: shares sealed to the advertiser's on-chain key, or why it said nothing."""

    keeper: str
    index: int = Field(description="the keeper's share index")
    answer: ReleaseAnswerModel | None
    refused: str = Field(description="code of the rule")
    detail: str


class ReleaseResponse(BaseModel):
    """The keepers' replies."""

    threshold: int
    replies: list[KeeperReplyModel]


@router.post("")
async def release(body: ReleaseBody, backend: BackendDep) -> ReleaseResponse:
    """Ask all keepers at once. Fewer than the threshold of shares is a refusal, with the keepers' rule."""
    replies = await forward(backend.keepers, body.to_domain(), backend.keeper_threshold)
    return ReleaseResponse(
        threshold=backend.keeper_threshold,
        replies=[
            KeeperReplyModel(
                keeper=reply.url,
                index=reply.index,
                answer=None if reply.answer is None else ReleaseAnswerModel.of(reply.answer),
                refused=reply.refused,
                detail=reply.detail,
            )
            for reply in replies
        ],
    )
