from __future__ import annotations

import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fairsignal.domain.errors import BadInput, IntegrityError
from fairsignal.domain.hpke import OVERHEAD, new_private_key, open_message, public_key_of, seal_message


def _extract(salt: bytes, suite: bytes, label: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, "sha256")


def _expand(prk: bytes, suite: bytes, label: bytes, info: bytes, length: int) -> bytes:
    labeled = length.to_bytes(2) + b"HPKE-v1" + suite + label + info
    return hmac.digest(prk, labeled + b"\x01", "sha256")[:length]


def open_as_the_rfc_spells_it(message: bytes, private_key: bytes, info: bytes) -> bytes:
    """RFC 9180, sections 4.1, 5.1 and 5.2, for mode_base and our suite."""
    key = X25519PrivateKey.from_private_bytes(private_key)
    enc, ciphertext = message[:32], message[32:]
    kem = b"KEM\x00\x20"
    shared = key.exchange(X25519PublicKey.from_public_bytes(enc))
    eae = _extract(b"", kem, b"eae_prk", shared)
    secret = _expand(eae, kem, b"shared_secret", enc + key.public_key().public_bytes_raw(), 32)
    suite = b"HPKE\x00\x20\x00\x01\x00\x02"
    context = b"\0" + _extract(b"", suite, b"psk_id_hash", b"") + _extract(b"", suite, b"info_hash", info)
    prk = _extract(secret, suite, b"secret", b"")
    nonce = _expand(prk, suite, b"base_nonce", context, 12)
    return AESGCM(_expand(prk, suite, b"key", context, 32)).decrypt(nonce, ciphertext, b"")


@pytest.mark.parametrize("plaintext", [b"", b"x", bytes(range(256)) * 6])
def test_a_message_is_rfc_9180_with_x25519_hkdf_sha256_and_aes_256_gcm(plaintext: bytes) -> None:
    private_key = new_private_key()
    message = seal_message(plaintext, public_key_of(private_key), b"context")
    assert len(message) == len(plaintext) + OVERHEAD
    assert open_as_the_rfc_spells_it(message, private_key, b"context") == plaintext
    assert open_message(message, private_key, b"context") == plaintext


def test_two_messages_of_the_same_never_look_alike() -> None:
    public_key = public_key_of(new_private_key())
    assert seal_message(b"same", public_key, b"")[:32] != seal_message(b"same", public_key, b"")[:32]


@pytest.mark.parametrize("position", [0, 31, 32, 40, -1])
def test_an_altered_message_does_not_open(position: int) -> None:
    private_key = new_private_key()
    message = bytearray(seal_message(b"secret", public_key_of(private_key), b"context"))
    message[position] ^= 1
    with pytest.raises(IntegrityError) as caught:
        open_message(bytes(message), private_key, b"context")
    assert caught.value.code == "does-not-open"


def test_a_message_opens_under_its_own_key_and_context_only() -> None:
    private_key = new_private_key()
    message = seal_message(b"secret", public_key_of(private_key), b"context")
    for key, info in ((new_private_key(), b"context"), (private_key, b"other"), (private_key, b"")):
        with pytest.raises(IntegrityError):
            open_message(message, key, info)


@pytest.mark.parametrize("message", [b"", b"x" * 31, b"x" * 47])
def test_a_message_cut_short_does_not_open(message: bytes) -> None:
    with pytest.raises(IntegrityError):
        open_message(message, new_private_key(), b"")


@pytest.mark.parametrize("public_key", [bytes(32), b"\x01" + bytes(31), b"short", bytes(33)])
def test_a_key_of_small_order_or_wrong_length_is_refused(public_key: bytes) -> None:
    with pytest.raises(BadInput) as caught:
        seal_message(b"secret", public_key, b"")
    assert caught.value.code == "bad-recipient-key"


def test_a_private_key_of_the_wrong_length_is_refused_without_being_quoted() -> None:
    with pytest.raises(BadInput) as caught:
        public_key_of(b"a private key with one byte extra")
    assert caught.value.code == "bad-private-key"
    assert "extra" not in repr(caught.value)
