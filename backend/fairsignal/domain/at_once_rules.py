"""Uses recorded at once, judged again from events alone: the market enforces these rules, an audit sees that it did."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from fairsignal.domain.campaign import Campaign, split_price
from fairsignal.domain.chain_events import CampaignOpened, CampaignRefunded, CampaignToppedUp, ChainEvent, UseRecorded
from fairsignal.domain.chain_record import ChainRecord
from fairsignal.domain.decision import Rule, Standing, decide
from fairsignal.domain.person_days import DAY
from fairsignal.domain.violations import EpochRule, Violation, refusal_detail

__all__ = ["AtOnceCheck"]

_NO_KEY = bytes(32)


class AtOnceCheck:
    """Judges each use as of just before its log, and keeps the books that follow from all of them."""

    def __init__(self, record: ChainRecord, decimals: int) -> None:
        """
        Args:
            record: fed with every event right after ``judge`` saw it.
            decimals: of the market's token.
        """
        self._record = record
        self._decimals = decimals
        self._day = 0
        self._uses_today: Counter[tuple[bytes, int]] = Counter()
        self.uses: Counter[bytes] = Counter()
        """By campaign."""
        self.earned: defaultdict[tuple[bytes, int], int] = defaultdict(int)
        """(subject, lane) -> base units credited."""
        self.escrow: defaultdict[bytes, int] = defaultdict(int)
        """Campaign -> base units paid in, less refunds and what its uses recorded at once cost; before settlements."""

    def judge(self, event: ChainEvent) -> Iterator[Violation]:
        """The next event of the chain -> the rules that it breaks."""
        match event:
            case CampaignOpened() | CampaignToppedUp():
                self.escrow[event.campaign] += event.amount
            case CampaignRefunded():
                self.escrow[event.campaign] -= event.amount
            case UseRecorded():
                yield from self._judge_use(event)
            case _:
                pass

    def _judge_use(self, event: UseRecorded) -> Iterator[Violation]:
        at, subject = event.at, event.subject

        def broken(rule: Rule | EpochRule, detail: str) -> Violation:
            said = f"Use {event.use_index}, recorded at once: {detail}"
            return Violation(rule, said, subject, campaign=event.campaign, block=at.block)

        campaign = self._record.campaigns.get(event.campaign)
        if campaign is None:
            yield broken(EpochRule.UNKNOWN_CAMPAIGN, "No event opened such a campaign.")
            return
        terms = campaign.terms
        if event.use_index != self.uses[event.campaign]:
            yield broken(EpochRule.RECORDS_OUT_OF_ORDER, f"The next use has index {self.uses[event.campaign]}.")
        if terms.metered:
            yield broken(EpochRule.CAMPAIGN_METERED, "The campaign's uses are settled only.")
        lane, today = terms.lane, at.timestamp // DAY
        if today != self._day:
            self._day = today
            self._uses_today.clear()
        consent, state = self._record.consents.standing(subject, lane, block=at.block, log_index=at.log_index)
        known = Campaign(
            terms=terms,
            recipient_key=_NO_KEY,
            escrow=self.escrow[event.campaign],
            uses=event.use_index,
            closes_at=campaign.closes_at,
        )
        standing = Standing(consent, state, self._uses_today[subject, lane])
        verdict = decide(standing, known, event.category, now=at.timestamp, decimals=self._decimals)
        if isinstance(verdict, Rule):
            detail = refusal_detail(verdict, known, consent, state, event.category, at.timestamp)
            yield broken(verdict, detail)
        # It is on chain, right or wrong: later uses come after it, and the money has moved.
        self._uses_today[subject, lane] += 1
        self.uses[event.campaign] += 1
        self.earned[subject, lane] += split_price(terms.price_per_use).subject
        self.escrow[event.campaign] -= terms.price_per_use
