"""ponder on the same chain, into a PostgreSQL database of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from fairsignal.cli.local_stack import free_port, repository

__all__ = ["run_ponder"]

_APP = Path(__file__).parent / "ponder"
_STARTED = "Started backfill indexing"
_DONE = "Completed indexing across all chains"
"""Comes after its last rows are written; "Completed backfill indexing" comes before."""
_SECONDS = 1_800


def run_ponder(rpc_url: str, deployment: Path, database_url: str, first: int, last: int, log: Path) -> float:
    """Run it to the last block -> seconds from the start of its backfill to its last row, by its own log.

    Raises:
        RuntimeError: it is not installed, or did not get there.
    """
    program = _APP / "node_modules" / ".bin" / "ponder"
    if not program.exists():
        raise RuntimeError("ponder is not installed: run `make bench-index`, which installs it first.")
    environment = {
        **os.environ,
        "BENCH_RPC": rpc_url,
        "BENCH_DEPLOYMENT": str(deployment),
        "BENCH_ABI": str(repository() / "backend" / "fairsignal" / "adapters" / "chain" / "abi"),
        "BENCH_DATABASE": database_url,
        "BENCH_FIRST": str(first),
        "BENCH_LAST": str(last),
        "PONDER_TELEMETRY_DISABLED": "true",
    }
    command = [program, "start", "--schema", "bench", "-p", str(free_port()), "-H", "127.0.0.1", "--log-format", "json"]
    with log.open("wb") as output:
        child = subprocess.Popen(
            [str(part) for part in command],
            cwd=_APP,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        return _followed(child, log)
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(timeout=20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _followed(child: subprocess.Popen[bytes], log: Path) -> float:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        entries = _entries(log)
        started = [entry["time"] for entry in entries if entry.get("msg") == _STARTED]
        done = [entry["time"] for entry in entries if entry.get("msg") == _DONE]
        if started and done:
            return (max(done) - min(started)) / 1_000
        if child.poll() is not None:
            break
        time.sleep(0.2)
    tail = "\n".join(log.read_text("utf-8", "replace").splitlines()[-8:])
    raise RuntimeError(f"ponder did not reach the last block:\n{tail}")


def _entries(log: Path) -> list[dict[str, Any]]:
    found = []
    for line in log.read_text("utf-8", "replace").splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue  # its child processes write what they like
    return found
