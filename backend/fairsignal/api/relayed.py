"""What relaying answers."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel

from fairsignal.ports import Mined

__all__ = ["Relayed"]


class Relayed(BaseModel):
    """The transaction that carried it; in effect from its block on."""

    tx_hash: str
    block: int
    gas_used: int

    @classmethod
    def of(cls, mined: Mined) -> Self:
        return cls(tx_hash=mined.tx_hash, block=mined.block, gas_used=mined.gas_used)
