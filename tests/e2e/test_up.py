"""``fairsignal up``: what a developer starts."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.request

import pytest

_PATIENCE = 90
"""Seconds."""


@pytest.mark.slow
def test_up_tells_what_runs_and_ctrl_c_stops_all_of_it() -> None:
    command = [sys.executable, "-m", "fairsignal", "up", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if "Ctrl-C stops" in line:
                break
        backend = re.search(r"backend +(http://127\.0\.0\.1:\d+)", said)
        assert backend is not None, said
        with urllib.request.urlopen(f"{backend[1]}/readyz", timeout=10) as answer:
            assert answer.status == 200
        assert len(re.findall(r"key 0x[0-9a-f]{64}", said)) == 5
        children = _children(process.pid)
        assert len(children) == 5  # Anvil, three keepers, backend
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=_PATIENCE) == 0
        assert "Every process was stopped." in process.stdout.read()
        assert not [pid for pid in children if _runs(pid)]
    finally:
        process.kill()
        process.wait()


def _children(pid: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


def _runs(pid: int) -> bool:
    return subprocess.run(["ps", "-p", str(pid)], capture_output=True, check=False).returncode == 0
