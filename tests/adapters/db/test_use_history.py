"""A person's uses, logged ones and those of the chain, as one list with their reasons."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from fairsignal.domain.campaign import split_price
from fairsignal.ports import EpochRow, PastUse
from tests.adapters.db.decision_rows import NOW, PRICE, Rows, decided, person, terms

METERED, AT_ONCE = terms(1), terms(2, metered=False)
ANNA, BERT = person(11), person(12)


@pytest.fixture
async def rows(engine: AsyncEngine) -> Rows:
    written = Rows(engine)
    await written.open(METERED)
    await written.open(AT_ONCE)
    return written


async def uses(rows: Rows, subject: str = ANNA, *, before: int = NOW + 1, limit: int = 10) -> list[PastUse]:
    async with rows.units() as work:
        return await work.use_history.of(subject, before=before, limit=limit)


async def test_both_ways_of_paying_are_told_newest_first(rows: Rows) -> None:
    consent = await rows.consent(ANNA, version=3)
    await rows.recorded(AT_ONCE, ANNA, 4, timestamp=NOW - 10)
    async with rows.units() as work:
        await work.confirmations.log([decided(METERED, ANNA, consent_version=3, block_time=NOW - 2)], NOW)
    await rows.recorded(AT_ONCE, BERT, 5)
    logged, recorded = await uses(rows)
    assert (logged.metered, logged.terms, logged.epoch, logged.voided) == (True, METERED, None, None)
    assert (logged.price, logged.share) == (PRICE, split_price(PRICE).subject)
    assert (logged.consent_version, logged.consent) == (3, consent)
    assert (recorded.metered, recorded.terms, recorded.use_index) == (False, AT_ONCE, 4)
    assert (recorded.consent_version, recorded.consent, recorded.tx_hash) == (3, consent, bytes(32))


async def test_a_consent_that_was_replaced_is_named_by_its_version_alone(rows: Rows) -> None:
    await rows.consent(ANNA, version=4)
    async with rows.units() as work:
        await work.confirmations.log([decided(METERED, ANNA, consent_version=3)], NOW)
    (use,) = await uses(rows)
    assert (use.consent_version, use.consent) == (3, None)


async def test_a_use_at_once_from_before_the_newest_consent_names_none(rows: Rows) -> None:
    await rows.consent(ANNA)  # given 900 seconds ago
    await rows.recorded(AT_ONCE, ANNA, 0, timestamp=NOW - 901)
    (use,) = await uses(rows)
    assert (use.consent_version, use.consent) == (None, None)


async def test_epoch_and_voiding_are_told(rows: Rows) -> None:
    kept, voided, later = (decided(METERED, ANNA, block=block) for block in (10, 11, 12))
    async with rows.units() as work:
        await work.confirmations.log([kept, voided, later], NOW)
        await work.epochs.close(EpochRow(1, 0, 11, NOW, bytes(32)))
        await work.use_log.void(1, {voided.use_id: "no-consent"})
    found = {use.use_id: (use.epoch, use.epoch_state, use.voided) for use in await uses(rows)}
    assert found == {
        kept.use_id: (1, "closed", None),
        voided.use_id: (1, "closed", "no-consent"),
        later.use_id: (None, None, None),
    }


async def test_pages_cut_no_second_in_two(rows: Rows) -> None:
    for index, back in enumerate((0, 1, 1, 2, 3)):
        await rows.recorded(AT_ONCE, ANNA, index, timestamp=NOW - back)
    first = await uses(rows, limit=2)
    assert [use.use_index for use in first] == [0]
    second = await uses(rows, before=first[-1].at, limit=3)
    assert [use.at for use in second] == [NOW - 1, NOW - 1, NOW - 2]
    assert [use.at for use in await uses(rows, before=second[-1].at)] == [NOW - 3]
    assert len(await uses(rows, before=NOW, limit=1)) == 2  # one second fills more than a page
