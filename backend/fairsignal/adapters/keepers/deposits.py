"""A keeper's shares on its disk, encrypted: an acknowledged deposit is there after any crash, a deleted one nowhere."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fairsignal.adapters.keepers.sqlite import SqliteFile
from fairsignal.domain.errors import IntegrityError
from fairsignal.ports import Deposit, HeldShares

__all__ = ["SqliteDepositBox"]

_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS deposits (
        operator TEXT NOT NULL, subject TEXT NOT NULL, digest BLOB NOT NULL, version INTEGER NOT NULL,
        share_index INTEGER NOT NULL, came INTEGER NOT NULL, shares BLOB NOT NULL,
        PRIMARY KEY (operator, subject, digest)) WITHOUT ROWID""",
)
_NONCE = 12


class SqliteDepositBox:
    """``ports.DepositBox`` in one file.

    Args:
        storage_key: 32 secret bytes, which encrypt the shares: the file alone says nothing.

    Raises:
        Unavailable: the file cannot be opened, or is damaged.
    """

    def __init__(self, path: Path, storage_key: bytes) -> None:
        self._file = SqliteFile(path, _SCHEMA, durable=True)
        self._cipher = AESGCM(HKDF(hashes.SHA256(), 32, salt=None, info=b"fairsignal/keeper/v1").derive(storage_key))

    async def put(self, deposit: Deposit, came: int) -> None:
        nonce = os.urandom(_NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, deposit.shares, _context(deposit))
        values = (
            deposit.operator, deposit.subject, deposit.digest, deposit.version, deposit.index, came, sealed,
        )  # fmt: skip

        def insert(db: sqlite3.Connection) -> None:
            # The same deposit again keeps the time when it first came: an erasure in between concerns it.
            db.execute("INSERT INTO deposits VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", values)

        await self._file.write(insert)

    async def get(self, operator: str, subject: str, digest: bytes) -> Deposit | None:
        rows = self._file.read(
            "SELECT version, share_index, shares FROM deposits WHERE operator = ? AND subject = ? AND digest = ?",
            (operator, subject, digest),
        )
        if not rows:
            return None
        version, index, sealed = rows[0]
        context = _context(Deposit(operator, subject, version, digest, index, b""))
        try:
            shares = self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], context)
        except (InvalidTag, ValueError, TypeError) as error:  # the latter two: cut short, or no bytes at all
            raise IntegrityError(
                "A kept share does not open: the file was altered, or belongs to another storage key.",
                remedy="Restore the keeper's data directory as a whole.",
                code="keeper-database",
            ) from error
        return Deposit(operator, subject, version, digest, index, shares)

    async def of(self, operator: str, subject: str) -> HeldShares:
        rows = self._file.read(
            "SELECT operator, subject, digest, version, came FROM deposits WHERE operator = ? AND subject = ?",
            (operator, subject),
        )
        return next(_grouped(rows), HeldShares(operator, subject, ()))

    async def held(self, after: tuple[str, str], limit: int) -> list[HeldShares]:
        rows = self._file.read(
            """SELECT operator, subject, digest, version, came FROM deposits WHERE (operator, subject) IN (
                SELECT DISTINCT operator, subject FROM deposits WHERE (operator, subject) > (?, ?)
                ORDER BY operator, subject LIMIT ?) ORDER BY operator, subject""",
            (*after, limit),
        )
        return list(_grouped(rows))

    async def delete(self, operator: str, subject: str, digests: Sequence[bytes]) -> int:
        def remove(db: sqlite3.Connection) -> int:
            statement = "DELETE FROM deposits WHERE operator = ? AND subject = ? AND digest = ?"
            return db.executemany(statement, [(operator, subject, digest) for digest in digests]).rowcount

        removed = await self._file.write(remove)
        # Even if nothing was left to remove: the attempt before may have come no further than this.
        await self._file.shrink_log()
        return removed

    async def close(self) -> None:
        await self._file.close()


def _context(deposit: Deposit) -> bytes:
    """Associated data: shares cannot be moved to another row."""
    return f"{deposit.operator}/{deposit.subject}/{deposit.version}/{deposit.index}/".encode() + deposit.digest


def _grouped(rows: Iterable[Any]) -> Iterator[HeldShares]:
    found: dict[tuple[str, str], list[tuple[bytes, int, int]]] = {}
    for operator, subject, digest, version, came in rows:
        found.setdefault((operator, subject), []).append((digest, version, came))
    return (HeldShares(operator, subject, tuple(deposits)) for (operator, subject), deposits in found.items())
