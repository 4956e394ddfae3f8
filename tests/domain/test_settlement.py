"""What keepers and people sign to settle and to claim; the contract's side is tests/e2e/test_settlement.py."""

from __future__ import annotations

import secrets

import pytest

from fairsignal.adapters.chain import LocalSigner, recover_typed
from fairsignal.domain.errors import BadInput
from fairsignal.domain.settlement import (
    Settlement,
    claims_lane,
    compact_signature,
    pack_quorum,
    quorum_signatures,
    settlement_message,
)

MARKET = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
SETTLEMENT = Settlement("0x70997970C51812dc3A010C7d01b50e0d17dc79C8", 3, b"\1" * 32, 5, b"\2" * 32, b"\3" * 64)


def test_a_quorum_is_sorted_by_address_and_holds_as_many_as_are_needed() -> None:
    signers = [LocalSigner(secrets.token_bytes(32)) for _ in range(5)]
    message = settlement_message(31337, MARKET, SETTLEMENT, b"\4" * 20)
    quorum = pack_quorum({signer.address: signer.sign_typed(message) for signer in signers}, 3)
    assert len(quorum) == 3 * 64
    found = [recover_typed(message, signature) for signature in quorum_signatures(quorum)]
    assert found == sorted((signer.address for signer in signers), key=lambda address: int(address, 16))[:3]


def test_a_quorum_that_is_cut_off_is_refused() -> None:
    with pytest.raises(BadInput) as refusal:
        quorum_signatures(bytes(65))
    assert refusal.value.code == "bad-quorum"


@pytest.mark.parametrize("signature", [bytes(64), bytes(64) + b"\1", bytes(32) + b"\x80" + bytes(31) + b"\x1b"])
def test_only_whole_signatures_with_a_low_s_have_a_compact_form(signature: bytes) -> None:
    with pytest.raises(BadInput) as refusal:
        compact_signature(signature)
    assert refusal.value.code == "bad-signature"


def test_claims_are_kept_on_the_lane_with_purpose_zero() -> None:
    assert claims_lane("0x" + "00" * 19 + "01") == 0x100
