"""Signing in, sessions, and operators' API keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from fairsignal.domain.access import Scope

__all__ = ["ApiKeyRow", "ApiKeys", "Nonces", "SessionRow", "Sessions", "SignInMessage", "SignInVerifier"]


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A signed-in wallet. Times in Unix seconds."""

    digest: bytes = field(repr=False)
    """SHA-256 of the token."""
    address: str
    """Checksummed."""
    created_at: int
    expires_at: int


class Nonces(Protocol):
    async def add(self, nonce: str, expires_at: int) -> None: ...

    async def take(self, nonce: str, now: int) -> bool:
        """Use it up; False where it is unknown, expired or used."""

    async def prune(self, now: int) -> None:
        """Forget those that expired."""


class Sessions(Protocol):
    async def add(self, row: SessionRow) -> None: ...

    async def get(self, digest: bytes) -> SessionRow | None: ...

    async def of(self, address: str) -> list[SessionRow]:
        """Those of one wallet, oldest first."""

    async def end(self, digest: bytes) -> None: ...

    async def end_all(self, address: str) -> None: ...

    async def prune(self, now: int) -> None:
        """Forget those that expired."""


@dataclass(frozen=True, slots=True)
class ApiKeyRow:
    """An operator's API key, without its secret. Times in Unix seconds, 0 for never."""

    id: str
    digest: bytes = field(repr=False)
    """SHA-256 of the secret."""
    label: str
    scopes: tuple[Scope, ...]
    created_at: int
    expires_at: int = 0
    last_used_day: int = 0
    """Unix seconds // 86,400."""
    revoked_at: int = 0

    def is_valid(self, now: int) -> bool:
        """Neither revoked nor expired."""
        return not self.revoked_at and (not self.expires_at or now < self.expires_at)


class ApiKeys(Protocol):
    async def get(self, key_id: str) -> ApiKeyRow | None: ...

    async def all(self) -> Sequence[ApiKeyRow]:
        """Oldest first; revoked and expired ones as well."""

    async def any(self) -> bool:
        """Whether there ever was one."""

    async def save(self, row: ApiKeyRow) -> None: ...

    async def used(self, key_id: str, day: int) -> None: ...


@dataclass(frozen=True, slots=True)
class SignInMessage:
    """An EIP-4361 message, read. Times in Unix seconds."""

    text: str = field(repr=False)
    address: str
    """Checksummed."""
    scheme: str
    """Empty when the message names none."""
    domain: str
    uri: str
    chain_id: int
    nonce: str = field(repr=False)
    issued_at: float
    expires_at: float | None
    not_before: float | None


class SignInVerifier(Protocol):
    async def read(self, text: str) -> SignInMessage:
        """
        Raises:
            BadInput: not a message as EIP-4361 defines it.
        """

    async def is_signed(self, message: SignInMessage, signature: bytes) -> bool:
        """Whether its wallet signed it, be that an EOA, a smart wallet (ERC-1271) or one not deployed yet (ERC-6492).

        Raises:
            Unavailable: the node does not answer.
        """
