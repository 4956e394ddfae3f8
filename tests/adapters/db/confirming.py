"""One of several processes that confirm uses in one database; prints the ids of those that it was told are paid."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from fairsignal.adapters.db import open_engine, unit_of_work_factory
from fairsignal.domain.errors import Conflict, Unavailable
from fairsignal.ports import LoggedUse
from tests.adapters.db.decision_rows import NOW, decided, person, terms


async def main(url: str, seed: int, people: int, uses: int, rounds: int) -> None:
    # All processes confirm the same uses: ids follow from the number, the order from the seed.
    campaigns = [terms(1), terms(2)]
    order = [
        decided(campaigns[number % 2], person(number % people), use_id=number.to_bytes(16), cap=5)
        for number in range(uses)
    ]
    engine = open_engine(url)
    units = unit_of_work_factory(engine)
    paid: set[str] = set()
    chance = random.Random(seed)

    async def confirm(batch: list[int]) -> None:
        while True:
            try:
                async with units() as work:
                    answers = await work.confirmations.log([order[number] for number in batch], NOW)
            except (Conflict, Unavailable):  # another one was first, or the database was busy: it is asked again
                continue
            paid.update(answer.use_id.hex() for answer in answers if isinstance(answer, LoggedUse))
            return

    for _ in range(rounds):
        numbers = list(range(uses))
        chance.shuffle(numbers)
        while numbers:
            batches = [numbers[:7], numbers[7:8], numbers[8:11]]
            numbers = numbers[11:]
            await asyncio.gather(*(confirm(batch) for batch in batches if batch))
    await engine.dispose()
    print(json.dumps(sorted(paid)))


if __name__ == "__main__":
    asyncio.run(main(**json.loads(sys.argv[1])))
