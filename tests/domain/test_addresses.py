"""Our EIP-55 is eth-utils'."""

from __future__ import annotations

import pytest
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from fairsignal.domain.addresses import checksummed


@given(st.binary(min_size=20, max_size=20))
def test_checksum_is_eth_utils(address: bytes) -> None:
    assert checksummed(address) == to_checksum_address(address)


@pytest.mark.parametrize("length", [0, 19, 21, 32])
def test_only_twenty_bytes_are_an_address(length: int) -> None:
    with pytest.raises(ValueError, match=f"an address has 20 bytes, not {length}"):
        checksummed(bytes(length))
