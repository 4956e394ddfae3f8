"""Who may be reached, and the uses that follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from fairsignal.api.decision_models import (
    DecisionRequest,
    DecisionResponse,
    UseOutcome,
    UsesRequest,
    UsesResponse,
    UseView,
)
from fairsignal.api.deps import BackendDep, require_scope
from fairsignal.domain.categories import BY_BIT
from fairsignal.domain.decision import Rule
from fairsignal.domain.decision_index import ALLOWED, RULES
from fairsignal.domain.errors import FairsignalError
from fairsignal.market.decide import Decisions

router = APIRouter(prefix="/v1", tags=["decisions"])

_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": DecisionRequest.model_json_schema()}}}
}


# Read and written by hand: FastAPI would build and check a model for each of up to 32,000 answers.
@router.post(
    "/decisions",
    dependencies=[Depends(require_scope("decisions"))],
    response_model=DecisionResponse,
    openapi_extra=_BODY,
)
async def decisions(request: Request, backend: BackendDep) -> Response:
    """Decide up to 1,000 subjects against up to 32 campaigns, from memory."""
    try:
        asked = DecisionRequest.model_validate_json(await request.body())
    except ValidationError as error:
        raise RequestValidationError(
            [problem | {"loc": ("body", *problem["loc"])} for problem in error.errors(include_url=False)]
        ) from error
    decider = backend.decisions.decider
    await decider.ready(asked.min_block)
    found = decider.decide(
        [bytes.fromhex(subject[2:]) for subject in asked.subjects],
        asked.purpose,
        [bytes.fromhex(campaign[2:]) for campaign in asked.campaigns],
        utc_offset=asked.utc_offset_minutes,
        min_block=asked.min_block,
    )
    return Response("".join(_json(asked, found)), media_type="application/json")


def _json(asked: DecisionRequest, found: Decisions) -> Iterator[str]:
    """A ``DecisionResponse``. Nothing in it needs escaping: addresses, hashes, slugs, numbers, base64url."""
    yield f'{{"block":{found.block.number},"block_time":{found.block.timestamp},"expires_at":{found.expires_at},'
    yield '"decisions":['
    columns = [
        [_REFUSED[Rule.STALE]] * len(asked.subjects)
        if found.stale
        else list(_answers(verdict.rules.tolist(), verdict.categories.tolist(), tokens, price))
        for verdict, tokens, price in _by_campaign(found)
    ]
    comma = ""
    for position, subject in enumerate(asked.subjects):
        for campaign, answers in zip(asked.campaigns, columns, strict=True):
            yield f'{comma}{{"subject":"{subject}","campaign":"{campaign}",{answers[position]}}}'
            comma = ","
    yield "]}"


def _by_campaign(found: Decisions) -> Iterator[Any]:
    if found.stale:
        return iter([(None, None, price) for price in found.prices])
    return zip(found.verdicts, found.tokens, found.prices, strict=True)


def _answers(rules: Sequence[int], categories: Sequence[int], tokens: Sequence[str], price: int) -> Iterator[str]:
    remaining = iter(tokens)
    for code, category in zip(rules, categories, strict=True):
        if code == ALLOWED:
            yield (
                f'"allowed":true,"category":"{BY_BIT[category].slug}","price":"{price}","rule":null,'
                f'"token":"{next(remaining)}"'
            )
        else:
            yield _REFUSED[RULES[code]]


_REFUSED = {rule: f'"allowed":false,"category":null,"price":null,"rule":"{rule}","token":null' for rule in RULES}


@router.post("/uses", dependencies=[Depends(require_scope("uses"))])
async def uses(
    body: UsesRequest,
    backend: BackendDep,
    idempotency_key: str = Header(min_length=8, max_length=128, pattern=r"^[A-Za-z0-9._:-]+$"),
) -> UseView | UsesResponse:
    """Confirm uses: each is paid once, whatever is repeated. With ``token`` the answer is the use, or the problem that
    refused it; with ``tokens`` it is one outcome for each, in order."""
    tokens = [body.token] if body.token is not None else body.tokens or []
    outcomes = await backend.decisions.confirmer.confirm(idempotency_key, tokens)
    if body.token is None:
        return UsesResponse(uses=[UseOutcome.of(outcome) for outcome in outcomes])
    (outcome,) = outcomes
    if isinstance(outcome, FairsignalError):
        raise outcome
    return UseView.of(outcome)
