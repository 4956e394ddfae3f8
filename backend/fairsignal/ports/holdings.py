"""What the database holds about one person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

__all__ = ["Holdings"]


class Holdings(Protocol):
    async def of(self, address: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Every row about a wallet, be it a person's or an advertiser's: table -> rows, as JSON; bytes in hex with 0x.
        Tables without any are left out."""

    async def consent_place(self, subject: str, lane: int) -> tuple[int, int] | None:
        """(consent word, block of its last change) as far as the chain was followed; None when there never was one."""
