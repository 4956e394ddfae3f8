"""Release requests and answers as JSON: what the backend forwards is what keepers take."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, Field

from fairsignal.api.fields import Address, Bytes32, CampaignTermsModel, HexBytes, Strict, from_hex
from fairsignal.domain.release import MAX_ITEMS, ReleaseItem
from fairsignal.ports import ReleaseAnswer, ReleaseRequest

__all__ = ["ReleaseAnswerModel", "ReleaseBody"]


class ItemModel(Strict):
    """One paid use."""

    subject: Address
    category: int = Field(ge=0, le=127, description="bit of the category")
    use_index: int = Field(ge=0, lt=1 << 40)
    tx_hash: Bytes32 = Field(description="transaction that recorded the use")
    block: int = Field(ge=0, lt=1 << 53, description="number of its block")


class ReleaseBody(Strict):
    """An EIP-712 ``Release`` request, signed by the campaign's advertiser: one use, or a cohort."""

    terms: CampaignTermsModel
    items: list[ItemModel] = Field(min_length=1, max_length=MAX_ITEMS)
    nonce: str = Field(pattern=r"^[0-9]{1,77}$")
    expires_at: int = Field(ge=0, lt=1 << 40, description="Unix seconds")
    signature: HexBytes

    def to_domain(self) -> ReleaseRequest:
        return ReleaseRequest(
            terms=self.terms.to_domain(),
            items=tuple(
                ReleaseItem(item.subject, item.category, item.use_index, from_hex(item.tx_hash), item.block)
                for item in self.items
            ),
            nonce=int(self.nonce),
            expires_at=self.expires_at,
            signature=from_hex(self.signature),
        )


class ResultModel(BaseModel):
    """A share sealed to the advertiser's key on chain, with the hash of its manifest; or why not."""

    digest: str
    share: str | None = Field(description="HPKE message, hex")
    refused: str = Field(description="code of the rule")
    detail: str


class ReleaseAnswerModel(BaseModel):
    """One keeper's answer, in the order of the request's items."""

    results: list[ResultModel]
    released_at: int = Field(description="Unix seconds")
    receipt: str = Field(description="EIP-712 ReleaseReceipt, by the keeper's chain key")

    @classmethod
    def of(cls, answer: ReleaseAnswer) -> Self:
        return cls(
            results=[
                ResultModel(
                    digest="0x" + result.digest.hex(),
                    share=None if result.share is None else "0x" + result.share.hex(),
                    refused=result.refused,
                    detail=result.detail,
                )
                for result in answer.results
            ],
            released_at=answer.released_at,
            receipt="0x" + answer.receipt.hex(),
        )
