"""``fairsignal index --once``, killed by itself (kill -9) at a chosen point: a real process, a real death.

    python -m tests.indexer.killed_index FUNCTION NTH

The point is right after the NTH call of a function of adapters/db/projection.py, before the transaction is committed.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from fairsignal.adapters.db import projection
from fairsignal.cli import main


def die_after(function: str, nth: int) -> None:
    work = getattr(projection, function)
    calls = 0

    async def killed(*arguments: Any) -> Any:
        nonlocal calls
        done = await work(*arguments)
        calls += 1
        if calls == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    setattr(projection, function, killed)


if __name__ == "__main__":
    die_after(sys.argv[1], int(sys.argv[2]))
    sys.argv = ["fairsignal", "index", "--once"]
    main()
