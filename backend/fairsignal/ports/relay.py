"""What relaying at the operator's cost may cost."""

from __future__ import annotations

from typing import Protocol

__all__ = ["GasBudget"]


class GasBudget(Protocol):
    """Gas that was spent on relaying, per UTC day; shared by all processes of an operator."""

    async def take(self, day: int, gas: int, limit: int | None) -> bool:
        """Book gas unless the day's sum would exceed the limit.

        Args:
            day: days since 1970.
            limit: None: book it in any case.
        """

    async def give_back(self, day: int, gas: int) -> None:
        """What was booked and not used."""

    async def spent(self, day: int) -> int: ...
