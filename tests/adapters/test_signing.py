"""Recovering signers: one form of signature is accepted, the one that contracts accept too."""

from __future__ import annotations

import pytest
from eth_account import Account

from fairsignal.adapters.chain import LocalSigner, recover_typed
from fairsignal.adapters.chain.signing import sign_transaction
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


async def test_transactions_are_signed_through_nothing_but_an_address_and_digests() -> None:
    """What a KMS offers."""

    class Service:
        address = SIGNER.address

        async def sign_digest(self, digest: bytes) -> bytes:
            assert len(digest) == 32
            return await SIGNER.sign_digest(digest)

    transaction = {
        "type": 2,
        "chainId": 31337,
        "nonce": 7,
        "to": SIGNER.address,
        "value": 0,
        "data": b"data",
        "gas": 60_000,
        "maxPriorityFeePerGas": 3,
        "maxFeePerGas": 11,
    }
    raw = await sign_transaction(Service(), transaction)
    assert raw == bytes(Account.sign_transaction(transaction, b"\1" * 32).raw_transaction)
    assert Account.recover_transaction(raw) == SIGNER.address
