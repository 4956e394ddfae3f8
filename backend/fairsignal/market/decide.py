"""Who may be reached by which campaign, and if not, which rule says no."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from fairsignal.domain.decision import Offer, Rule
from fairsignal.domain.decision_index import ALLOWED, Rows, Verdict
from fairsignal.domain.pacing import QuietHours
from fairsignal.domain.use_token import DecidedUse, UseTokens
from fairsignal.market.desk import Desk
from fairsignal.market.refusals import Refusals
from fairsignal.ports import BlockRef, Clock

__all__ = ["Decider", "Decisions"]

_PROACTIVE = 3
_USE_ID = 16
_WAIT = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Decisions:
    """Answers for every (subject, campaign), campaign by campaign, each in the order of the subjects."""

    block: BlockRef
    """The block that they are current to."""
    expires_at: int
    """Unix seconds until which tokens may be confirmed."""
    stale: bool
    """Refused altogether: the chain was not heard of for too long."""
    verdicts: tuple[Verdict, ...]
    tokens: tuple[list[str], ...]
    """Per campaign, one for each subject that is allowed, in order."""
    prices: tuple[int, ...]
    """Per campaign, token base units."""


class Decider:
    """Answers from memory alone."""

    def __init__(
        self,
        desk: Desk,
        tokens: UseTokens,
        refusals: Refusals,
        clock: Clock,
        *,
        lifetime: timedelta,
        quiet_hours: QuietHours,
        utc_offset: int,
    ) -> None:
        """
        Args:
            lifetime: of tokens.
            quiet_hours: when nobody is written to unasked (purpose 3).
            utc_offset: minutes that clocks of people are ahead of UTC, where a request does not say so.
        """
        self._desk = desk
        self._tokens = tokens
        self._refusals = refusals
        self._clock = clock
        self._lifetime = int(lifetime.total_seconds())
        self._quiet_hours = quiet_hours
        self._utc_offset = utc_offset

    async def ready(self, min_block: int = 0) -> None:
        """What this process committed is taken in, and so is a block that the caller saw (its own grant, a revocation).

        A block that takes too long to come is then refused as stale by ``decide``.
        """
        await self._desk.current(min_block, _WAIT)

    def decide(
        self,
        subjects: Sequence[bytes],
        purpose: int,
        campaigns: Sequence[bytes],
        *,
        utc_offset: int | None = None,
        min_block: int = 0,
    ) -> Decisions:
        """Decide every (subject, campaign) for one purpose.

        Args:
            subjects: 20 bytes each.
            utc_offset: minutes that these people's clocks are ahead of UTC.
            min_block: answers of an older block are refused as stale.

        Raises:
            NotFound: a campaign is not open on chain, or was not handed in.
        """
        desk, now = self._desk, self._clock.now()
        offers = [desk.offer(campaign) for campaign in campaigns]
        prices = tuple(offer.campaign.terms.price_per_use for offer in offers)
        expires_at = now + self._lifetime
        if desk.is_stale or desk.block.number < min_block:
            for campaign in campaigns:
                self._refusals.add(campaign, Rule.STALE, len(subjects))
            return Decisions(desk.block, expires_at, True, (), (), prices)
        offset = self._utc_offset if utc_offset is None else utc_offset
        quiet = purpose == _PROACTIVE and self._quiet_hours.cover(now, offset)
        rows = desk.index.rows(subjects)
        verdicts = desk.index.decide(rows, purpose, offers, quiet=quiet)
        tokens = []
        for campaign, offer, verdict in zip(campaigns, offers, verdicts, strict=True):
            self._refusals.count(campaign, verdict.rules)
            allowed = (verdict.rules == ALLOWED).nonzero()[0]
            tokens.append(self._seal(campaign, offer, subjects, rows, verdict, allowed, now))
        return Decisions(desk.block, expires_at, False, tuple(verdicts), tuple(tokens), prices)

    def _seal(
        self,
        campaign: bytes,
        offer: Offer,
        subjects: Sequence[bytes],
        rows: Rows,
        verdict: Verdict,
        allowed: Rows,
        now: int,
    ) -> list[str]:
        """Tokens for the people at these positions."""
        if not len(allowed):
            return []
        terms, block = offer.campaign.terms, self._desk.block
        caps, versions = self._desk.index.limits(rows[allowed], terms.purpose)
        ids = os.urandom(_USE_ID * len(allowed))
        found = zip(_pieces(ids), allowed.tolist(), verdict.categories[allowed].tolist(), caps, versions, strict=True)
        return self._tokens.seal(
            now,
            [
                DecidedUse(
                    use_id,
                    campaign,
                    subjects[at],
                    category,
                    terms.metered,
                    cap,
                    version,
                    block.number,
                    block.timestamp,
                    now + self._lifetime,
                    terms.price_per_use,
                )
                for use_id, at, category, cap, version in found
            ],
        )


def _pieces(data: bytes) -> list[bytes]:
    return [data[start : start + _USE_ID] for start in range(0, len(data), _USE_ID)]
