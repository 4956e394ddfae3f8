"""Many people's exports -> one record each, on one core or on many, with the same result."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from fairsignal.pipeline.file_job import FileJob, FileRecord, OpenOnce

if TYPE_CHECKING:
    from fairsignal.pipeline.extract import Extractor

__all__ = ["Engine", "FileRecord", "extract_files"]

Engine = Literal["local", "ray"]


def extract_files(
    paths: Sequence[Path],
    *,
    extractor: Callable[[], Extractor],
    now: int,
    engine: Engine = "local",
    allowed: Collection[str] | None = None,
    own_name: str | None = None,
    explain: bool = False,
    workers: int | None = None,
    address: str = "local",
    progress: Callable[[int], None] | None = None,
) -> Iterator[FileRecord]:
    """Extract every file, each on its own, as the export of one person. Records come in the order of ``paths``, as soon
    as they are there; a file that fails is a record with an error and stops no other.

    Args:
        paths: files, zips or folders, one person each.
        extractor: ``bootstrap.extractor_factory()``; called once in every worker. It has to be picklable for ``ray``.
        now: Unix seconds, to which ages are counted.
        engine: ``local`` works in this process, ``ray`` on a pool of workers.
        allowed: slugs that may come out; None for all.
        own_name: see ``importers.read_chats``.
        explain: add which messages led to what.
        workers: for ``ray``; None for one per core, though never more than files.
        address: for ``ray``; ``local`` starts a cluster on this machine, bound to loopback, and stops it at the end.
            Anything else is the address of a running cluster, whose nodes see the files under the same paths.
        progress: called with the number of files done.

    Raises:
        Unavailable: the engine is not installed, or broke down as a whole.
    """
    job = FileJob(now=now, allowed=None if allowed is None else frozenset(allowed), own_name=own_name, explain=explain)
    if engine == "ray":
        from fairsignal.pipeline.ray_engine import run_on_ray

        records = run_on_ray(job, paths, extractor, workers=workers, address=address)
    else:
        records = _run_here(job, paths, OpenOnce(extractor))
    for number, record in enumerate(records, start=1):
        if progress is not None:
            progress(number)
        yield record


def _run_here(job: FileJob, paths: Sequence[Path], extractor: Callable[[], Extractor]) -> Iterator[FileRecord]:
    for path in paths:
        yield job.run(str(path), path.absolute(), extractor)
