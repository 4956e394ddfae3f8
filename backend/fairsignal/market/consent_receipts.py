"""Receipts of consents, made from the chain and signed by the operator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fairsignal.domain.consent import Consent, Purpose, lane_of
from fairsignal.domain.consent_receipt import Controller, ReceiptFacts, build_receipt, receipt_message
from fairsignal.domain.eip712 import digest_of
from fairsignal.domain.errors import NotFound, Unavailable
from fairsignal.domain.receipt_check import receipt_digest, signed_receipt
from fairsignal.ports import Clock, ConsentChain, Signer, UnitOfWorkFactory

__all__ = ["ConsentReceipts", "ReceiptEntry"]


@dataclass(frozen=True, slots=True)
class ReceiptEntry:
    """A consent that a receipt can be had of."""

    purpose: Purpose
    version: int
    block: int
    """Of its last change."""


@dataclass(frozen=True)
class ConsentReceipts:
    chain: ConsentChain
    units: UnitOfWorkFactory
    signer: Signer
    clock: Clock
    chain_id: int
    registry: str
    url: str
    controller: Controller

    async def list(self, subject: str) -> list[ReceiptEntry]:
        """As far as the chain was followed."""
        entries = []
        async with self.units() as work:
            for purpose in Purpose:
                place = await work.holdings.consent_place(subject, lane_of(self.signer.address, purpose))
                if place is not None:
                    entries.append(ReceiptEntry(purpose, Consent.from_word(place[0]).version, place[1]))
        return entries

    async def issue(self, subject: str, purpose: Purpose) -> dict[str, Any]:
        """A signed receipt of the consent as it stands.

        Raises:
            NotFound: there never was one, as far as the chain was followed.
            Unavailable: the node does not answer, or the chain was reorganised just now.
        """
        lane = lane_of(self.signer.address, purpose)
        async with self.units() as work:
            place = await work.holdings.consent_place(subject, lane)
        if place is None:
            raise NotFound(
                "You never gave this operator a consent for that purpose.",
                remedy="If you just did, try again in a moment.",
                code="no-such-consent",
            )
        word, block = place
        stored = [
            event
            for event in await self.chain.in_block(self.registry, subject, block)
            if event.lane == lane and event.word == word
        ]
        if not stored:
            raise Unavailable("The chain was reorganised just now.", remedy="Try again.", code="chain-moved")
        _, _, state = await self.chain.now(self.registry, subject, lane)
        event = stored[-1]
        receipt = build_receipt(
            ReceiptFacts(
                chain_id=self.chain_id,
                registry=self.registry,
                subject=subject,
                operator=self.signer.address,
                purpose=purpose,
                word=word,
                event=event.event,
                tx_hash=event.tx_hash,
                block=event.block.number,
                block_time=event.block.timestamp,
                revoked_all_at=state.revoked_all_at,
                issued_at=self.clock.now(),
                url=self.url,
                controller=self.controller,
            )
        )
        message = receipt_message(self.chain_id, self.registry, receipt_digest(receipt))
        return signed_receipt(receipt, await self.signer.sign_digest(digest_of(message)))
