"""Blob stores are not trusted either: what they give is the attested manifest, or costs that one profile."""

from __future__ import annotations

import dataclasses

from fairsignal.domain.cid import cid_of_digest
from fairsignal.domain.errors import NotFound
from fairsignal.domain.sealing import HEADER_BYTES
from tests.keeper.world import ITEM, SUBJECT
from tests.market.asking import OPENED, asked, conduct
from tests.market.keepers import Market
from tests.market.lies import OTHER, PROFILES

CID = cid_of_digest(PROFILES[SUBJECT].digest)


def other_bytes() -> list[bytes]:
    altered = bytearray(PROFILES[SUBJECT].manifest)
    altered[HEADER_BYTES] ^= 1
    return [bytes(altered), PROFILES[OTHER].manifest, b"", b"nonsense"]


async def test_blob_source_that_returns_other_bytes_is_found_out(market: Market) -> None:
    for blob in other_bytes():
        market.blobs.by_cid = market.blobs.by_cid | {CID: blob}
        (item,) = (await market.client.open(asked())).items
        assert (item.opened, item.refused) == (False, "manifest-mismatch")
        assert CID in item.detail
    assert market.asked == 0


async def test_wrong_bytes_for_one_manifest_cost_a_cohort_that_item_alone(market: Market) -> None:
    market.blobs.by_cid = market.blobs.by_cid | {CID: other_bytes()[0]}
    released = await market.client.open(asked(ITEM, dataclasses.replace(ITEM, use_index=1, subject=OTHER)))
    assert [(item.opened, item.refused) for item in released.items] == [(False, "manifest-mismatch"), (True, "")]
    assert CID in released.items[0].detail
    assert released.items[1].signal == OPENED
    assert list(conduct(released).values()) == ["honest"] * 3  # their shares of the other item cannot be judged


async def test_blob_that_nobody_has_is_not_found(market: Market) -> None:
    class Empty:
        async def get(self, cid: str) -> bytes:
            raise NotFound("It is not here.")

    market.client = dataclasses.replace(market.client, blobs=Empty())
    (item,) = (await market.client.open(asked())).items
    assert (item.opened, item.refused) == (False, "not-found")
    assert CID in item.detail
