"""``ports.UseHistory`` in SQL: the log of metered uses and the uses that the chain records, as one list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from eth_utils.address import to_checksum_address
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from fairsignal.adapters.db.tables import Base
from fairsignal.domain.campaign import CampaignTerms, split_price
from fairsignal.domain.consent import Consent
from fairsignal.ports import PastUse

__all__ = ["SqlUseHistory"]

_tables = Base.metadata.tables
_log, _recorded, _campaigns = _tables["use_log"], _tables["recorded_uses"], _tables["campaigns"]
_consents, _epochs, _voided = _tables["consents"], _tables["epochs"], _tables["voided_uses"]
_LANE_BYTES = 21
_TERMS = (_campaigns.c.advertiser, _campaigns.c.target, _campaigns.c.bid)

Lanes = Mapping[int, Consent]


class SqlUseHistory:
    """Of one person at a time."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, subject: str, *, before: int, limit: int) -> list[PastUse]:
        logged = await self._session.execute(
            select(_log, *_TERMS, _voided.c.rule, _epochs.c.epoch, _epochs.c.state)
            .join(_campaigns, _campaigns.c.id == _log.c.campaign)
            .outerjoin(_voided, _voided.c.use_id == _log.c.use_id)
            .outerjoin(_epochs, (_epochs.c.from_block < _log.c.block) & (_epochs.c.to_block >= _log.c.block))
            .where(_log.c.subject == subject, _log.c.block_time < before)
            .order_by(_log.c.block_time.desc(), _log.c.seq.desc())
            .limit(limit + 1)
        )
        recorded = await self._session.execute(
            select(_recorded, *_TERMS)
            .join(_campaigns, _campaigns.c.id == _recorded.c.campaign)
            .where(_recorded.c.subject == bytes.fromhex(subject[2:]), _recorded.c.timestamp < before)
            .order_by(_recorded.c.timestamp.desc(), _recorded.c.use_index.desc())
            .limit(limit + 1)
        )
        consents = await self._consents(subject)
        found = [_metered(row, consents) for row in logged] + [_at_once(row, consents) for row in recorded]
        return _page(sorted(found, key=lambda use: use.at, reverse=True), limit)

    async def _consents(self, subject: str) -> dict[int, Consent]:
        """The person's newest consents, by lane."""
        query = select(_consents.c.lane, _consents.c.word).where(_consents.c.subject == bytes.fromhex(subject[2:]))
        return {
            int.from_bytes(row.lane): Consent.from_word(int.from_bytes(row.word))
            for row in await self._session.execute(query)
        }


def _page(uses: list[PastUse], limit: int) -> list[PastUse]:
    if len(uses) <= limit:
        return uses
    whole = [use for use in uses[:limit] if use.at > uses[limit].at]
    return whole or [use for use in uses if use.at == uses[0].at]


def _terms(row: Row[Any]) -> CampaignTerms:
    terms = CampaignTerms.from_words(
        str(to_checksum_address(row.advertiser)), int.from_bytes(row.target), int.from_bytes(row.bid)
    )
    return replace(terms, operator=str(to_checksum_address(terms.operator)))


def _metered(row: Row[Any], consents: Lanes) -> PastUse:
    terms = _terms(row)
    consent = consents.get(terms.lane)
    return PastUse(
        terms=terms,
        category=row.category,
        price=int(row.price),
        share=int(row.share),
        block=row.block,
        at=row.block_time,
        metered=True,
        consent_version=row.consent_version,
        consent=consent if consent is not None and consent.version == row.consent_version else None,
        use_id=bytes(row.use_id),
        epoch=row.epoch,
        epoch_state=row.state,
        voided=row.rule,
    )


def _at_once(row: Row[Any], consents: Lanes) -> PastUse:
    terms = _terms(row)
    consent = consents.get(terms.lane)
    # Given before the use, and the newest since: it is the one that the contract looked at. A revocation is one, too.
    used = consent if consent is not None and consent.granted_at <= row.timestamp < consent.ends_at else None
    return PastUse(
        terms=terms,
        category=row.category,
        price=terms.price_per_use,
        share=split_price(terms.price_per_use).subject,
        block=row.block,
        at=row.timestamp,
        metered=False,
        consent_version=None if used is None else used.version,
        consent=used,
        use_index=row.use_index,
        tx_hash=bytes(row.tx_hash),
    )
