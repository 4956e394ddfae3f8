"""A real Kubo daemon, offline, for as long as it is measured."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["kubo_daemon"]

_SETUP = Path(__file__).resolve().parents[2] / "scripts" / "setup.py"
_PATIENCE = 60
"""Seconds for it to get ready."""


@contextmanager
def kubo_daemon(repository: Path) -> Iterator[str | None]:
    """The multiaddr of its RPC API; None where no Kubo is installed."""
    binary = _binary()
    if binary is None:
        yield None
        return
    environment = {**os.environ, "IPFS_PATH": str(repository), "IPFS_TELEMETRY": "off"}
    subprocess.run(
        [binary, "init", "--profile=test,server"], env=environment, check=True, capture_output=True, timeout=_PATIENCE
    )
    process = subprocess.Popen(
        [binary, "daemon", "--offline"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield _address(repository, process)
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _address(repository: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        if (repository / "gateway").exists():  # written last
            return (repository / "api").read_text().strip()
        time.sleep(0.05)
    raise RuntimeError("the Kubo daemon did not start")


def _binary() -> Path | None:
    spec = importlib.util.spec_from_file_location("fairsignal_setup", _SETUP)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Path | None = module.find_kubo()
    return found
