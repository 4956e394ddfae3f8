"""Ids that come twice are found, and only these."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairsignal.domain.use_ids import UseIds


@given(st.lists(st.sampled_from([bytes(16), b"\0" * 15 + b"\1", b"\1" + bytes(15), b"a" * 8 + b"b" * 8, b"a" * 16])))
def test_exactly_the_ids_that_come_twice_are_named(given_ids: list[bytes]) -> None:
    ids = UseIds()
    for use_id in given_ids:
        ids.add(use_id)
    assert ids.repeated() == sorted({use_id for use_id in given_ids if given_ids.count(use_id) > 1})


def test_an_id_has_16_bytes() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        UseIds().add(b"short")
