"""What each process spends: on a machine that others use as well, the figure that does not depend on them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

__all__ = ["CpuMeter"]


class CpuMeter:
    """CPU time of some processes (name -> ids) from now on; Linux only, elsewhere it says nothing."""

    def __init__(self, processes: Mapping[str, list[int]]) -> None:
        self._processes = processes if Path("/proc/self/stat").exists() else {}
        self._start = self._seconds()

    def per(self, count: float) -> dict[str, float]:
        """Milliseconds per piece of work, by name."""
        now = self._seconds()
        return {name: round((now[name] - self._start[name]) / count * 1e3, 2) for name in now}

    def _seconds(self) -> dict[str, float]:
        return {name: sum(map(_seconds, ids)) for name, ids in self._processes.items()}


def _seconds(process: int) -> float:
    # proc_pid_stat(5): utime and stime, the 14th and 15th field; the name before may hold anything but ")".
    fields = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
