"""Recovering signers: one form of signature is accepted, the one that contracts accept too."""

from __future__ import annotations

import pytest

from fairsignal.adapters.chain import LocalSigner, recover_typed
from fairsignal.domain.campaign import voucher_message
from fairsignal.domain.errors import BadInput

SIGNER = LocalSigner(b"\1" * 32)
MESSAGE = voucher_message(31337, SIGNER.address, b"\2" * 32, 5)
SIGNATURE = SIGNER.sign_typed(MESSAGE)


def test_signature_recovers_to_its_signer() -> None:
    assert recover_typed(MESSAGE, SIGNATURE) == SIGNER.address


@pytest.mark.parametrize(
    "signature",
    [b"", b"\0" * 65, b"\xff" * 65, SIGNATURE[:64], SIGNATURE + b"\0", SIGNATURE[:64] + bytes([SIGNATURE[64] - 27])],
    ids=["empty", "zeros", "ones", "short", "long", "v of 0 or 1"],
)
def test_malformed_signature_is_bad_input(signature: bytes) -> None:
    with pytest.raises(BadInput) as caught:
        recover_typed(MESSAGE, signature)
    assert caught.value.code == "bad-signature"


def test_key_is_not_in_repr() -> None:
    assert "0101" not in repr(SIGNER)
