"""What a keeper answered. A power cut may take the last moments of it: the shares are the advertiser's anyhow."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from fairsignal.adapters.keepers.sqlite import SqliteFile
from fairsignal.domain.release import ReleaseItem
from fairsignal.domain.use_receipt import Released

__all__ = ["SqliteRequestLog"]

_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS nonces (
        advertiser TEXT NOT NULL, nonce TEXT NOT NULL, expires_at INTEGER NOT NULL,
        PRIMARY KEY (advertiser, nonce)) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS nonces_by_expiry ON nonces (expires_at)",
    """CREATE TABLE IF NOT EXISTS releases (
        campaign BLOB NOT NULL, use_index INTEGER NOT NULL, subject TEXT NOT NULL, category INTEGER NOT NULL,
        digest BLOB NOT NULL, released_at INTEGER NOT NULL,
        PRIMARY KEY (campaign, use_index, digest)) WITHOUT ROWID""",
)


class SqliteRequestLog:
    """``ports.RequestLog`` in one file.

    Raises:
        Unavailable: the file cannot be opened, or is damaged.
    """

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, _SCHEMA, durable=False)

    async def use_nonce(self, advertiser: str, nonce: int, expires_at: int, now: int) -> bool:
        def insert(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM nonces WHERE expires_at < ?", (now,))
            db.execute("INSERT INTO nonces VALUES (?, ?, ?)", (advertiser, str(nonce), expires_at))

        try:
            self._file.write_now(insert)
        except sqlite3.IntegrityError:
            return False
        return True

    async def record(self, campaign: bytes, items: Sequence[tuple[ReleaseItem, bytes]], released_at: int) -> None:
        rows = [(campaign, item.use_index, item.subject, item.category, digest, released_at) for item, digest in items]
        if rows:
            self._file.write_now(
                lambda db: db.executemany("INSERT INTO releases VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", rows)
            )

    async def released(self, after: Released | None, limit: int) -> list[Released]:
        start = (after.campaign, after.use_index, after.digest) if after else (b"", -1, b"")
        rows = self._file.read(
            "SELECT campaign, use_index, digest, released_at FROM releases"
            " WHERE (campaign, use_index, digest) > (?, ?, ?) ORDER BY campaign, use_index, digest LIMIT ?",
            (*start, limit),
        )
        return [Released(*row) for row in rows]

    async def close(self) -> None:
        await self._file.close()
