"""Confirming uses: a decision was acted on. Metered ones are logged together, others recorded on chain one by one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from eth_utils.address import to_checksum_address

from fairsignal.domain.campaign import split_price
from fairsignal.domain.consent import lane_of
from fairsignal.domain.decision import Rule
from fairsignal.domain.errors import BadInput, FairsignalError, Refused
from fairsignal.domain.use_token import DecidedUse, UseTokens
from fairsignal.market.meter import Meter
from fairsignal.market.refusals import Refusals
from fairsignal.ports import Clock, DayRoom, LoggedUse, UnitOfWorkFactory, UseRow

__all__ = ["ConfirmedUse", "Confirmer"]

_DAY = 86_400
_KEYS_KEPT = 2 * _DAY
_SENTENCES = {
    Rule.TOKEN_EXPIRED: ("The decision's token has expired.", "Ask for a new decision."),
    Rule.DAILY_CAP_REACHED: ("The person allows no more uses today.", "Try tomorrow."),
    Rule.BUDGET_EXHAUSTED: ("The campaign's money is used up.", "The advertiser can add to it."),
    Rule.VOUCHER_EXHAUSTED: ("The advertiser agreed to no more uses.", "It can hand in a voucher for more."),
    Rule.PACING: ("The campaign is to be spread evenly, and had its uses for now.", "Ask again later."),
    Rule.CAMPAIGN_ENDED: ("The campaign is not on chain any more.", "Ask for a new decision."),
}


@dataclass(frozen=True, slots=True)
class ConfirmedUse:
    """A use that is paid: at once on chain, or with its epoch. Amounts in token base units."""

    use_id: bytes
    campaign: bytes
    subject: str
    category: int
    price: int
    share: int
    """The subject's part."""
    block: int
    """At once: the block that recorded it; metered: the block that the decision was current to."""
    metered: bool
    use_index: int | None = None
    """At once: its number among the campaign's uses."""
    tx_hash: str | None = None


Outcome = ConfirmedUse | FairsignalError


class Confirmer:
    """The same token is paid once, and gets the same answer as often as it comes."""

    def __init__(
        self, operator: str, tokens: UseTokens, meter: Meter, refusals: Refusals, units: UnitOfWorkFactory, clock: Clock
    ) -> None:
        self._operator = operator
        self._tokens = tokens
        self._meter = meter
        self._refusals = refusals
        self._units = units
        self._clock = clock

    async def confirm(self, key: str, tokens: Sequence[str]) -> list[Outcome]:
        """Pay the uses of these tokens -> for each, in order, the paid use or the error that says why not.

        Args:
            key: idempotency key of the request: the same again is answered the same, another list is an error.

        Raises:
            Conflict: the key came with other tokens.
            Unavailable: the database does not answer; nothing was logged.
        """
        now = self._clock.now()
        outcomes = [self._open(token) for token in tokens]
        digest = hashlib.sha256("\n".join(tokens).encode()).digest()
        opened = [(at, use) for at, use in enumerate(outcomes) if isinstance(use, DecidedUse)]
        metered = [(at, use) for at, use in opened if use.metered]
        found: dict[int, Outcome] = {at: e for at, e in enumerate(outcomes) if not isinstance(e, DecidedUse)}
        async with self._units() as work:
            await work.confirmations.bind(key, digest, now)
            logged = await work.confirmations.log([use for _, use in metered], now) if metered else []
        for (at, use), entry in zip(metered, logged, strict=True):
            found[at] = self._refused(use, entry) if isinstance(entry, Rule) else _logged(entry)
        for at, use in opened:
            if not use.metered:
                found[at] = await self._at_once(use, now)
        return [found[at] for at in range(len(tokens))]

    async def forget_old(self) -> int:
        """Drop idempotency keys whose tokens have long expired -> how many."""
        async with self._units() as work:
            return await work.confirmations.forget_before(self._clock.now() - _KEYS_KEPT)

    def _open(self, token: str) -> DecidedUse | BadInput:
        try:
            return self._tokens.open(token)
        except BadInput as error:
            return error

    async def _at_once(self, use: DecidedUse, now: int) -> Outcome:
        key = use.use_id.hex()
        subject = str(to_checksum_address(use.subject))
        try:
            if now >= use.expires_at:
                async with self._units() as work:
                    known = await work.uses.get(key)
                if known is None:
                    return self._refused(use, Rule.TOKEN_EXPIRED)
            async with self._units() as work:
                voucher = await work.vouchers.get(use.campaign)
            purpose = 0 if voucher is None else int(voucher.terms.purpose)
            room = DayRoom(subject, lane_of(self._operator, purpose), now // _DAY, use.cap)
            row = await self._meter.record(key, use.campaign, subject, use.category, room)
        except FairsignalError as error:
            return error
        return _recorded(use, row)

    def _refused(self, use: DecidedUse, rule: Rule) -> Refused:
        self._refusals.add(use.campaign, rule)
        message, remedy = _SENTENCES[rule]
        return Refused(message, remedy=remedy, code=str(rule))


def _logged(entry: LoggedUse) -> ConfirmedUse:
    return ConfirmedUse(
        use_id=entry.use_id,
        campaign=entry.campaign,
        subject=entry.subject,
        category=entry.category,
        price=entry.price,
        share=entry.share,
        block=entry.block,
        metered=True,
    )


def _recorded(use: DecidedUse, row: UseRow) -> ConfirmedUse:
    return ConfirmedUse(
        use_id=use.use_id,
        campaign=row.campaign,
        subject=row.subject,
        category=row.category,
        price=use.price,
        share=split_price(use.price).subject,
        block=row.block,
        metered=False,
        use_index=row.use_index,
        tx_hash=row.tx_hash,
    )
