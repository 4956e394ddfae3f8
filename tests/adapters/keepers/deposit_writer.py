"""Puts deposits without end and says which are acknowledged, until it is killed: ``python deposit_writer.py FILE``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from fairsignal.adapters.keepers import SqliteDepositBox
from fairsignal.ports import Deposit

STORAGE_KEY = b"\5" * 32
OPERATOR = "0x00000000000000000000000000000000000000A1"


def numbered(number: int) -> Deposit:
    """Deposit ``number``, which can be told from every other."""
    digest = number.to_bytes(32)
    return Deposit(OPERATOR, f"0x{number:040x}", 1, digest, 1, digest * 48)


async def main(path: Path) -> None:
    box = SqliteDepositBox(path, STORAGE_KEY)

    async def keep(worker: int) -> None:
        for turn in range(1_000_000):
            deposit = numbered(1 + worker + 4 * turn)
            await box.put(deposit, 1)
            print(deposit.digest.hex(), flush=True)

    await asyncio.gather(*map(keep, range(4)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
