"""One person's export -> one record: the unit of work of ``extract_files``, the same in every engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairsignal.domain.errors import FairsignalError
from fairsignal.pipeline.importers import read_chats
from fairsignal.pipeline.profile_json import profile_as_json

if TYPE_CHECKING:
    from fairsignal.pipeline.extract import Extractor

__all__ = ["FileJob", "FileRecord", "OpenOnce", "failure"]


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What became of one export: a profile or an error, never both, never chat text."""

    path: str
    """As it was given."""
    profile: dict[str, Any] | None
    """``profile_json.profile_as_json``."""
    error: dict[str, str] | None
    """``code``, ``message`` and ``remedy``."""

    def as_json(self) -> dict[str, Any]:
        """For one line of JSON."""
        return {"path": self.path, "profile": self.profile, "error": self.error}


def failure(path: str, code: str, message: str, remedy: str) -> FileRecord:
    """A record of what went wrong."""
    return FileRecord(path, None, {"code": code, "message": message, "remedy": remedy})


class OpenOnce:
    """Opens the extractor at the first use, and remembers a failure too: thousands of files shall not try again."""

    def __init__(self, factory: Callable[[], Extractor]) -> None:
        self._factory = factory
        self._extractor: Extractor | None = None
        self._error: FairsignalError | None = None

    def __call__(self) -> Extractor:
        if self._error is not None:
            raise self._error
        if self._extractor is None:
            try:
                self._extractor = self._factory()
            except FairsignalError as error:
                self._error = error
                raise
        return self._extractor


@dataclass(frozen=True, slots=True)
class FileJob:
    """How all files of one run are extracted."""

    now: int
    """Unix seconds, the same for all, so that it does not matter when a file's turn comes."""
    allowed: frozenset[str] | None
    own_name: str | None
    explain: bool

    def run(self, shown: str, path: Path, extractor: Callable[[], Extractor]) -> FileRecord:
        """Extract one export; whatever goes wrong ends up in its record.

        Args:
            shown: the path as it was given.
            path: the same, absolute.
        """
        try:
            profile = extractor().extract(read_chats(path, self.own_name), now=self.now, allowed=self.allowed)
        except FairsignalError as error:
            return failure(shown, error.code, error.message, error.remedy)
        except Exception as error:
            # Not its message: it may quote a chat.
            kind = type(error).__name__
            return failure(
                shown, "internal", f"Extracting failed ({kind}).", "Nothing was extracted; please report it."
            )
        return FileRecord(shown, profile_as_json(profile, explain=self.explain), None)
