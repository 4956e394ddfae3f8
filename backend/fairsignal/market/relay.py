"""Bringing on chain what people signed, at the operator's cost: the contract checks the signature, we pay the gas.

So that nobody can spend the operator's money at will, each person has a limit and each day a budget. Both are asked
only once the contract would take the call, so a limit is filled by nobody but who signs. What takes consent away from
us, or what we hold of a person, is never refused by either, and goes before everything that waits to be sent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from fairsignal.domain.consent import ConsentTerms, Purpose, lane_of
from fairsignal.domain.errors import BadInput, FairsignalError, RateLimited
from fairsignal.market.claims import ClaimBook
from fairsignal.ports import Admission, ChainReader, ChainWriter, Clock, GasBudget, Mined, RateLimit, SignedClaim

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
        self._check_ours(terms.operator, "grants")
        return await self._paying(
            [subject],
            lambda admit: self.writer.relay_grant(subject, terms, version, signed_at, signature, admit=admit),
        )

    async def revoke(self, subject: str, lane: int, signed_at: int, signature: bytes) -> Mined:
        """Relay a revocation, of whichever operator's consent. One that ends a consent is never refused."""
        head = await self.reader.head()
        consent, _ = await self.reader.consent(subject, lane)
        return await self._paying(
            [] if consent.ends_at > head.timestamp else [subject],
            lambda admit: self.writer.relay_revoke(subject, lane, signed_at, signature, admit=admit),
        )

    async def revoke_all(self, subject: str, signed_at: int, signature: bytes) -> Mined:
        """Relay a revocation of everything. Where this operator has a consent that it ends, it is never refused."""
        head = await self.reader.head()
        lanes = [lane_of(self.writer.sender, purpose) for purpose in Purpose]
        consents = [(await self.reader.consent(subject, lane))[0] for lane in lanes]
        return await self._paying(
            [] if any(consent.ends_at > head.timestamp for consent in consents) else [subject],
            lambda admit: self.writer.relay_revoke_all(subject, signed_at, signature, admit=admit),
        )

    async def erase(self, subject: str, operator: str, signed_at: int, signature: bytes) -> Mined:
        """Relay a request to erase everything. Where something is attested, it is never refused.

        Raises:
            BadInput: it is to another operator.
        """
        self._check_ours(operator, "requests")
        held = any(await self.reader.digest_of(operator, subject))
        return await self._paying(
            [] if held else [subject],
            lambda admit: self.writer.relay_erasure(subject, operator, signed_at, signature, admit=admit),
        )

    async def withdraw(self, subject: str, lane: int, earned: int, to: str, deadline: int, signature: bytes) -> Mined:
        """Relay a withdrawal of what uses that were recorded at once have earned."""
        return await self._paying(
            [subject],
            lambda admit: self.writer.relay_withdrawal(subject, lane, earned, to, deadline, signature, admit=admit),
        )

    async def claim(self, book: ClaimBook, claims: Sequence[SignedClaim]) -> tuple[Mined, list[bool]]:
        """Relay claims of settled earnings in one transaction; -> it, and which of them it paid.

        Args:
            claims: without proofs.

        Raises:
            Conflict: a claim does not name the newest total.
            Refused: the contract takes none of them, e.g. ``invalid-signature``; of many, those that it does not take
                are left out.
        """
        proven = await book.prove(claims)
        if len(proven) == 1:
            sole = proven[0]
            mined = await self._paying([sole.subject], lambda admit: self.writer.relay_claim(sole, admit=admit))
            return mined, [True]
        # The contract would skip them as well, but not before they cost something, and count against their subjects.
        faults = await self.writer.claim_faults(proven)
        taken = [claim for claim, fault in zip(proven, faults, strict=True) if fault is None]
        if not taken:
            raise next(fault for fault in faults if fault is not None)
        mined = await self._paying(
            [claim.subject for claim in taken], lambda admit: self.writer.relay_claims(taken, admit=admit)
        )
        paid = [await book.settlements.claimed(claim.operator, claim.subject) >= claim.total for claim in proven]
        return mined, [now and fault is None for now, fault in zip(paid, faults, strict=True)]

    async def _paying(self, counted: Sequence[str], send: Callable[[Admission], Awaitable[Mined]]) -> Mined:
        """Book the gas of what ``send`` sends.

        Args:
            counted: whose limits it counts against; nobody's: it is sent whatever was spent.

        Raises:
            RateLimited: ``relay-limit`` or ``relay-budget``.
        """
        day, booked = self.clock.now() // _DAY, 0

        async def admit(gas: int) -> None:
            nonlocal booked
            for subject in counted:
                await self._within_limit(subject)
            if not await self.budget.take(day, gas, self.daily_gas if counted else None):
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

    def _check_ours(self, operator: str, what: str) -> None:
        if operator != self.writer.sender:
            raise BadInput(
                f"Only {what} to this operator are relayed for free.",
                remedy="Ask the operator that was named in the message, or send it by an own transaction.",
                code="wrong-operator",
            )

    async def _within_limit(self, subject: str) -> None:
        try:
            await self.limit(RELAYED, subject, 1)
        except RateLimited as error:
            raise RateLimited(
                "This person's messages were relayed as often as this operator does for free.",
                remedy="Send it by an own transaction, or try again later.",
                code="relay-limit",
                retry_after=error.retry_after,
            ) from error
