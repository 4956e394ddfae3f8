"""An export has every row about a wallet, of tables that are added later as well."""

from __future__ import annotations

from eth_utils.address import to_canonical_address
from sqlalchemy import LargeBinary, String
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker

from fairsignal.adapters.db import unit_of_work_factory
from fairsignal.adapters.db.holdings import NOT_PERSONAL, PERSONAL
from fairsignal.adapters.db.tables import Base, ConsentRecord
from fairsignal.domain.consent import lane_of
from fairsignal.ports import ProfileRow, SessionRow

PERSON = "0x00000000000000000000000000000000000000B1"
OTHER = "0x00000000000000000000000000000000000000B2"
LANE = lane_of(OTHER, 1)


def test_every_column_that_holds_an_address_is_known_to_be_somebodys_or_nobodys() -> None:
    columns = {
        column.name
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if (isinstance(column.type, String) and column.type.length == 42)
        or (isinstance(column.type, LargeBinary) and column.type.length == 20)
    }
    assert columns - PERSONAL - NOT_PERSONAL == set()
    assert columns & PERSONAL == PERSONAL


async def test_rows_about_a_wallet_are_found_whichever_way_it_is_written(engine: AsyncEngine) -> None:
    units = unit_of_work_factory(engine)
    async with units() as work:
        for number, address in enumerate((PERSON, OTHER)):
            await work.profiles.save(
                ProfileRow(address, 7 + number, bytes(32), "bafy", 5, manifest=b"\1", deposits=(b"\2",))
            )
            await work.sessions.add(SessionRow(bytes([number]) * 32, address, 10, 20))
    async with async_sessionmaker(engine).begin() as session:
        for address in (PERSON, OTHER):
            session.add(
                ConsentRecord(
                    lane=LANE.to_bytes(21), subject=to_canonical_address(address), word=(9).to_bytes(32), block=4
                )
            )
    async with units() as work:
        found = await work.holdings.of(PERSON)
        assert await work.holdings.consent_place(PERSON, LANE) == (9, 4)
        assert await work.holdings.consent_place(PERSON, LANE + 1) is None
    assert set(found) == {"profiles", "profile_blobs", "sessions", "consents"}
    assert [row["version"] for row in found["profiles"]] == [7]
    assert found["profiles"][0]["manifest"] == "0x01"
    assert [row["subject"] for row in found["consents"]] == [PERSON.lower()]
    assert found["sessions"] == [{"address": PERSON, "created_at": 10, "expires_at": 20}]
