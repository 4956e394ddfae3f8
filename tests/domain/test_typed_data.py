"""Digests of all our messages are those of eth-account, and only one form of signature is taken."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import _hash_eip191_message, encode_typed_data
from eth_utils.address import to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st

from fairsignal.adapters.chain import LocalSigner, recover_typed
from fairsignal.domain import keeper_messages
from fairsignal.domain.campaign import voucher_message
from fairsignal.domain.consent import ConsentTerms, Purpose, grant_message, revoke_message
from fairsignal.domain.eip712 import digest_of, typed_data
from fairsignal.domain.errors import BadInput
from fairsignal.domain.shamir import ORDER

# eth-account takes milliseconds for a message.
few = settings(max_examples=25, deadline=None)
CHAIN, REGISTRY = 31_337, "0x5FbDB2315678afecb367f032d93F642f64180aa3"


def unsigned(bits: int) -> st.SearchStrategy[int]:
    return st.integers(0, (1 << bits) - 1)


address = st.binary(min_size=20, max_size=20).map(to_checksum_address)
bytes32 = st.binary(min_size=32, max_size=32)
raw = st.binary(max_size=200)
purpose = st.sampled_from(Purpose)
domain = {"chain_id": unsigned(256), "registry": address}
terms = st.builds(
    ConsentTerms,
    operator=address,
    purpose=purpose,
    categories=st.integers(1, (1 << 112) - 1),
    floor=unsigned(32),
    cap=st.integers(1, 4_095),
    ends_at=unsigned(32),
)

MESSAGES: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "Introduction": st.builds(
        keeper_messages.introduction_message, **domain, hpke_key=bytes32, expires_at=unsigned(40)
    ),
    "Deposit": st.builds(
        keeper_messages.deposit_message, **domain, keeper=address, subject=address, digest=bytes32, index=unsigned(8)
    ),
    "Release": st.builds(
        keeper_messages.release_message,
        **domain,
        campaign=bytes32,
        items=raw,
        nonce=unsigned(256),
        expires_at=unsigned(40),
    ),
    "ReleaseReceipt": st.builds(
        keeper_messages.receipt_message, **domain, request=bytes32, results=raw, released_at=unsigned(40)
    ),
    "Erasure": st.builds(keeper_messages.erasure_message, **domain, keeper=address, subject=address),
    "Erased": st.builds(
        keeper_messages.erased_message, **domain, operator=address, subject=address, erased_at=unsigned(40)
    ),
    "SettlementRequest": st.builds(
        keeper_messages.settlement_request_message,
        **domain,
        keeper=address,
        operator=address,
        log_digest=bytes32,
        log_key=raw,
    ),
    "Grant": st.builds(
        grant_message, **domain, subject=address, terms=terms, version=unsigned(32), signed_at=unsigned(40)
    ),
    "Revoke": st.builds(
        revoke_message, **domain, subject=address, operator=address, purpose=purpose, signed_at=unsigned(40)
    ),
    "Voucher": st.builds(
        voucher_message, chain_id=unsigned(256), market=address, campaign_id=bytes32, ceiling=unsigned(256)
    ),
}


def eth_accounts(message: dict[str, Any]) -> bytes:
    """What a wallet signs."""
    return bytes(_hash_eip191_message(encode_typed_data(full_message=message)))


def test_there_is_a_strategy_for_every_keeper_message() -> None:
    named = [name for name in keeper_messages.__all__ if name.endswith("_message")]
    assert len(MESSAGES) == len(named) + 3


@pytest.mark.parametrize("name", MESSAGES)
@few
@given(data=st.data())
def test_digest_is_eth_accounts(name: str, data: st.DataObject) -> None:
    message = data.draw(MESSAGES[name])
    assert message["primaryType"] == name
    assert digest_of(message) == eth_accounts(message)


@few
@given(text=st.text(max_size=50), flag=st.booleans(), number=st.integers(-(1 << 63), (1 << 63) - 1))
def test_digest_of_other_flat_types_is_eth_accounts_too(text: str, flag: bool, number: int) -> None:
    fields = {"text": ("string", text), "flag": ("bool", flag), "number": ("int64", number), "none": ("bytes", b"")}
    message = typed_data("Some contract", CHAIN, REGISTRY, "Other", fields)
    assert digest_of(message) == eth_accounts(message)


@few
@given(data=st.data())
def test_messages_differ_in_their_digests(data: st.DataObject) -> None:
    strategies = st.one_of(*MESSAGES.values())
    one, two = data.draw(strategies), data.draw(strategies)
    assert (digest_of(one) == digest_of(two)) == (one == two)


@pytest.mark.parametrize(
    "message",
    [
        keeper_messages.release_message(CHAIN, REGISTRY, bytes(32), b"", 1 << 256, 0),
        keeper_messages.release_message(CHAIN, REGISTRY, bytes(32), b"", -1, 0),
        keeper_messages.release_message(CHAIN, REGISTRY, bytes(33), b"", 0, 0),
        keeper_messages.receipt_message(CHAIN, REGISTRY, bytes(32), b"", 1 << 40),
        keeper_messages.erasure_message(CHAIN, REGISTRY, "0x12", REGISTRY),
        keeper_messages.erasure_message(CHAIN, "nowhere", REGISTRY, REGISTRY),
        keeper_messages.introduction_message(-1, REGISTRY, bytes(32), 0),
    ],
    ids=["too wide", "negative", "too long", "uint40", "address", "contract", "chain"],
)
def test_value_out_of_its_types_range_is_bad_input(message: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as caught:
        digest_of(message)
    assert caught.value.code == "bad-message"


# --- signatures -----------------------------------------------------------------------------------------------------

SIGNER = LocalSigner(b"\1" * 32)
MESSAGE = keeper_messages.erasure_message(CHAIN, REGISTRY, SIGNER.address, REGISTRY)
SIGNATURE = SIGNER.sign_typed(MESSAGE)


@few
@given(private=st.integers(1, ORDER - 1), message=MESSAGES["Release"])
def test_signature_is_eth_accounts_byte_for_byte(private: int, message: dict[str, Any]) -> None:
    signer = LocalSigner(private.to_bytes(32))
    signature = signer.sign_typed(message)
    assert signature == bytes(Account.sign_typed_data(private.to_bytes(32), full_message=message).signature)
    assert recover_typed(message, signature) == signer.address


def refused(signature: bytes) -> str:
    with pytest.raises(BadInput) as caught:
        recover_typed(MESSAGE, signature)
    return caught.value.code


def test_high_s_is_refused_though_it_recovers_elsewhere() -> None:
    s = int.from_bytes(SIGNATURE[32:64])
    twin = SIGNATURE[:32] + (ORDER - s).to_bytes(32) + bytes((27 + 28 - SIGNATURE[64],))
    assert Account.recover_message(encode_typed_data(full_message=MESSAGE), signature=twin) == SIGNER.address
    assert refused(twin) == "bad-signature"


@pytest.mark.parametrize("s", [0, ORDER // 2 + 1, ORDER - 1, ORDER, (1 << 256) - 1])
def test_s_out_of_range_is_refused(s: int) -> None:
    assert refused(SIGNATURE[:32] + s.to_bytes(32) + SIGNATURE[64:]) == "bad-signature"


def test_v_is_27_or_28() -> None:
    for v in set(range(256)) - {27, 28}:
        assert refused(SIGNATURE[:64] + bytes((v,))) == "bad-signature"


def test_the_other_v_is_another_address_or_nobody() -> None:
    with suppress(BadInput):
        assert recover_typed(MESSAGE, SIGNATURE[:64] + bytes((27 + 28 - SIGNATURE[64],))) != SIGNER.address


@few
@given(st.binary(max_size=70) | st.binary(min_size=64, max_size=64).map(lambda raw: raw + b"\x1b"))
def test_any_bytes_are_another_address_or_bad_input(signature: bytes) -> None:
    with suppress(BadInput):
        assert recover_typed(MESSAGE, signature) != SIGNER.address
