from __future__ import annotations

import json

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount

from fairsignal.adapters.keys.subject_key import (
    decode_wrapped,
    encode_wrapped,
    new_salt,
    read_recovery_file,
    recovery_file,
    unlock_message,
    unwrap_with_signature,
    wrap_with_signature,
)
from fairsignal.domain.errors import BadInput
from fairsignal.domain.hpke import new_private_key, public_key_of

WALLET: LocalAccount = Account.from_key("0x" + "07" * 32)
SALT = bytes(range(32))
KEY = new_private_key()


def sign(wallet: LocalAccount, subject: str, salt: bytes) -> bytes:
    return bytes(wallet.sign_message(encode_typed_data(full_message=unlock_message(subject, salt))).signature)


SIGNATURE = sign(WALLET, WALLET.address, SALT)
WRAPPED = wrap_with_signature(KEY, WALLET.address, SALT, SIGNATURE)


def test_the_wallet_that_wrapped_the_key_unwraps_it() -> None:
    again = decode_wrapped(encode_wrapped(WRAPPED))
    assert again == WRAPPED
    assert unwrap_with_signature(again, sign(WALLET, again.subject, again.salt)) == KEY
    assert again.public_key == public_key_of(KEY)


def test_wallets_that_encode_v_differently_unwrap_it_too() -> None:
    r_and_s, v = SIGNATURE[:64], SIGNATURE[64]
    compact = r_and_s[:32] + bytes([r_and_s[32] | (v - 27) << 7]) + r_and_s[33:]
    for signature in (r_and_s + bytes([v - 27]), r_and_s, compact):
        assert unwrap_with_signature(WRAPPED, signature) == KEY


def test_a_smart_wallets_longer_signature_serves_too() -> None:
    signature = b"\x01" * 130
    wrapped = wrap_with_signature(KEY, WALLET.address, SALT, signature)
    assert unwrap_with_signature(wrapped, signature) == KEY
    with pytest.raises(BadInput):
        unwrap_with_signature(wrapped, signature[:-1] + b"\x02")


def test_another_wallet_or_salt_does_not_unwrap_it() -> None:
    other: LocalAccount = Account.from_key("0x" + "08" * 32)
    for signature in (sign(other, WALLET.address, SALT), sign(WALLET, WALLET.address, new_salt())):
        with pytest.raises(BadInput) as caught:
            unwrap_with_signature(WRAPPED, signature)
        assert caught.value.code == "wrong-signature"
        assert "recovery file" in caught.value.remedy


def test_a_signature_too_short_is_refused() -> None:
    with pytest.raises(BadInput) as caught:
        unwrap_with_signature(WRAPPED, b"\x01" * 63)
    assert caught.value.code == "bad-signature"


@pytest.mark.parametrize("field", ["subject", "public_key", "salt", "nonce", "ciphertext"])
def test_an_altered_wrapping_does_not_open(field: str) -> None:
    document = json.loads(encode_wrapped(WRAPPED))
    other = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    document[field] = other if field == "subject" else bytes(len(document[field]) // 2).hex()
    with pytest.raises(BadInput) as caught:
        unwrap_with_signature(decode_wrapped(json.dumps(document).encode()), SIGNATURE)
    assert caught.value.code == "wrong-signature"


@pytest.mark.parametrize(
    "change",
    [{"format": "x"}, {"version": 2}, {"subject": "0x1"}, {"salt": "00"}, {"nonce": 5}, {"ciphertext": "zz"}],
)
def test_what_is_no_wrapped_key_is_refused(change: dict[str, object]) -> None:
    document = {**json.loads(encode_wrapped(WRAPPED)), **change}
    with pytest.raises(BadInput) as caught:
        decode_wrapped(json.dumps(document).encode())
    assert caught.value.code == "bad-wrapped-key"


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"{}", b"\xff"])
def test_a_damaged_wrapped_key_is_refused(content: bytes) -> None:
    with pytest.raises(BadInput):
        decode_wrapped(content)


def test_a_wrapping_names_an_address_and_a_whole_salt() -> None:
    for subject, salt in (("0x1", SALT), (WALLET.address, b"short")):
        with pytest.raises(BadInput):
            wrap_with_signature(KEY, subject, salt, SIGNATURE)


@pytest.mark.parametrize("passphrase", ["open sesame", None, ""])
def test_the_recovery_file_gives_the_key_back_without_any_wallet(passphrase: str | None) -> None:
    assert read_recovery_file(recovery_file(KEY, passphrase), passphrase) == KEY


def test_a_recovery_file_with_a_passphrase_opens_with_it_only() -> None:
    with pytest.raises(BadInput):
        read_recovery_file(recovery_file(KEY, "open sesame"), "open barley")


def test_the_wallet_shows_what_it_signs_and_on_no_particular_chain() -> None:
    message = unlock_message(WALLET.address, SALT)
    assert "Fairsignal profile key" in message["message"]["statement"]
    assert "chainId" not in message["domain"]


def test_no_ciphertext_shows_in_a_repr() -> None:
    assert "ciphertext" not in repr(WRAPPED)
