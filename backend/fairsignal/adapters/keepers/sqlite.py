"""One SQLite file of a keeper: opened, checked, and written by one thread, many changes in one transaction.

The standard library's driver, not SQLAlchemy: a release reads one row and notes two, and is to take a millisecond.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from fairsignal.domain.errors import Unavailable

__all__ = ["SqliteFile"]

_Result = TypeVar("_Result")
_BUSY_SECONDS = 5.0


class SqliteFile:
    """A database in WAL mode.

    Args:
        schema: statements that make what is missing.
        durable: a commit is on disk when it returns (``synchronous=FULL``); else a power cut may take the last ones.

    Raises:
        Unavailable: the file cannot be opened, or is damaged.
    """

    def __init__(self, path: Path, schema: Sequence[str], *, durable: bool) -> None:
        self._path = path
        # One thread owns the connection for writing, so that transactions queue up and share their commit.
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=path.stem)
        self._waiting: list[tuple[Callable[[sqlite3.Connection], Any], asyncio.Future[Any]]] = []
        self._flushing: asyncio.Task[None] | None = None
        try:
            if path.exists() and not path.stat().st_size:
                raise sqlite3.DatabaseError("empty")  # which SQLite would take for a new one
            self._writer = self._connected()
            self._writer.execute("PRAGMA journal_mode=WAL")
            self._writer.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            # What is deleted is overwritten: a share must not survive in a free page.
            self._writer.execute("PRAGMA secure_delete=ON")
            (health,) = self._writer.execute("PRAGMA quick_check(1)").fetchone()
            if health != "ok":
                raise sqlite3.DatabaseError(health)
            for statement in schema:
                self._writer.execute(statement)
            self._truncate_log()  # a crash may have come between a deletion and this
            self._reader = self._connected()
            self._reader.execute("PRAGMA query_only=ON")
        except (OSError, sqlite3.Error) as error:
            raise Unavailable(
                f"The keeper's database {path} cannot be opened, or is damaged.",
                remedy="Restore it from a backup; the keeper does not start on a damaged file.",
                code="keeper-database",
            ) from error

    def _connected(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)

    def read(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        """Rows; a few microseconds on the caller's thread."""
        with self._translated():
            return self._reader.execute(statement, values).fetchall()

    def write_now(self, change: Callable[[sqlite3.Connection], _Result]) -> _Result:
        """Run ``change`` in a transaction on the caller's thread: for a file that is not durable, some microseconds.

        Raises:
            sqlite3.IntegrityError: a constraint; nothing was changed.
        """
        with self._translated():
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                result = change(self._writer)
                self._writer.execute("COMMIT")
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise
        return result

    async def write(self, change: Callable[[sqlite3.Connection], _Result]) -> _Result:
        """Run ``change`` in a transaction; returns once it is committed. What it raises rolls back only itself."""
        done: asyncio.Future[_Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((change, done))
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush())
        return await done

    async def _flush(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            changes = [change for change, _ in batch]
            try:
                results = await asyncio.get_running_loop().run_in_executor(self._pool, self._commit, changes)
            except Exception as error:  # whatever it is, those who wait must hear of it
                results = [error] * len(batch)
            for (_, done), result in zip(batch, results, strict=True):
                if done.cancelled():
                    continue
                if isinstance(result, BaseException):
                    done.set_exception(result)
                else:
                    done.set_result(result)

    def _commit(self, changes: Sequence[Callable[[sqlite3.Connection], Any]]) -> list[Any]:
        results: list[Any] = []
        with self._translated():
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                for change in changes:
                    self._writer.execute("SAVEPOINT one")
                    try:
                        results.append(change(self._writer))
                    except sqlite3.IntegrityError as error:
                        self._writer.execute("ROLLBACK TO one")
                        results.append(error)
                    self._writer.execute("RELEASE one")
                self._writer.execute("COMMIT")
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise
        return results

    async def shrink_log(self) -> None:
        """Move the write-ahead log into the file and cut it: what was deleted is in neither any more.

        Raises:
            Unavailable: another process reads the database for seconds on end.
        """

        def checkpoint() -> None:
            with self._translated():
                self._truncate_log()

        await asyncio.get_running_loop().run_in_executor(self._pool, checkpoint)

    def _truncate_log(self) -> None:
        (busy, _, _) = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:  # SQLite says so in a row, not by an error
            raise sqlite3.OperationalError("the write-ahead log is in use")

    @contextlib.contextmanager
    def _translated(self) -> Any:
        try:
            yield
        except sqlite3.IntegrityError:
            raise
        except sqlite3.Error as error:
            raise Unavailable(
                f"The keeper's database {self._path.name} cannot be used.",
                remedy="Check the disk and its free space; restore it from a backup if it is damaged.",
                code="keeper-database",
            ) from error

    async def close(self) -> None:
        """Finish what waits and release the file."""
        if self._flushing is not None:
            await self._flushing
        self._pool.shutdown()
        self._reader.close()
        self._writer.close()
