"""Decisions and confirmed uses as JSON."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator

from fairsignal.api.fields import Bytes32, Strict
from fairsignal.domain.use_token import TOKEN_LENGTH
from fairsignal.market.confirm import ConfirmedUse, Outcome

__all__ = ["DecisionRequest", "DecisionResponse", "UseOutcome", "UseView", "UsesRequest", "UsesResponse"]

Subject = Annotated[
    str,
    Field(
        pattern=r"^0x[0-9a-fA-F]{40}$",
        description="address; a checksum in it is not looked at",
        examples=["0x" + "00" * 19 + "01"],
    ),
]
Token = Annotated[str, Field(min_length=1, max_length=2 * TOKEN_LENGTH, description="as it came with a decision")]


class DecisionRequest(Strict):
    """Which of these campaigns may use which of these subjects' signals, for one purpose?"""

    subjects: list[Subject] = Field(min_length=1, max_length=1000)
    purpose: int = Field(ge=1, le=5)
    campaigns: list[Bytes32] = Field(min_length=1, max_length=32)
    utc_offset_minutes: int | None = Field(
        default=None, ge=-14 * 60, le=14 * 60, description="of these people's clocks, for quiet hours (purpose 3)"
    )
    min_block: int = Field(
        default=0, ge=0, lt=1 << 53, description="answer as of this block or a later one, or refuse as stale"
    )


class DecisionView(BaseModel):
    """One (subject, campaign): a category, a price and a token, or the rule that refused."""

    subject: str = Field(description="as it was asked for")
    campaign: str
    allowed: bool
    category: str | None
    price: str | None = Field(description="gross price of the use, token base units")
    rule: str | None
    token: str | None = Field(description="confirms the use once, with POST /v1/uses")


class DecisionResponse(BaseModel):
    """Decisions, current to one block: for every subject every campaign, in the order of the request."""

    block: int
    block_time: int = Field(description="Unix seconds")
    expires_at: int = Field(description="Unix seconds until which the tokens can be confirmed")
    decisions: list[DecisionView]


class UsesRequest(Strict):
    """Decisions that were acted on: one token, or many."""

    token: Token | None = None
    tokens: list[Token] | None = Field(default=None, min_length=1, max_length=1000)

    @model_validator(mode="after")
    def _is_one_of_them(self) -> Self:
        if (self.token is None) == (self.tokens is None):
            raise ValueError("give either token or tokens")
        return self


class UseView(BaseModel):
    """A paid use; amounts in token base units, as decimal strings."""

    use_id: str
    campaign: str
    subject: str
    category: str
    price: str
    share: str = Field(description="the person's part of the price")
    block: int = Field(description="of the record on chain; for a metered use, the block that the decision was made at")
    metered: bool = Field(description="logged, and paid with its epoch; else paid on chain already")
    use_index: int | None = Field(description="its number among the campaign's uses, if it is not metered")
    tx_hash: str | None

    @classmethod
    def of(cls, use: ConfirmedUse) -> Self:
        from fairsignal.domain.categories import BY_BIT

        return cls(
            use_id="0x" + use.use_id.hex(),
            campaign="0x" + use.campaign.hex(),
            subject=use.subject,
            category=BY_BIT[use.category].slug,
            price=str(use.price),
            share=str(use.share),
            block=use.block,
            metered=use.metered,
            use_index=use.use_index,
            tx_hash=use.tx_hash,
        )


class UseOutcome(BaseModel):
    """What became of one token."""

    use: UseView | None
    code: str | None = Field(description="the rule that refused")
    detail: str | None
    retryable: bool = Field(description="not known yet: ask again with the same key and tokens")

    @classmethod
    def of(cls, outcome: Outcome) -> Self:
        if isinstance(outcome, ConfirmedUse):
            return cls(use=UseView.of(outcome), code=None, detail=None, retryable=False)
        return cls(use=None, code=outcome.code, detail=str(outcome), retryable=outcome.retryable)


class UsesResponse(BaseModel):
    """One outcome for each token, in order."""

    uses: list[UseOutcome]
