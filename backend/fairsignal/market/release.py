"""Asking the keepers for one category, all at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from fairsignal.domain.cid import cid_of_digest
from fairsignal.domain.errors import FairsignalError, Refused
from fairsignal.ports import ChainReader, KeeperClient, ReleaseRequest

__all__ = ["Answer", "Collected", "collect_shares"]


@dataclass(frozen=True, slots=True)
class Answer:
    """One keeper's answer: a sealed share, or the code of the rule that refused."""

    url: str
    index: int
    share: bytes | None = field(default=None, repr=False)
    refused: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Collected:
    """Enough sealed shares, and the CID of the manifest that they open a category of."""

    cid: str
    answers: tuple[Answer, ...]


async def collect_shares(
    reader: ChainReader, keepers: Sequence[KeeperClient], request: ReleaseRequest, threshold: int
) -> Collected:
    """Ask every keeper; succeed with any ``threshold`` shares.

    Raises:
        Refused: fewer shares came; ``code`` is the rule that most keepers named.
    """
    digest = await reader.digest_of(request.terms.operator, request.subject)
    answers = await asyncio.gather(*(_ask(index, keeper, request) for index, keeper in enumerate(keepers, start=1)))
    shares = sum(answer.share is not None for answer in answers)
    if shares < threshold:
        refusals = Counter(answer.refused for answer in answers if answer.refused)
        rule, _ = refusals.most_common(1)[0] if refusals else ("no-keepers", 0)
        detail = next((answer.detail for answer in answers if answer.refused == rule), "")
        raise Refused(
            f"Only {shares} of {len(keepers)} keepers released their share, {threshold} are needed. {detail}".strip(),
            code=rule,
        )
    return Collected(cid=cid_of_digest(digest), answers=tuple(answers))


async def _ask(index: int, keeper: KeeperClient, request: ReleaseRequest) -> Answer:
    try:
        share = await keeper.release(request)
    except FairsignalError as error:
        return Answer(keeper.url, index, refused=error.code, detail=error.message)
    return Answer(keeper.url, index, share=share)
