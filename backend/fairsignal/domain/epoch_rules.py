"""The rules of an epoch of metered uses: what its builder voids, keepers refuse to sign, and an audit names.

All three call this one module. A use is judged by ``domain.decision.decide`` as of its block on the final chain, after
all of that block's transactions; what is added here concerns the log as a whole. Pure and streaming: group after group
of one person's uses, in any order of persons. Memory grows with persons (day counts) and, for the proof that no use id
comes twice, by 16 bytes a use.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from fairsignal.domain.campaign import Campaign, CampaignTerms, split_price
from fairsignal.domain.consent_history import ConsentHistory
from fairsignal.domain.decision import Rule, Standing, decide
from fairsignal.domain.person_days import DAY, PersonDays, UseAtOnce
from fairsignal.domain.use_ids import UseIds
from fairsignal.domain.violations import EpochRule, Violation, refusal_detail

__all__ = ["CheckedGroup", "EpochCheck", "EpochRule", "LoggedCampaign", "Record", "UseAtOnce", "Violation"]

_NO_KEY = bytes(32)

Record = tuple[bytes, int, int, int]
"""One use of a log: use id (16 bytes), position in the log's campaign table, bit of the category, block."""


_Problem = tuple[Rule | EpochRule, str]


@dataclass(frozen=True, slots=True)
class LoggedCampaign:
    """A campaign of the log's table, as the final chain knows it."""

    id: bytes
    terms: CampaignTerms
    opened_block: int
    closes_at: int
    """Unix seconds; 0 while nobody closed it. Closing takes effect a day later, so it never reaches back."""


@dataclass(slots=True)
class CheckedGroup:
    """One person's uses, checked."""

    subject: bytes
    kept: list[Record] = field(default_factory=list)
    """Those that keep all rules."""
    violations: list[Violation] = field(default_factory=list)
    share: int = 0
    """The person's share of what was kept, base units: rounded up for every use."""
    listed_share: int = 0
    """The same of every use listed, whether it should be there or not."""


class EpochCheck:
    """Checks the groups of one epoch and adds up.

    Sums come twice. ``uses``, ``debits``, ``gross`` and ``shares`` are of what was kept, which is what a builder
    settles. Those that begin with ``listed_`` are of all that the log lists: its own sums are compared with these, so
    that one forbidden use is one finding, and not also a wrong debit, gross and total.
    """

    def __init__(
        self,
        *,
        operator: str,
        decimals: int,
        from_block: int,
        to_block: int,
        campaigns: Sequence[LoggedCampaign | None],
        history: ConsentHistory,
        timestamps: Mapping[int, int],
        at_once: Iterable[UseAtOnce] = (),
        earlier: Mapping[tuple[bytes, int], int] = MappingProxyType({}),
        unique_ids: bool = True,
    ) -> None:
        """
        Args:
            operator: whose epoch it is, address.
            decimals: of the market's token.
            from_block: uses of this epoch have later blocks,
            to_block: up to this one.
            campaigns: the log's table; None for what the chain does not know.
            timestamps: block -> Unix seconds, for ``from_block + 1``, ``to_block`` and the blocks of each group by the
                time it is handed in.
            at_once: from the start of the UTC day of block ``from_block + 1`` on up to ``to_block``, in the chain's
                order.
            earlier: (subject, lane) -> uses in earlier epochs' logs on the UTC day of block ``from_block + 1``.
            unique_ids: False for a builder whose database knows already that no use id comes twice.
        """
        self._operator = int(operator, 16)
        self._decimals = decimals
        self._from, self._to = from_block, to_block
        self._campaigns = [None if campaign is None else _Priced(campaign) for campaign in campaigns]
        self._history = history
        self._timestamps = timestamps
        self._at_once: dict[bytes, list[UseAtOnce]] = {}
        for use in at_once:
            self._at_once.setdefault(use.subject, []).append(use)
        self._earlier = earlier
        self._ids = UseIds() if unique_ids else None
        self._first_day = timestamps[from_block + 1] // DAY
        self._last_day = timestamps[to_block] // DAY
        self.uses = self.gross = self.shares = 0
        self.debits = [0] * len(campaigns)
        self.listed_uses = self.listed_gross = self.listed_shares = 0
        self.listed_debits = [0] * len(campaigns)
        self.day_counts: dict[tuple[bytes, int], int] = dict(earlier) if self._last_day == self._first_day else {}
        """(subject, lane) -> uses kept on the UTC day of ``to_block``, earlier epochs' included."""
        self._refused_on_last_day: Counter[tuple[bytes, int]] = Counter()
        self.uncertain_days: set[tuple[bytes, int]] = set()
        """(subject, lane) with uses listed of blocks outside the epoch, which may be of any day."""
        self.overruns: list[Violation] = []
        """Uses recorded at once although metered ones had reached the cap. They are on chain and void nothing here."""

    def group(self, subject: bytes, records: Iterable[Record]) -> CheckedGroup:
        """Check one person's uses, which come by (block, use id); each person comes once."""
        result = CheckedGroup(subject)
        days = self._days_of(subject)
        last: tuple[int, bytes] = (-1, b"")
        seen: set[bytes] = set()
        for record in records:
            use_id, position, _, block = record
            campaign = self._campaigns[position] if position < len(self._campaigns) else None
            self._list(result, campaign, position, use_id)
            problem: _Problem | None
            if use_id in seen:
                problem = EpochRule.USE_COUNTED_TWICE, "The log lists this id more than once for this person."
            elif (block, use_id) < last:
                problem = EpochRule.RECORDS_OUT_OF_ORDER, "Uses of one person come by block, then by id."
            else:
                problem = self._problem(campaign, subject, record, days)
            seen.add(use_id)
            last = max(last, (block, use_id))
            if problem is None:
                assert campaign is not None
                self._keep(result, campaign, record)
                days.count(campaign.lane, block, self._timestamps[block])
            else:
                self._refuse(result, campaign, record, problem)
        self.overruns += days.overruns(self._history, self._from)
        for lane, count in days.metered_on(self._last_day):
            self.day_counts[subject, lane] = self.day_counts.get((subject, lane), 0) + count
        return result

    def finish(self) -> list[Violation]:
        """After the last group: use ids of several persons; and what ``overruns`` still lacks."""
        for subject in list(self._at_once):
            self.overruns += self._days_of(subject).overruns(self._history, self._from)
        detail = "The log lists this id more than once."
        ids = self._ids.repeated() if self._ids is not None else []
        return [Violation(EpochRule.USE_COUNTED_TWICE, detail, use_id=use_id) for use_id in ids]

    def campaign_id(self, position: int) -> bytes | None:
        """Of the log's table; None for what the chain does not know."""
        campaign = self._campaigns[position]
        return campaign.logged.id if campaign else None

    def listed_day_count(self, subject: bytes, lane: int) -> int:
        """As ``day_counts``, with the uses that should not be in the log."""
        key = subject, lane
        return self.day_counts.get(key, 0) + self._refused_on_last_day[key]

    def listed_days(self) -> set[tuple[bytes, int]]:
        """(subject, lane) of all uses listed on the UTC day of ``to_block``, earlier epochs' included."""
        return self.day_counts.keys() | self._refused_on_last_day.keys()

    def _days_of(self, subject: bytes) -> PersonDays:
        return PersonDays(subject, self._at_once.pop(subject, ()), self._first_day, self._earlier)

    def _list(self, result: CheckedGroup, campaign: _Priced | None, position: int, use_id: bytes) -> None:
        self.listed_uses += 1
        if self._ids is not None:
            self._ids.add(use_id)
        if campaign is not None:
            self.listed_debits[position] += campaign.price
            self.listed_gross += campaign.price
            self.listed_shares += campaign.share
            result.listed_share += campaign.share

    def _keep(self, result: CheckedGroup, campaign: _Priced, record: Record) -> None:
        self.uses += 1
        self.debits[record[1]] += campaign.price
        self.gross += campaign.price
        self.shares += campaign.share
        result.share += campaign.share
        result.kept.append(record)

    def _refuse(self, result: CheckedGroup, campaign: _Priced | None, record: Record, problem: _Problem) -> None:
        use_id, _, _, block = record
        rule, detail = problem
        named = campaign.logged.id if campaign else None
        result.violations.append(Violation(rule, detail, result.subject, use_id, named, block))
        if campaign is None:
            return
        key = result.subject, campaign.lane
        if not self._from < block <= self._to:
            self.uncertain_days.add(key)
        elif self._timestamps[block] // DAY == self._last_day:
            self._refused_on_last_day[key] += 1

    def _problem(self, campaign: _Priced | None, subject: bytes, record: Record, days: PersonDays) -> _Problem | None:
        """The first rule that the use breaks, and how."""
        _, _, category, block = record
        if not self._from < block <= self._to:
            return EpochRule.BLOCK_OUTSIDE_EPOCH, f"The epoch holds blocks {self._from + 1} to {self._to}."
        if campaign is None:
            return EpochRule.UNKNOWN_CAMPAIGN, "The chain knows no such campaign, or the log's table has no such place."
        terms = campaign.terms
        if campaign.operator != self._operator:
            return EpochRule.FOREIGN_CAMPAIGN, f"The campaign is one of operator {terms.operator}."
        if not terms.metered:
            return EpochRule.CAMPAIGN_NOT_METERED, "The campaign's uses are recorded at once."
        if block < campaign.logged.opened_block:
            return EpochRule.CAMPAIGN_NOT_OPEN, f"The campaign was opened in block {campaign.logged.opened_block}."
        now = self._timestamps[block]
        consent, state = self._history.standing(subject, campaign.lane, block=block)
        used = days.used(campaign.lane, block, now)
        verdict = decide(Standing(consent, state, used), campaign.state, category, now=now, decimals=self._decimals)
        if isinstance(verdict, Rule):
            return verdict, refusal_detail(verdict, campaign.state, consent, state, category, now)
        return None


class _Priced:
    """A campaign with what every one of its uses needs, computed once."""

    def __init__(self, logged: LoggedCampaign) -> None:
        self.logged = logged
        self.terms = logged.terms
        self.lane = logged.terms.lane
        self.operator = int(logged.terms.operator, 16)
        self.price = logged.terms.price_per_use
        self.share = split_price(self.price).subject
        # The escrow is the contract's to check: a settlement that it does not cover reverts.
        self.state = Campaign(
            terms=logged.terms, recipient_key=_NO_KEY, escrow=self.price, uses=0, closes_at=logged.closes_at
        )
