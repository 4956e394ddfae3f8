from __future__ import annotations

import json
import multiprocessing
import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from eth_account import Account
from pydantic import SecretStr
from structlog.testing import capture_logs

from fairsignal.adapters.keys import KeyRing, load_signer, open_keeper_keys
from fairsignal.adapters.keys.key_file import decode_key_file, encode_key_file, is_encrypted
from fairsignal.adapters.keys.keystore import decode_keystore, encode_keystore
from fairsignal.config import KeeperSettings, Settings
from fairsignal.domain.errors import BadInput, NotFound, Unavailable
from fairsignal.domain.hpke import new_private_key

PASSPHRASE = "correct horse battery staple"
KEY = bytes(range(1, 33))


# --- one file -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("passphrase", [PASSPHRASE, "pässwörter", None])
def test_a_key_file_gives_its_key_back(passphrase: str | None) -> None:
    content = encode_key_file(KEY, passphrase)
    assert is_encrypted(content) is (passphrase is not None)
    assert decode_key_file(content, passphrase) == KEY


def test_an_encrypted_file_shows_the_public_key_and_not_the_private_one() -> None:
    content = encode_key_file(KEY, PASSPHRASE)
    assert KEY.hex() not in content.decode()
    assert json.loads(content)["public_key"]


def test_accents_composed_differently_are_the_same_passphrase() -> None:
    assert decode_key_file(encode_key_file(KEY, "caf\u00e9"), "cafe\u0301") == KEY


@pytest.mark.parametrize("passphrase", ["wrong", "", PASSPHRASE + " "])
def test_another_passphrase_does_not_open_it(passphrase: str) -> None:
    with pytest.raises(BadInput) as caught:
        decode_key_file(encode_key_file(KEY, PASSPHRASE), passphrase)
    assert caught.value.code == "wrong-passphrase"
    assert PASSPHRASE not in str(caught.value)


def test_an_encrypted_file_needs_a_passphrase() -> None:
    with pytest.raises(BadInput) as caught:
        decode_key_file(encode_key_file(KEY, PASSPHRASE), None)
    assert caught.value.code == "no-passphrase"
    assert caught.value.remedy


def test_a_public_key_cannot_be_swapped() -> None:
    document = json.loads(encode_key_file(KEY, PASSPHRASE))
    document["public_key"] = json.loads(encode_key_file(new_private_key(), None))["public_key"]
    with pytest.raises(BadInput) as caught:
        decode_key_file(json.dumps(document).encode(), PASSPHRASE)
    assert caught.value.code == "wrong-passphrase"


@pytest.mark.parametrize(
    "change",
    [
        {"format": "other"},
        {"version": 2},
        {"kind": "secp256k1"},
        {"kdf": {"name": "scrypt", "n": 1 << 30, "r": 8, "p": 1, "salt": "00" * 16}},
        {"kdf": {"name": "scrypt", "n": 2, "r": 8, "p": 1, "salt": "00" * 16}},
        {"kdf": {}},
        {"kdf": None},
        {"cipher": {"name": "aes-256-gcm", "nonce": "zz", "ciphertext": ""}},
        {"private_key": "00"},
        {"private_key": None},
        {"private_key": "11" * 32},
    ],
)
def test_a_file_that_is_not_one_of_ours_is_refused(change: dict[str, object]) -> None:
    document = {**json.loads(encode_key_file(KEY, PASSPHRASE)), **change}
    with pytest.raises(BadInput) as caught:
        decode_key_file(json.dumps(document).encode(), PASSPHRASE)
    assert caught.value.code == "bad-key-file"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'"text"', b"null"])
def test_a_damaged_file_is_refused(content: bytes) -> None:
    for call in (lambda: is_encrypted(content), lambda: decode_key_file(content, None)):
        with pytest.raises(BadInput):
            call()
    with pytest.raises(BadInput) as caught:
        decode_keystore(content, PASSPHRASE)
    assert caught.value.code == "bad-key-file"


def test_a_keystore_is_the_format_that_eth_account_and_geth_use() -> None:
    content = encode_keystore(KEY, PASSPHRASE)
    assert bytes(Account.decrypt(json.loads(content), PASSPHRASE)) == KEY
    assert json.loads(content)["version"] == 3
    with pytest.raises(BadInput) as caught:
        decode_keystore(content, "wrong")
    assert caught.value.code == "wrong-passphrase"


# --- the ring -------------------------------------------------------------------------------------------------------


def test_a_key_is_made_once_and_kept(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "keys", PASSPHRASE)
    key = ring.hpke_key("keeper")
    assert len(key) == 32
    assert KeyRing(tmp_path / "keys", PASSPHRASE).hpke_key("keeper") == key
    assert ring.hpke_key("other") != key


def test_a_signing_key_is_made_once_and_kept(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path, PASSPHRASE)
    key = ring.signing_key("operator")
    assert Account.from_key(key).address
    assert ring.signing_key("operator") == key


def test_files_and_directory_are_their_users_alone(tmp_path: Path) -> None:
    previous = os.umask(0)
    try:
        KeyRing(tmp_path / "keys", PASSPHRASE).hpke_key("keeper")
    finally:
        os.umask(previous)
    (file,) = (tmp_path / "keys").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_without_a_passphrase_no_ring_opens_but_on_a_local_chain(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        KeyRing(tmp_path, None)
    assert caught.value.code == "no-passphrase"
    with capture_logs() as logs:
        key = KeyRing(tmp_path, None, clear_allowed=True).hpke_key("keeper")
    assert any("clear" in entry["event"] and entry["log_level"] == "warning" for entry in logs)
    assert key.hex() not in repr(logs)


def test_a_key_in_clear_is_refused_where_it_is_not_allowed(tmp_path: Path) -> None:
    KeyRing(tmp_path, None, clear_allowed=True).hpke_key("keeper")
    with pytest.raises(BadInput) as caught:
        KeyRing(tmp_path, PASSPHRASE).hpke_key("keeper")
    assert caught.value.code == "key-in-clear"


def test_a_key_in_clear_that_others_may_read_is_refused(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path, None, clear_allowed=True)
    ring.hpke_key("keeper")
    (tmp_path / "keeper.x25519.json").chmod(0o644)
    with pytest.raises(BadInput) as caught:
        ring.hpke_key("keeper")
    assert "chmod 600" in caught.value.remedy


def test_a_ring_names_its_hpke_keys(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "keys", None, clear_allowed=True)
    assert ring.names() == []
    for name in ("epoch-2", "epoch-10", "storage"):
        ring.hpke_key(name)
    assert ring.names() == ["epoch-10", "epoch-2", "storage"]


def test_a_forgotten_key_is_gone(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path, None, clear_allowed=True)
    ring.hpke_key("keeper")
    ring.forget("keeper")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(NotFound):
        ring.forget("keeper")


@pytest.mark.parametrize("name", ["", "../up", "a/b", "a.b", "ä"])
def test_a_key_name_is_no_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput):
        KeyRing(tmp_path, None, clear_allowed=True).hpke_key(name)


def test_a_directory_that_cannot_be_used_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable):
        KeyRing(tmp_path / "file", None, clear_allowed=True).hpke_key("keeper")


def test_signing_keys_are_never_kept_in_clear(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        KeyRing(tmp_path, None, clear_allowed=True).signing_key("operator")
    assert caught.value.code == "no-passphrase"


def test_no_secret_shows_in_a_repr(tmp_path: Path) -> None:
    assert PASSPHRASE not in repr(KeyRing(tmp_path, PASSPHRASE))


def _key_of(directory: str) -> bytes:
    return KeyRing(Path(directory), None, clear_allowed=True).hpke_key("keeper")


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        assert len(set(pool.map(_key_of, [str(tmp_path / "keys")] * 16))) == 1
    assert [file.name for file in (tmp_path / "keys").iterdir()] == ["keeper.x25519.json"]


# --- settings -------------------------------------------------------------------------------------------------------

ANVIL_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
ANVIL_ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"


@pytest.fixture
def passphrase_file(tmp_path: Path) -> Path:
    path = tmp_path / "passphrase"
    path.write_text(PASSPHRASE + "\n")
    return path


def test_on_a_local_chain_the_key_may_come_from_the_environment() -> None:
    assert load_signer(Settings(key=SecretStr(ANVIL_KEY)), 31337).address == ANVIL_ADDRESS


def test_on_any_other_chain_a_key_in_clear_is_refused() -> None:
    with pytest.raises(BadInput) as caught:
        load_signer(Settings(key=SecretStr(ANVIL_KEY)), 1)
    assert caught.value.code == "key-in-clear"
    assert ANVIL_KEY[2:10] not in str(caught.value)


def test_a_keystore_serves_on_every_chain(tmp_path: Path, passphrase_file: Path) -> None:
    keystore = tmp_path / "keystore.json"
    keystore.write_bytes(encode_keystore(bytes.fromhex(ANVIL_KEY[2:]), PASSPHRASE))
    settings = Settings(keystore=keystore, passphrase_file=passphrase_file)
    assert load_signer(settings, 1).address == ANVIL_ADDRESS


@pytest.mark.parametrize("key", ["", "0x12", "zz" * 32, "00" * 32, "ff" * 32])
def test_a_malformed_key_is_refused_without_being_quoted(key: str) -> None:
    with pytest.raises(BadInput) as caught:
        load_signer(KeeperSettings(key=SecretStr(key)), 31337)
    assert "FAIRSIGNAL_KEEPER_KEY" in str(caught.value)
    assert caught.value.__cause__ is None
    assert not key or key not in str(caught.value)


def test_a_server_without_a_key_is_told_how_to_name_one() -> None:
    with pytest.raises(BadInput) as caught:
        load_signer(Settings(key=None), 31337)
    assert "FAIRSIGNAL_KEYSTORE" in caught.value.remedy


def test_a_keystore_without_passphrase_missing_or_empty_is_refused(tmp_path: Path, passphrase_file: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_text("\n")
    not_text = tmp_path / "not-text"
    not_text.write_bytes(b"\xff\xfe\xfd")
    keystore = tmp_path / "keystore.json"
    keystore.write_text("{}")
    for settings, code in (
        (Settings(keystore=keystore), "no-passphrase"),
        (Settings(keystore=keystore, passphrase_file=empty), "no-passphrase"),
        (Settings(keystore=keystore, passphrase_file=not_text), "no-passphrase"),
        (Settings(keystore=keystore, passphrase_file=tmp_path / "absent"), "no-such-file"),
        (Settings(keystore=tmp_path / "absent", passphrase_file=passphrase_file), "no-such-file"),
        (Settings(keystore=keystore, passphrase_file=passphrase_file), "bad-key-file"),
    ):
        with pytest.raises(BadInput) as caught:
            load_signer(settings, 1)
        assert caught.value.code == code


def test_a_keepers_keys_are_kept_encrypted_where_a_passphrase_is_set(tmp_path: Path, passphrase_file: Path) -> None:
    settings = KeeperSettings(data_dir=tmp_path, passphrase_file=passphrase_file)
    keys, storage_key = open_keeper_keys(settings, 1)
    private, _ = keys.current(1_800_000_000)
    again, same_storage_key = open_keeper_keys(settings, 1)
    assert (again.current(1_800_000_000)[0], same_storage_key) == (private, storage_key)
    assert len({private, storage_key}) == 2
    files = list((tmp_path / "keys").iterdir())
    assert len(files) == 2
    assert all(is_encrypted(file.read_bytes()) for file in files)


def test_a_keeper_without_passphrase_starts_on_a_local_chain_only(tmp_path: Path) -> None:
    settings = KeeperSettings(data_dir=tmp_path)
    assert len(open_keeper_keys(settings, 31337)[1]) == 32
    with pytest.raises(BadInput):
        open_keeper_keys(settings, 1)


def test_a_keepers_storage_key_is_not_swept_with_its_epochs(tmp_path: Path) -> None:
    settings = KeeperSettings(data_dir=tmp_path, key_epoch=timedelta(seconds=10))
    keys, storage_key = open_keeper_keys(settings, 31337)
    keys.current(100)
    keys.forget_expired(100_000)
    assert [file.name for file in (tmp_path / "keys").iterdir()] == ["storage.x25519.json"]
    assert open_keeper_keys(settings, 31337)[1] == storage_key
