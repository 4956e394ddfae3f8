"""Erasures in the database, and how far they have come."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

__all__ = ["ErasureReplica", "ErasureReplicaState", "ErasureRow", "ErasureState", "Erasures"]


ErasureState = Literal["requested", "erasing", "erased", "confirmed", "closed"]
"""``requested``: not final yet; ``erasing``: replicas are being erased; ``erased``: all are; ``confirmed`` on chain;
``closed``: and that is final. Until it is closed, nothing of the subject is published."""


ErasureReplicaState = Literal["pending", "erased", "refused"]


@dataclass(frozen=True, slots=True)
class ErasureRow:
    """The newest erasure of a subject, and how far it has come. Times in Unix seconds."""

    subject: str
    requested_at: int
    """On chain."""
    state: ErasureState = "requested"
    confirmed_at: int = 0
    """On chain, 0 for not yet."""
    tx_hash: str = ""
    """Transaction that confirmed it; empty when a crash came between, then the chain's log has it."""


@dataclass(frozen=True, slots=True)
class ErasureReplica:
    """One place that the subject's data is erased from: ``database``, ``blobs:<store>`` or ``keeper:<share index>``."""

    name: str
    state: ErasureReplicaState = "pending"
    """``refused``: it answered, and said no, which may change."""
    attempts: int = 0
    error: str = ""
    """Code of what went wrong last."""
    next_try_at: int = 0
    """Unix seconds."""
    erased_at: int = 0
    """Unix seconds, 0 for not yet."""
    receipt: bytes = field(default=b"", repr=False)
    """A keeper's EIP-712 ``Erased``."""


class Erasures(Protocol):
    async def get(self, subject: str) -> ErasureRow | None: ...

    async def save(self, row: ErasureRow) -> None: ...

    async def forget(self, subject: str) -> None:
        """Drop an erasure and its replicas: it was never requested after all."""

    async def unfinished(self) -> list[ErasureRow]:
        """Those that are not closed, oldest request first."""

    async def replicas(self, subject: str) -> list[ErasureReplica]:
        """By name."""

    async def save_replica(self, subject: str, replica: ErasureReplica) -> None: ...

    async def read_to(self) -> int:
        """Block from which on the chain's log of requests was not read yet; 0 at first."""

    async def set_read_to(self, block: int) -> None: ...
