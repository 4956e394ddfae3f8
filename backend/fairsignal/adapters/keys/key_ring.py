"""A directory of a server's keys, each in an encrypted file that only its user may read."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import structlog
from coincurve import PrivateKey

from fairsignal.adapters.files import fsync_directory, write_atomically
from fairsignal.adapters.keys.key_file import decode_key_file, encode_key_file, is_encrypted
from fairsignal.adapters.keys.keystore import decode_keystore, encode_keystore
from fairsignal.domain.errors import BadInput, NotFound, Unavailable
from fairsignal.domain.hpke import new_private_key

__all__ = ["KeyRing"]

log = structlog.get_logger(__name__)

_Result = TypeVar("_Result")


class KeyRing:
    """Named keys in a directory: ``<name>.x25519.json`` (HPKE) and ``<name>.keystore.json`` (secp256k1).

    Args:
        directory: made with mode 0700 if missing.
        passphrase: encrypts every file; None keeps HPKE keys in clear, which a local chain alone may do.
        clear_allowed: True on a local chain only.

    Raises:
        BadInput: no passphrase where one is needed.
    """

    def __init__(self, directory: Path, passphrase: str | None, *, clear_allowed: bool = False) -> None:
        if passphrase is None and not clear_allowed:
            raise BadInput(
                "Keys are kept encrypted on this chain, and no passphrase is given.",
                remedy="Write one to a file that only this user may read and set FAIRSIGNAL_PASSPHRASE_FILE to it.",
                code="no-passphrase",
            )
        self._directory = directory
        self._passphrase = passphrase
        self._clear_allowed = clear_allowed

    def __repr__(self) -> str:
        return f"KeyRing({str(self._directory)!r})"

    def hpke_key(self, name: str) -> bytes:
        """The X25519 private key of this name (32 bytes), made if there is none.

        Raises:
            BadInput: the file does not open, or lies there in clear where that is not allowed.
            Unavailable: the directory cannot be used.
        """
        path = self._path(name, "x25519")
        content = self._read_or_create(path, lambda: encode_key_file(new_private_key(), self._passphrase))
        if not is_encrypted(content):
            self._check_clear(path)
        return decode_key_file(content, self._passphrase)

    def names(self) -> list[str]:
        """Of all X25519 keys, sorted."""
        return sorted(path.name.removesuffix(".x25519.json") for path in self._directory.glob("*.x25519.json"))

    def signing_key(self, name: str) -> bytes:
        """The secp256k1 private key of this name (32 bytes), made if there is none; always encrypted.

        Raises:
            BadInput: no passphrase, or the file does not open.
            Unavailable: the directory cannot be used.
        """
        passphrase = self._passphrase
        if passphrase is None:
            raise BadInput(
                "Signing keys are kept encrypted, and no passphrase is given.",
                remedy="Set FAIRSIGNAL_PASSPHRASE_FILE; on a local chain FAIRSIGNAL_KEY serves too.",
                code="no-passphrase",
            )
        path = self._path(name, "keystore")
        return decode_keystore(
            self._read_or_create(path, lambda: encode_keystore(PrivateKey().secret, passphrase)), passphrase
        )

    def forget(self, name: str) -> None:
        """Delete the keys of this name for good.

        Raises:
            NotFound: there are none.
        """
        paths = [path for kind in ("x25519", "keystore") if (path := self._path(name, kind)).exists()]
        if not paths:
            raise NotFound(f"There is no key named {name}.", code="no-such-key")
        # A process that was killed while it wrote the key may have left a second name of the same file.
        unfinished = [left for path in paths for left in self._directory.glob(f"{path.name}.*.tmp")]
        self._translated(lambda: self._unlink([*unfinished, *paths]))

    def _path(self, name: str, kind: str) -> Path:
        if not name.replace("-", "").isalnum() or not name.isascii():
            raise BadInput("A key's name is letters, digits and hyphens.", code="bad-key-name")
        return self._directory / f"{name}.{kind}.json"

    def _read_or_create(self, path: Path, make: Callable[[], bytes]) -> bytes:
        def read_or_create() -> bytes:
            if not path.exists():
                # Another process may be first: then its key counts.
                with contextlib.suppress(FileExistsError):
                    self._write(path, make(), replace=False)
            return path.read_bytes()

        return self._translated(read_or_create)

    def _write(self, path: Path, content: bytes, *, replace: bool) -> None:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(path, content, scratch=self._directory, mode=0o600, replace=replace)

    def _unlink(self, paths: list[Path]) -> None:
        for path in paths:
            path.unlink(missing_ok=True)
        fsync_directory(self._directory)

    def _check_clear(self, path: Path) -> None:
        if not self._clear_allowed:
            raise BadInput(
                f"The key file {path} is in clear, which only a local chain allows.",
                remedy="Delete it and let a new, encrypted one be made.",
                code="key-in-clear",
            )
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise BadInput(
                f"The key file {path} is in clear and others may read it.",
                remedy=f"Run `chmod 600 {path}`.",
                code="key-readable",
            )
        log.warning("key kept in clear, which only a local chain allows", path=str(path))

    def _translated(self, call: Callable[[], _Result]) -> _Result:
        try:
            return call()
        except OSError as error:
            raise Unavailable(
                f"The key directory {self._directory} cannot be used: {error.strerror or type(error).__name__}.",
                remedy="Check its owner and permissions.",
                code="key-directory",
            ) from error
