"""A server's keys as its settings name them."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from fairsignal.adapters.chain.signing import LocalSigner
from fairsignal.adapters.keys.epoch_keys import RingEpochKeys
from fairsignal.adapters.keys.key_ring import KeyRing
from fairsignal.adapters.keys.keystore import decode_keystore
from fairsignal.config import LOCAL_CHAIN_IDS, KeeperSettings, Settings
from fairsignal.domain.errors import BadInput
from fairsignal.domain.shamir import ORDER, SCALAR_BYTES

__all__ = ["load_signer", "open_keeper_keys"]


def load_signer(settings: Settings | KeeperSettings, chain_id: int) -> LocalSigner:
    """The key that signs for this server: from a keystore, or on a local chain from the environment.

    Raises:
        BadInput: no key is named, it does not open, or it is given in clear for a chain that is not local.
    """
    prefix = settings.model_config.get("env_prefix", "")
    if settings.keystore is not None:
        passphrase = _passphrase(settings)
        if passphrase is None:
            raise BadInput(
                f"{prefix}KEYSTORE needs a passphrase.",
                remedy=f"Set {prefix}PASSPHRASE_FILE to the file that holds it.",
                code="no-passphrase",
            )
        return LocalSigner(decode_keystore(_read(settings.keystore), passphrase))
    if settings.key is None:
        raise BadInput(
            "This server has no key to sign with.",
            remedy=f"Set {prefix}KEYSTORE and {prefix}PASSPHRASE_FILE, or on a local chain {prefix}KEY.",
            code="no-key",
        )
    if chain_id not in LOCAL_CHAIN_IDS:
        raise BadInput(
            f"A key in clear is for local chains only, and this is chain {chain_id}.",
            remedy=f"Put it into a keystore and set {prefix}KEYSTORE and {prefix}PASSPHRASE_FILE.",
            code="key-in-clear",
        )
    return LocalSigner(_private_key(settings.key, prefix))


def open_keeper_keys(settings: KeeperSettings, chain_id: int) -> tuple[RingEpochKeys, bytes]:
    """-> a keeper's HPKE keys in ``data_dir/keys``, made as they are needed, and the 32 secret bytes that encrypt its
    database.

    Raises:
        BadInput: no passphrase on a chain that is not local, or a file does not open.
        Unavailable: the directory cannot be used.
    """
    ring = KeyRing(settings.data_dir / "keys", _passphrase(settings), clear_allowed=chain_id in LOCAL_CHAIN_IDS)
    return RingEpochKeys(ring, settings.key_epoch), ring.hpke_key("storage")


def _passphrase(settings: Settings | KeeperSettings) -> str | None:
    if settings.passphrase_file is None:
        return None
    try:
        passphrase = _read(settings.passphrase_file).decode().rstrip("\r\n")
    except UnicodeDecodeError:  # no cause: it would quote the passphrase
        passphrase = ""
    if not passphrase:
        raise BadInput(
            f"The passphrase file {settings.passphrase_file} is empty or not UTF-8 text.", code="no-passphrase"
        ) from None
    return passphrase


def _private_key(key: SecretStr, prefix: str) -> bytes:
    try:
        raw = bytes.fromhex(key.get_secret_value().removeprefix("0x"))
    except ValueError:
        raw = b""
    if len(raw) != SCALAR_BYTES or not 0 < int.from_bytes(raw) < ORDER:
        # No cause: it would quote the key.
        raise BadInput(f"{prefix}KEY is not a private key of 32 bytes in hex.", code="bad-key")
    return raw


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(
            f"The file {path} cannot be read: {error.strerror or type(error).__name__}.",
            remedy="Check the path and its permissions.",
            code="no-such-file",
        ) from error
