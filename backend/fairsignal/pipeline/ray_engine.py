"""``extract_files`` over Ray Data: a pool of workers that load the model once each. Ray is an optional extra.

The files' contents never pass through Ray: workers read the files themselves, and hand back records, which hold no chat
text. A local cluster listens on loopback only, to those who know its token; it reports to nobody, keeps its logs in a
private folder, and is gone at the end.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import logging
import os
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from fairsignal.domain.errors import Unavailable
from fairsignal.pipeline.file_job import FileJob, FileRecord, OpenOnce, failure

if TYPE_CHECKING:
    from fairsignal.pipeline.extract import Extractor

__all__ = ["run_on_ray"]

_MOST_BLOCKS = 10_000
"""Units of scheduling, and of loss should a worker die; one file each as long as they suffice."""
_OBJECT_STORE = 100 * 1024 * 1024
"""Bytes for records on their way, a few kilobytes each; about the least that Ray takes."""
_SILENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    # Ray's name for "this machine is the whole cluster": everything binds to 127.0.0.1, which no argument achieves.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_AUTH_MODE": "token",
}
_REMEDY = "Use `--engine local`, or see Ray's log with RAY_LOG_TO_STDERR=1."


class _Worker:
    """Runs in a process of its own, which keeps the model from file to file."""

    def __init__(self, job: FileJob, extractor: Callable[[], Extractor]) -> None:
        self._job = job
        self._extractor = OpenOnce(extractor)

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        path = Path(os.fsdecode(row["path"]))
        record = self._job.run("", path, self._extractor)
        return {"number": row["number"], "record": json.dumps(record.as_json())}


def run_on_ray(
    job: FileJob,
    paths: Sequence[Path],
    extractor: Callable[[], Extractor],
    *,
    workers: int | None,
    address: str,
) -> Iterator[FileRecord]:
    """Records in the order of ``paths``; see ``extract_files``."""
    if not paths:
        return
    size = max(1, min(workers or os.cpu_count() or 1, len(paths)))
    with _cluster(size, address) as ray:
        expected = 0
        try:
            for row in _rows(job, paths, extractor, size):
                number = int(row["number"])
                yield from map(_lost, paths[expected:number])
                document = json.loads(row["record"])
                yield FileRecord(str(paths[number]), document["profile"], document["error"])
                expected = number + 1
        except ray.exceptions.RayError as error:
            raise Unavailable(
                f"Ray broke down ({type(error).__name__}).", remedy=_REMEDY, code="engine-failed"
            ) from error
        yield from map(_lost, paths[expected:])


def _rows(job: FileJob, paths: Sequence[Path], extractor: Callable[[], Extractor], size: int) -> Iterator[Any]:
    from ray.data import ActorPoolStrategy, from_items

    items = [{"number": number, "path": os.fsencode(path.absolute())} for number, path in enumerate(paths)]
    with warnings.catch_warnings():
        # `max_task_retries` goes in Ray 2.64, without a successor so far; pyproject.toml stays below.
        warnings.filterwarnings("ignore", message=".*ray_remote_args")
        extracted = from_items(items, override_num_blocks=min(len(items), _MOST_BLOCKS)).map(
            cast("Any", _Worker),  # Ray takes a class as well, its types do not
            fn_constructor_args=(job, extractor),
            compute=ActorPoolStrategy(size=size),
            num_cpus=1,
            # By default Ray tries for ever, which a file that kills its worker would make it do.
            max_task_retries=1,
        )
    return iter(extracted.iter_rows())


def _lost(path: Path) -> FileRecord:
    return failure(
        str(path),
        "worker-lost",
        "The worker died with this file, or with one that it was given together with.",
        "Nothing was extracted of it; try it alone, or give the worker more memory.",
    )


@contextlib.contextmanager
def _cluster(size: int, address: str) -> Iterator[Any]:
    if address == "local":
        # A token of its own, of which Ray would otherwise leave a copy in the home directory.
        os.environ.update(_SILENT | {"RAY_AUTH_TOKEN": os.environ.get("RAY_AUTH_TOKEN") or secrets.token_hex(32)})
    try:
        import ray
        from ray.data import DataContext
    except ImportError as error:
        raise Unavailable(
            "Ray is not installed.", remedy="Run `make setup-plugins`, or use `--engine local`.", code="no-ray"
        ) from error
    if ray.is_initialized():
        raise Unavailable("Ray is in use by this process already.", remedy="Shut it down first.", code="ray-in-use")
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    # Sockets live in it, whose paths must be short; and Ray's own default is a folder that everybody may read.
    folder = tempfile.mkdtemp(prefix="fairsignal-", dir="/tmp" if Path("/tmp").is_dir() else None)  # noqa: S108
    try:
        try:
            if address == "local":
                ray.init(
                    address="local",
                    num_cpus=size,
                    num_gpus=0,
                    include_dashboard=False,
                    object_store_memory=_OBJECT_STORE,
                    _temp_dir=folder,
                    **quiet,
                )
            else:
                ray.init(address=address, **quiet)
        except (ConnectionError, OSError, RuntimeError, ValueError, TimeoutError) as error:
            raise Unavailable(
                f"Ray does not start ({type(error).__name__}).", remedy=_REMEDY, code="engine-failed"
            ) from error
        # Were Ray imported before the settings above, it would listen on every interface.
        node: str = ray.util.get_node_ip_address()  # type: ignore[no-untyped-call]
        if address == "local" and not ipaddress.ip_address(node).is_loopback:
            raise Unavailable("Ray would not stay on loopback.", remedy=_REMEDY, code="engine-failed")
        context = DataContext.get_current()
        context.enable_progress_bars = False
        context.execution_options.preserve_order = True
        context.max_errored_blocks = -1  # what died is told file by file
        logging.getLogger("ray.data").setLevel(logging.CRITICAL)
        yield ray
    finally:
        ray.shutdown()
        shutil.rmtree(folder, ignore_errors=True)
