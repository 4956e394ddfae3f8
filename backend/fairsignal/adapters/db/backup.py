"""A copy of the database while it is in use."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import URL, make_url

from fairsignal.domain.errors import BadInput, Unavailable

__all__ = ["backup"]

_PAGES = 2_000
"""SQLite copies so many at a time, and lets writers in between."""
_WAIT_SECONDS = 10


async def backup(url: str, file: Path, told: Callable[[int, int], None] = lambda *_: None) -> int:
    """Copy the database into ``file``, which appears whole or not at all -> its size in bytes.

    SQLite: a database file; stop the backend and put it in the place of the old one to go back to it. PostgreSQL: an
    archive that ``pg_restore`` reads.

    Args:
        told: is told pages copied and pages in all; of SQLite only.

    Raises:
        BadInput: the file exists, its folder does not, there is no database yet, or ``pg_dump`` is missing.
        Unavailable: the database does not answer, or the disk is full.
    """
    _check_new(file)
    parsed = make_url(url)
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=f".{file.name}.") as folder:
        unfinished = Path(folder) / "copy"
        if parsed.get_backend_name() == "sqlite":
            await asyncio.to_thread(_copy_sqlite, Path(parsed.database or ""), unfinished, told)
        else:
            await _dump_postgres(parsed, unfinished)
        unfinished.chmod(0o600)
        with unfinished.open("rb") as copied:
            os.fsync(copied.fileno())
        size = unfinished.stat().st_size
        unfinished.replace(file)
    return size


def _check_new(file: Path) -> None:
    if file.exists() or not file.parent.is_dir():
        raise BadInput(
            f"{file} exists already, or its folder does not.", remedy="Name a new file in a folder.", code="bad-file"
        )


def _copy_sqlite(source: Path, target: Path, told: Callable[[int, int], None]) -> None:
    if not source.is_file():
        raise BadInput(
            f"There is no database at {source}.", remedy="Set FAIRSIGNAL_DATA_DIR or FAIRSIGNAL_DATABASE_URL."
        )
    try:
        reading = sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True, timeout=_WAIT_SECONDS)
        writing = sqlite3.connect(target)
        try:
            reading.backup(writing, pages=_PAGES, progress=lambda _, left, total: told(total - left, total))
            # One file, with no log beside it that could be left behind.
            writing.execute("PRAGMA journal_mode=DELETE")
            (verdict,) = writing.execute("PRAGMA quick_check(1)").fetchone()
        finally:
            writing.close()
            reading.close()
    except sqlite3.Error as error:
        raise Unavailable(
            "The database cannot be copied.", remedy="See that the disk has room, and try again.", code="backup-failed"
        ) from error
    if verdict != "ok":
        raise Unavailable(
            "The copy is damaged, and so may be the database.",
            remedy="Check the disk; `PRAGMA integrity_check` says more.",
            code="backup-failed",
        )


async def _dump_postgres(url: URL, target: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise BadInput(
            "pg_dump is not installed.",
            remedy="Install PostgreSQL's client programs (Debian: postgresql-client), as new as the server.",
            code="no-pg-dump",
        )
    # By environment, not by argument: whoever lists processes must not read the password.
    host = url.query.get("host", url.host)
    given = {
        "PGHOST": str(host or ""),
        "PGPORT": str(url.port or ""),
        "PGUSER": url.username or "",
        "PGPASSWORD": str(url.password or ""),
        "PGDATABASE": url.database or "",
        "PGCONNECT_TIMEOUT": str(_WAIT_SECONDS),
    }
    child = await asyncio.create_subprocess_exec(
        program,
        "--format=custom",
        "--no-owner",
        f"--lock-wait-timeout={_WAIT_SECONDS}s",
        f"--file={target}",
        env=os.environ | {name: value for name, value in given.items() if value},
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await child.communicate()
    except asyncio.CancelledError:
        child.terminate()
        await child.wait()
        raise
    if child.returncode:
        last = said.decode("utf-8", "replace").strip().splitlines()[-1:] or ["no reason given"]
        raise Unavailable(
            f"pg_dump failed: {last[0]}",
            remedy="Check FAIRSIGNAL_DATABASE_URL; pg_dump must be as new as the server.",
            code="backup-failed",
        )
