"""Asking the keepers for what an advertiser paid for: as a forwarder who sees ciphertext only, or as the advertiser."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from fairsignal.domain.errors import FairsignalError, Refused
from fairsignal.ports import KeeperClient, ReleaseAnswer, ReleaseRequest

__all__ = ["KeeperReply", "ask", "common_refusal", "forward"]


@dataclass(frozen=True, slots=True)
class KeeperReply:
    """What one keeper said, or why it said nothing."""

    index: int
    """The keeper's share index, 1..n."""
    url: str
    answer: ReleaseAnswer | None = field(default=None, repr=False)
    refused: str = ""
    """Code of the rule by which it refused the request as a whole, or of what kept it from answering."""
    detail: str = ""


async def ask(index: int, keeper: KeeperClient, request: ReleaseRequest) -> KeeperReply:
    """Ask one keeper; an error is a reply as well."""
    try:
        return KeeperReply(index, keeper.url, await keeper.release(request))
    except FairsignalError as error:
        return KeeperReply(index, keeper.url, refused=error.code, detail=error.message)


async def forward(keepers: Sequence[KeeperClient], request: ReleaseRequest, threshold: int) -> list[KeeperReply]:
    """Ask every keeper at once; -> their replies, in keeper order.

    Raises:
        Refused: no item has ``threshold`` shares; ``code`` is the rule that most keepers named.
    """
    replies = await asyncio.gather(*(ask(index, keeper, request) for index, keeper in enumerate(keepers, start=1)))
    shares = [_shares_of(replies, place) for place in range(len(request.items))]
    if max(shares) < threshold:
        code, detail = common_refusal(replies)
        raise Refused(
            f"Only {max(shares)} of {len(keepers)} keepers released their share, {threshold} are needed. "
            f"{detail}".strip(),
            code=code,
        )
    return replies


def common_refusal(replies: Sequence[KeeperReply], place: int = 0) -> tuple[str, str]:
    """(code, detail) of the refusal that most keepers gave: of the whole request, or of the item at ``place``."""
    refusals = [(reply.refused, reply.detail) for reply in replies if reply.answer is None]
    for reply in replies:
        if reply.answer is not None and place < len(reply.answer.results) and reply.answer.results[place].refused:
            refusals.append((reply.answer.results[place].refused, reply.answer.results[place].detail))
    if not refusals:
        return "no-keepers", ""
    code, _ = Counter(code for code, _ in refusals).most_common(1)[0]
    return code, next(detail for given, detail in refusals if given == code)


def _shares_of(replies: Sequence[KeeperReply], place: int) -> int:
    answers = [reply.answer for reply in replies if reply.answer is not None]
    return sum(place < len(answer.results) and answer.results[place].share is not None for answer in answers)
