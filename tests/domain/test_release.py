"""The packed forms that requests and receipts sign."""

from __future__ import annotations

import dataclasses
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairsignal.domain.errors import BadInput
from fairsignal.domain.release import MAX_ITEMS, ItemResult, ReleaseItem, pack_items, pack_results

ITEM = ReleaseItem("0x70997970C51812dc3A010C7d01b50e0d17dc79C8", 4, 7, b"\1" * 32, 9)
items = st.lists(
    st.builds(
        ReleaseItem,
        subject=st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex()),
        category=st.integers(0, 255),
        use_index=st.integers(0, (1 << 40) - 1),
        tx_hash=st.just(bytes(32)),
        block=st.just(0),
    ),
    min_size=1,
    max_size=20,
    unique_by=lambda item: item.use_index,
)
results = st.lists(
    st.builds(ItemResult, digest=st.binary(min_size=32, max_size=32), share=st.none() | st.binary(max_size=80)),
    max_size=20,
)


def test_an_item_takes_26_bytes() -> None:
    packed = pack_items([ITEM])
    assert packed == bytes.fromhex("70997970C51812dc3A010C7d01b50e0d17dc79C8") + b"\4" + b"\0\0\0\0\7"
    assert len(packed) == 26


@settings(deadline=None)
@given(items)
def test_items_can_be_read_back(given_items: list[ReleaseItem]) -> None:
    packed = pack_items(given_items)
    rows = [packed[at : at + 26] for at in range(0, len(packed), 26)]
    read = [("0x" + row[:20].hex(), row[20], int.from_bytes(row[21:])) for row in rows]
    assert read == [(item.subject, item.category, item.use_index) for item in given_items]


def test_where_to_look_is_not_packed() -> None:
    assert pack_items([ITEM]) == pack_items([dataclasses.replace(ITEM, tx_hash=bytes(32), block=0)])


@pytest.mark.parametrize("count", [0, MAX_ITEMS + 1])
def test_a_request_names_1_to_1000_uses(count: int) -> None:
    with pytest.raises(BadInput) as caught:
        pack_items([dataclasses.replace(ITEM, use_index=index) for index in range(count)])
    assert caught.value.code == "bad-items"


def test_a_thousand_uses_fit() -> None:
    many = [dataclasses.replace(ITEM, use_index=index) for index in range(MAX_ITEMS)]
    assert len(pack_items(many)) == 26 * MAX_ITEMS


def test_a_use_is_named_once_whatever_else_is_said_of_it() -> None:
    with pytest.raises(BadInput) as caught:
        pack_items([ITEM, dataclasses.replace(ITEM, category=5, subject="0x" + "00" * 20)])
    assert caught.value.code == "bad-items"


@pytest.mark.parametrize(
    "change",
    [
        {"category": 256},
        {"category": -1},
        {"use_index": 1 << 40},
        {"use_index": -1},
        {"subject": "0x12"},
        {"subject": "0x" + "00" * 21},
        {"subject": "0x" + "zz" * 20},
        {"subject": ""},
    ],
    ids=str,
)
def test_a_value_that_does_not_fit_is_refused(change: dict[str, int | str]) -> None:
    with pytest.raises(BadInput) as caught:
        pack_items([dataclasses.replace(ITEM, **change)])  # type: ignore[arg-type]
    assert caught.value.code == "bad-items"


@settings(deadline=None)
@given(results)
def test_a_result_takes_65_bytes_and_says_what_was_released(given_results: list[ItemResult]) -> None:
    packed = pack_results(given_results)
    assert len(packed) == 65 * len(given_results)
    for place, result in enumerate(given_results):
        row = packed[65 * place : 65 * (place + 1)]
        if result.share is None:
            assert row == bytes(65)
        else:
            assert row == b"\1" + result.digest + hashlib.sha256(result.share).digest()


def test_why_something_was_refused_is_not_packed() -> None:
    assert pack_results([ItemResult(bytes(32), refused="no-consent")]) == pack_results([ItemResult(b"\1" * 32)])


def test_no_share_shows_in_a_repr() -> None:
    assert "secret" not in repr(ItemResult(bytes(32), b"secret"))


def test_an_item_as_json_is_what_keepers_take() -> None:
    assert ITEM.as_json() == {
        "subject": ITEM.subject,
        "category": 4,
        "use_index": 7,
        "tx_hash": "0x" + "01" * 32,
        "block": 9,
    }
