"""Where commands write many lines."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from fairsignal.domain.errors import BadInput

__all__ = ["opened"]


@contextlib.contextmanager
def opened(out: Path) -> Iterator[IO[str]]:
    """A file that appears whole, when everything is written, or not at all; standard output for ``-``."""
    if str(out) == "-":
        yield sys.stdout
        return
    if not out.parent.is_dir():
        raise BadInput(f"{out.parent} is no folder.", remedy="Make it first.", code="no-folder")
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=out.parent, prefix=f".{out.name}.", delete=False
    ) as file:
        unfinished = Path(file.name)
        try:
            yield file
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
    unfinished.replace(out)
