"""Nothing of a subject is published while its erasure is open."""

from __future__ import annotations

from fairsignal.domain.erasure import erasure_open
from fairsignal.ports import ChainReader, UnitOfWorkFactory

__all__ = ["refuse_while_erasing"]


async def refuse_while_erasing(reader: ChainReader, units: UnitOfWorkFactory, operator: str, subject: str) -> None:
    """To be asked in the subject's turn, before anything of it is read, stored, deposited or attested.

    Raises:
        Refused: an erasure is open at the head or at the finalized block, by which keepers go, or not closed here yet;
            ``code`` is ``erasure-open``.
    """
    async with units() as work:
        row = await work.erasures.get(subject)
    if row is not None and row.state != "closed":
        raise erasure_open()
    if any(facts.open for facts in await reader.erasure(operator, subject)):
        raise erasure_open()
