"""Signing in with Ethereum (EIP-4361), and the sessions that follow."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from fairsignal.domain.access import digest_of_secret, new_nonce, new_session_token
from fairsignal.domain.errors import Refused, Unauthenticated
from fairsignal.ports import Clock, SessionRow, SignInMessage, SignInVerifier, UnitOfWorkFactory

__all__ = ["CLOCK_SKEW", "NONCE_LIFETIME", "NonceGiven", "SignIn", "StartedSession"]

NONCE_LIFETIME = 300
"""Seconds between asking for a nonce and handing in the signed message."""
CLOCK_SKEW = 60
"""Seconds that a wallet's clock may be wrong."""
_TOKEN_LENGTH = 47


@dataclass(frozen=True, slots=True)
class NonceGiven:
    """What the message to sign has to say."""

    nonce: str
    expires_at: int
    """Unix seconds."""
    chain_id: int


@dataclass(frozen=True, slots=True)
class StartedSession:
    address: str
    expires_at: int
    """Unix seconds."""
    lifetime: int
    """Seconds."""
    token: str = field(repr=False)


class SignIn:
    """Gives out nonces, turns signed messages into sessions, and knows whose session a token is."""

    def __init__(
        self,
        units: UnitOfWorkFactory,
        verifier: SignInVerifier,
        clock: Clock,
        *,
        chain_id: int,
        origins: Collection[str],
        lifetime: timedelta,
    ) -> None:
        """
        Args:
            origins: of the pages that people sign in on, ``https://host[:port]``; the message must name one of them.
            lifetime: of a session.
        """
        self._units, self._verifier, self._clock = units, verifier, clock
        self._chain_id = chain_id
        self._domains: Mapping[str, str] = {urlsplit(origin).netloc: origin for origin in origins}
        self._lifetime = int(lifetime.total_seconds())

    async def nonce(self) -> NonceGiven:
        """A fresh one, for one attempt."""
        now = self._clock.now()
        given = NonceGiven(new_nonce(), now + NONCE_LIFETIME, self._chain_id)
        async with self._units() as work:
            await work.nonces.prune(now)
            await work.nonces.add(given.nonce, given.expires_at)
        return given

    async def start(self, text: str, signature: bytes) -> StartedSession:
        """Check a signed message and begin a session.

        Raises:
            BadInput: not a message as EIP-4361 defines it.
            Refused: it is for another page or chain, too old, not signed by its wallet, or its nonce was used.
            Unavailable: the node does not answer.
        """
        message = await self._verifier.read(text)
        now = self._clock.now()
        self._check(message, now)
        # Used up before the signature is looked at: one nonce, one attempt.
        async with self._units() as work:
            if not await work.nonces.take(message.nonce, now):
                raise _refused("its nonce is unknown, expired, or was used", "nonce-used")
        if not await self._verifier.is_signed(message, signature):
            raise _refused("the wallet did not sign it", "bad-signature")
        started = StartedSession(message.address, now + self._lifetime, self._lifetime, new_session_token())
        async with self._units() as work:
            await work.sessions.prune(now)
            await work.sessions.add(
                SessionRow(digest_of_secret(started.token), started.address, now, started.expires_at)
            )
        return started

    def _check(self, message: SignInMessage, now: int) -> None:
        origin = self._domains.get(message.domain)
        if origin is None or (message.scheme and message.scheme != urlsplit(origin).scheme):
            raise _refused("it is for another site", "wrong-domain")
        if message.uri != origin and not message.uri.startswith(origin + "/"):
            raise _refused("its URI is another site's", "wrong-uri")
        if message.chain_id != self._chain_id:
            raise _refused(f"it is for another chain than {self._chain_id}", "wrong-chain")
        if not now - NONCE_LIFETIME - CLOCK_SKEW <= message.issued_at <= now + CLOCK_SKEW:
            raise _refused("it was issued too long ago, or in the future", "message-expired")
        if message.expires_at is not None and message.expires_at <= now - CLOCK_SKEW:
            raise _refused("it expired", "message-expired")
        if message.not_before is not None and message.not_before > now + CLOCK_SKEW:
            raise _refused("it is not valid yet", "message-expired")

    async def session(self, token: str) -> SessionRow:
        """Whose token it is.

        Raises:
            Unauthenticated: nobody's, or the session ended.
        """
        row = None
        if len(token) == _TOKEN_LENGTH:
            async with self._units() as work:
                row = await work.sessions.get(digest_of_secret(token))
        if row is None or row.expires_at <= self._clock.now():
            raise Unauthenticated("The session is unknown or ended.", remedy="Sign in again.", code="session-ended")
        return row

    async def end(self, session: SessionRow, *, everywhere: bool) -> None:
        """End a session, or all of its wallet."""
        async with self._units() as work:
            if everywhere:
                await work.sessions.end_all(session.address)
            else:
                await work.sessions.end(session.digest)


def _refused(why: str, code: str) -> Refused:
    return Refused(
        f"The signed message does not count: {why}.",
        remedy="Ask for a new nonce, and sign a message for this site and chain.",
        code=code,
    )
