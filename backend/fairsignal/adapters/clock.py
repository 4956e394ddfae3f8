"""The machine's clock."""

from __future__ import annotations

import time

__all__ = ["SystemClock"]


class SystemClock:
    """``ports.Clock``."""

    def now(self) -> int:
        return int(time.time())
