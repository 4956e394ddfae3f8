"""API keys of the operator's own servers."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import timedelta

from fairsignal.domain.access import Scope, digest_of_secret, key_id_of, new_api_key
from fairsignal.domain.errors import NotFound, Refused, Unauthenticated
from fairsignal.ports import ApiKeyRow, Clock, UnitOfWorkFactory

__all__ = ["CACHE_SECONDS", "KeyGate", "create_key", "revoke_key", "rotate_key"]

CACHE_SECONDS = 5
"""How long another process may still take a key that was revoked."""
_DAY = 86_400
_MAX_CACHED = 1_000


class KeyGate:
    """Lets API keys in. A key's row is remembered for ``CACHE_SECONDS``: an ad server asks thousands of times."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, *, keyless: bool) -> None:
        """
        Args:
            keyless: let everybody in until the first key is made; for local chains on loopback.
        """
        self._units, self._clock, self._keyless = units, clock, keyless
        self._cached: dict[str, tuple[int, ApiKeyRow | None]] = {}
        self._keyless_until = 0

    async def authorise(self, secret: str | None, scope: Scope) -> str:
        """The id of the key that was given; empty where none is asked for.

        Raises:
            Unauthenticated: no key, an unknown one, or one that was revoked or expired.
            Refused: it lacks the scope; ``code`` is ``scope-missing``.
        """
        now = self._clock.now()
        if secret is None:
            if await self._is_keyless(now):
                return ""
            raise Unauthenticated(
                "This route is for the operator's servers: send a valid API key.",
                remedy="Send `Authorization: Bearer fsk_...`; `fairsignal keys create` makes one.",
                code="api-key-needed",
            )
        key_id = key_id_of(secret)
        row = None if key_id is None else await self._row(key_id, now)
        if row is None or not hmac.compare_digest(row.digest, digest_of_secret(secret)) or not row.is_valid(now):
            raise Unauthenticated(
                "This is not a valid API key: it is unknown, expired or revoked.",
                remedy="`fairsignal keys list` shows those that are valid.",
                code="api-key-unknown",
            )
        if scope not in row.scopes:
            raise Refused(
                f"This API key lacks the scope {scope}.",
                remedy=f"Make one with `fairsignal keys create --scope {scope}`.",
                code="scope-missing",
            )
        if row.last_used_day != now // _DAY:
            await self._used(row, now)
        return row.id

    async def _row(self, key_id: str, now: int) -> ApiKeyRow | None:
        known = self._cached.get(key_id)
        if known is not None and now < known[0] + CACHE_SECONDS:
            return known[1]
        async with self._units() as work:
            row = await work.api_keys.get(key_id)
        if len(self._cached) >= _MAX_CACHED:  # somebody tries ids
            self._cached.clear()
        self._cached[key_id] = (now, row)
        return row

    async def _used(self, row: ApiKeyRow, now: int) -> None:
        async with self._units() as work:
            await work.api_keys.used(row.id, now // _DAY)
        self._cached[row.id] = (now, replace(row, last_used_day=now // _DAY))

    async def _is_keyless(self, now: int) -> bool:
        if self._keyless and now >= self._keyless_until:
            async with self._units() as work:
                self._keyless = not await work.api_keys.any()
            self._keyless_until = now + CACHE_SECONDS
        return self._keyless


async def create_key(
    units: UnitOfWorkFactory, now: int, *, label: str, scopes: tuple[Scope, ...], lifetime: timedelta | None
) -> tuple[ApiKeyRow, str]:
    """-> (its row, the secret, which is nowhere else)"""
    key_id, secret = new_api_key()
    row = ApiKeyRow(
        id=key_id,
        digest=digest_of_secret(secret),
        label=label,
        scopes=scopes,
        created_at=now,
        expires_at=0 if lifetime is None else now + int(lifetime.total_seconds()),
    )
    async with units() as work:
        await work.api_keys.save(row)
    return row, secret


async def rotate_key(
    units: UnitOfWorkFactory, now: int, key_id: str, *, grace: timedelta, lifetime: timedelta | None
) -> tuple[ApiKeyRow, str]:
    """A new key with the same label and scopes; the old one is valid for ``grace`` longer, but not past its own end.

    Raises:
        NotFound: there is no such key, or it is not valid any more.
    """
    new_id, secret = new_api_key()
    async with units() as work:
        old = _found(await work.api_keys.get(key_id), key_id)
        if not old.is_valid(now):
            raise NotFound(f"The API key {key_id} is not valid any more.", remedy="Make a new one.", code="no-such-key")
        ends = now + int(grace.total_seconds())
        await work.api_keys.save(replace(old, expires_at=min(old.expires_at or ends, ends)))
        new = replace(
            old,
            id=new_id,
            digest=digest_of_secret(secret),
            created_at=now,
            expires_at=0 if lifetime is None else now + int(lifetime.total_seconds()),
            last_used_day=0,
        )
        await work.api_keys.save(new)
    return new, secret


async def revoke_key(units: UnitOfWorkFactory, now: int, key_id: str) -> ApiKeyRow:
    """End a key at once.

    Raises:
        NotFound: there is no such key.
    """
    async with units() as work:
        row = _found(await work.api_keys.get(key_id), key_id)
        row = replace(row, revoked_at=row.revoked_at or now)
        await work.api_keys.save(row)
    return row


def _found(row: ApiKeyRow | None, key_id: str) -> ApiKeyRow:
    if row is None:
        raise NotFound(
            f"There is no API key {key_id}.", remedy="`fairsignal keys list` shows them.", code="no-such-key"
        )
    return row
