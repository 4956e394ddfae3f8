"""What a keeper tells auditors of its releases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from fairsignal.adapters.chain import recover_typed
from fairsignal.api.keeper import create_keeper_app
from fairsignal.domain.errors import BadInput
from fairsignal.domain.release import ReleaseItem
from fairsignal.domain.sealing import SealedProfile
from fairsignal.domain.use_receipt import UseReceipt, use_receipt_message
from tests.keeper.world import CHAIN_ID, ITEM, NOW, OTHER_REGISTRY, REGISTRY, SUBJECT, TERMS, Kept, asked


@pytest.fixture
async def http(kept: Kept) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_keeper_app(kept.keeper))
    async with httpx.AsyncClient(transport=transport, base_url="http://keeper") as client:
        yield client


async def page(http: httpx.AsyncClient, **query: Any) -> tuple[list[UseReceipt], str | None]:
    answer = await http.get("/v1/receipts", params=query)
    assert answer.status_code == 200, answer.text
    assert SUBJECT.lower()[2:] not in answer.text.lower()
    document = answer.json()
    return [UseReceipt.from_json(receipt) for receipt in document["receipts"]], document["next"]


def signer_of(kept: Kept, receipt: UseReceipt, registry: str = REGISTRY) -> str:
    return recover_typed(use_receipt_message(CHAIN_ID, registry, receipt.released), receipt.signature)


async def test_a_released_use_has_a_receipt_that_names_no_person(
    kept: Kept, sealed: SealedProfile, http: httpx.AsyncClient
) -> None:
    assert await page(http) == ([], None)
    await kept.keeper.release(asked())
    (receipt,), following = await page(http)
    assert following is None
    released = receipt.released
    assert (released.campaign, released.use_index, released.digest) == (TERMS.id, ITEM.use_index, sealed.digest)
    assert released.released_at == NOW
    assert signer_of(kept, receipt) == kept.keeper.signer.address
    assert signer_of(kept, receipt, OTHER_REGISTRY) != kept.keeper.signer.address


async def test_a_refused_use_has_none(kept: Kept, sealed: SealedProfile, http: httpx.AsyncClient) -> None:
    unpaid = ReleaseItem(SUBJECT, ITEM.category, 7, ITEM.tx_hash, ITEM.block)
    answer = await kept.keeper.release(asked(unpaid))
    assert answer.results[0].refused == "not-paid"
    assert await page(http) == ([], None)


async def test_pages_follow_each_other_without_gap_or_repetition(kept: Kept, http: httpx.AsyncClient) -> None:
    for campaign in (b"\2", b"\1"):
        items = [ReleaseItem(SUBJECT, 4, index, bytes(32), 1) for index in (300, 0, 7)]
        await kept.log.record(campaign * 32, [(item, b"\3" * 32) for item in items], NOW)
    found: list[UseReceipt] = []
    following: str | None = None
    sizes = []
    while True:
        receipts, following = await page(http, limit=2, **({"after": following} if following else {}))
        found += receipts
        sizes.append(len(receipts))
        if following is None:
            break
    assert sizes == [2, 2, 2, 0]
    assert [(r.released.campaign[:1], r.released.use_index) for r in found] == [
        (campaign, index) for campaign in (b"\1", b"\2") for index in (0, 7, 300)
    ]


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 201}, {"after": "0x12"}, {"after": "0x" + "zz" * 69}])
async def test_a_malformed_question_is_refused(http: httpx.AsyncClient, query: dict[str, Any]) -> None:
    assert (await http.get("/v1/receipts", params=query)).status_code == 422


@pytest.mark.parametrize(
    "changed",
    [{"campaign": "0x12"}, {"use_index": -1}, {"use_index": "7"}, {"use_index": 1 << 40}, {"signature": None}],
)
async def test_what_is_no_receipt_is_refused_by_its_reader(
    kept: Kept, sealed: SealedProfile, http: httpx.AsyncClient, changed: dict[str, Any]
) -> None:
    await kept.keeper.release(asked())
    (receipt,), _ = await page(http)
    assert UseReceipt.from_json(receipt.as_json()) == receipt
    with pytest.raises(BadInput) as caught:
        UseReceipt.from_json(receipt.as_json() | changed)
    assert caught.value.code == "bad-receipt"
