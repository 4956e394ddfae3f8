"""What a keeper deletes by itself: shares that nobody may open any more, once that is final.

A record of which n - t + 1 keepers deleted their shares is gone for everyone, whatever else remains.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from fairsignal.ports import ChainReader, Clock, DepositBox, EpochKeys, HeldShares, Standstill

__all__ = ["Sweeper", "erased_shares", "expired_shares"]

_PORTION = 200
"""Subjects that are looked up at once."""
_PATIENCE = 3_600
"""Seconds that a deposit may wait for its consent or its attestation to become final."""


def expired_shares(held: HeldShares, head: Standstill, final: Standstill, now: int) -> list[bytes]:
    """Hashes of the manifests whose shares are to be deleted.

    Args:
        now: the head's timestamp, Unix seconds.
    """
    gone = set(erased_shares(held, final))
    versions = {digest: version for digest, version, _ in held.deposits}
    current = versions.get(final.digest, 0)
    for digest, version, came in held.deposits:
        waited = now - came > _PATIENCE
        revoked = not (head.consented or final.consented) and (final.ever or waited)
        superseded = version < current and head.digest == final.digest
        never_attested = waited and version >= current and digest not in (head.digest, final.digest)
        if revoked or superseded or never_attested:
            gone.add(digest)
    return [digest for digest, _, _ in held.deposits if digest in gone]


def erased_shares(held: HeldShares, final: Standstill) -> list[bytes]:
    """Hashes of the manifests that a final request for erasure concerns: all, or what came before it was confirmed."""
    return [digest for digest, _, came in held.deposits if final.erasure_open or came <= final.erasure_confirmed_at]


@dataclass(frozen=True)
class Sweeper:
    """Goes through a keeper's whole database, and through its old keys."""

    reader: ChainReader
    box: DepositBox
    keys: EpochKeys
    clock: Clock

    async def sweep(self) -> int:
        """One pass; -> deposits deleted.

        Raises:
            Unavailable: the node did not answer; the next pass begins anew.
        """
        self.keys.forget_expired(self.clock.now())
        deleted, after = 0, ("", "")
        while held := await self.box.held(after, _PORTION):
            after = held[-1].operator, held[-1].subject
            for operator, group in groupby(held, key=lambda item: item.operator):
                deleted += await self._sweep_operator(operator, list(group))
        return deleted

    async def _sweep_operator(self, operator: str, held: list[HeldShares]) -> int:
        subjects = [item.subject for item in held]
        _, final = await self.reader.standstills(operator, subjects, "finalized")
        block, head = await self.reader.standstills(operator, subjects, "latest")
        return sum([await self._sweep_subject(item, head, final, block.timestamp) for item in held])

    async def _sweep_subject(
        self, item: HeldShares, head: Mapping[str, Standstill], final: Mapping[str, Standstill], now: int
    ) -> int:
        gone = expired_shares(item, head[item.subject], final[item.subject], now)
        return await self.box.delete(item.operator, item.subject, gone) if gone else 0
