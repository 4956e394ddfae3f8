"""Bringing on chain what people signed, at the operator's cost: the contract checks the signature, we pay the gas.

So that nobody can spend the operator's money at will, each person has a limit and each day a budget. Both are asked
only once the contract would take the call, so a limit is filled by nobody but who signs. What takes consent away from
us, or what we hold of a person, is never refused by either, and goes before everything that waits to be sent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fairsignal.domain.consent import ConsentTerms, Purpose, lane_of
from fairsignal.domain.errors import BadInput, FairsignalError, RateLimited
from fairsignal.ports import Admission, ChainReader, ChainWriter, Clock, GasBudget, Mined, RateLimit

__all__ = ["RELAYED", "Relay"]

RELAYED = "relayed messages"
"""What the limit counts."""
_DAY = 86_400


@dataclass(frozen=True)
class Relay:
    """Relays for one operator."""

    reader: ChainReader
    writer: ChainWriter
    limit: RateLimit
    budget: GasBudget
    daily_gas: int
    clock: Clock

    async def grant(self, subject: str, terms: ConsentTerms, version: int, signed_at: int, signature: bytes) -> Mined:
        """Relay a grant to this operator.

        Raises:
            BadInput: it is to another operator.
            Refused: the contract's rule, e.g. ``wrong-version``.
            RateLimited: ``relay-limit`` or ``relay-budget``.
        """
        self.check_ours(terms.operator, "grants")
        return await self.paying(
            subject,
            lambda admit: self.writer.relay_grant(subject, terms, version, signed_at, signature, admit=admit),
        )

    async def revoke(self, subject: str, lane: int, signed_at: int, signature: bytes) -> Mined:
        """Relay a revocation, of whichever operator's consent. One that ends a consent is never refused."""
        head = await self.reader.head()
        consent, _ = await self.reader.consent(subject, lane)
        return await self.paying(
            None if consent.ends_at > head.timestamp else subject,
            lambda admit: self.writer.relay_revoke(subject, lane, signed_at, signature, admit=admit),
        )

    async def revoke_all(self, subject: str, signed_at: int, signature: bytes) -> Mined:
        """Relay a revocation of everything. Where this operator has a consent that it ends, it is never refused."""
        head = await self.reader.head()
        lanes = [lane_of(self.writer.sender, purpose) for purpose in Purpose]
        consents = [(await self.reader.consent(subject, lane))[0] for lane in lanes]
        return await self.paying(
            None if any(consent.ends_at > head.timestamp for consent in consents) else subject,
            lambda admit: self.writer.relay_revoke_all(subject, signed_at, signature, admit=admit),
        )

    async def erase(self, subject: str, operator: str, signed_at: int, signature: bytes) -> Mined:
        """Relay a request to erase everything. Where something is attested, it is never refused.

        Raises:
            BadInput: it is to another operator.
        """
        self.check_ours(operator, "requests")
        held = any(await self.reader.digest_of(operator, subject))
        return await self.paying(
            None if held else subject,
            lambda admit: self.writer.relay_erasure(subject, operator, signed_at, signature, admit=admit),
        )

    async def withdraw(self, subject: str, lane: int, earned: int, to: str, deadline: int, signature: bytes) -> Mined:
        """Relay a withdrawal of what uses that were recorded at once have earned."""
        return await self.paying(
            subject,
            lambda admit: self.writer.relay_withdrawal(subject, lane, earned, to, deadline, signature, admit=admit),
        )

    async def paying(self, counted: str | None, send: Callable[[Admission], Awaitable[Mined]]) -> Mined:
        """Book the gas of what ``send`` sends.

        Args:
            counted: whose limit it counts against; None: it is sent whatever was spent.

        Raises:
            RateLimited: ``relay-limit`` or ``relay-budget``.
        """

        async def admit() -> None:
            if counted is not None:
                await self.within_limit(counted)

        return await self.booked(send, admit, None if counted is None else self.daily_gas)

    async def booked(
        self, send: Callable[[Admission], Awaitable[Mined]], first: Callable[[], Awaitable[None]], limit: int | None
    ) -> Mined:
        """Book the gas of what ``send`` sends.

        Args:
            first: asked before, once the contract would take it; may raise.
            limit: gas that may be booked on this day, all in all.

        Raises:
            RateLimited: ``relay-budget``.
        """
        day, booked = self.clock.now() // _DAY, 0

        async def admit(gas: int) -> None:
            nonlocal booked
            await first()
            if not await self.budget.take(day, gas, limit):
                raise RateLimited(
                    "What this operator pays for relaying today is spent.",
                    remedy="Send it by an own transaction, or try again tomorrow (UTC).",
                    code="relay-budget",
                    retry_after=(day + 1) * _DAY - self.clock.now(),
                )
            booked = gas

        try:
            mined = await send(admit)
        except FairsignalError as error:
            if error.code == "chain-busy":
                await self.budget.give_back(day, booked)  # nothing was sent
            raise
        if booked:
            await self.budget.give_back(day, booked - mined.gas_used)
        return mined

    def check_ours(self, operator: str, what: str) -> None:
        """Raises ``BadInput`` where another operator is named."""
        if operator != self.writer.sender:
            raise BadInput(
                f"Only {what} to this operator are relayed for free.",
                remedy="Ask the operator that was named in the message, or send it by an own transaction.",
                code="wrong-operator",
            )

    async def within_limit(self, subject: str) -> None:
        """Count one message of this person's.

        Raises:
            RateLimited: ``relay-limit``.
        """
        try:
            await self.limit(RELAYED, subject, 1)
        except RateLimited as error:
            raise RateLimited(
                "This person's messages were relayed as often as this operator does for free.",
                remedy="Send it by an own transaction, or try again later.",
                code="relay-limit",
                retry_after=error.retry_after,
            ) from error
