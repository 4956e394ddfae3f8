"""Files that are there whole or not at all, whenever process or machine stops (POSIX), and files that hold a secret."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from pydantic import SecretStr

from fairsignal.domain.errors import BadInput

__all__ = ["fsync_directory", "read_secret", "write_atomically"]


def write_atomically(target: Path, data: bytes, *, scratch: Path, mode: int = 0o644, replace: bool = True) -> None:
    """Write, fsync, rename into place, fsync the directory.

    Args:
        scratch: directory on the same file system for the unfinished file.
        mode: permissions, set at creation, so that a secret is never readable by others, not even for a moment.
        replace: False keeps a file that is there already.

    Raises:
        FileExistsError: the file is there and ``replace`` is False.
        OSError: nothing was written.
    """
    unfinished = scratch / f"{target.name}.{secrets.token_hex(8)}.tmp"
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - takes over the descriptor
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            unfinished.replace(target)
        else:
            target.hardlink_to(unfinished)
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
    fsync_directory(target.parent)


def fsync_directory(directory: Path) -> None:
    """Make renames and removals in a directory durable."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_secret(file: Path, what: str, setting: str) -> SecretStr:
    """The one secret in a file, to go into an HTTP header.

    Args:
        what: e.g. ``API key``, for errors.
        setting: the variable that names the file.

    Raises:
        BadInput: there is none, or not one alone.
    """
    try:
        secret = file.read_bytes().strip()
    except OSError as error:
        raise BadInput(
            f"The file {file} cannot be read: {error.strerror or type(error).__name__}.",
            remedy=f"Check {setting}.",
            code="no-such-file",
        ) from error
    # No line breaks, nothing but visible ASCII.
    if not secret or not all(0x21 <= byte <= 0x7E for byte in secret):
        raise BadInput(f"The file {file} does not hold one {what}.", remedy="Put nothing else into it.", code="bad-key")
    return SecretStr(secret.decode())
