"""Checking a person's consent receipt against the chain that it names."""

from __future__ import annotations

from dataclasses import dataclass

from fairsignal.domain.consent import Consent, is_in_force, lane_of
from fairsignal.domain.consent_receipt import ReceiptFacts
from fairsignal.domain.errors import IntegrityError
from fairsignal.ports import ConsentChain

__all__ = ["OnChain", "check_on_chain"]


@dataclass(frozen=True, slots=True)
class OnChain:
    """What became of the consent."""

    block: int
    """The block that this is current to."""
    unchanged: bool
    """The receipt is of what is stored today."""
    in_force: bool
    """What is stored today counts."""


async def check_on_chain(facts: ReceiptFacts, chain: ConsentChain) -> OnChain:
    """
    Raises:
        IntegrityError: ``wrong-chain``, or ``not-on-chain``.
        Unavailable: the node does not answer.
    """
    found = await chain.chain_id()
    if found != facts.chain_id:
        raise IntegrityError(
            f"The receipt is of chain {facts.chain_id}, the node is on chain {found}.",
            remedy="Ask a node of the right chain.",
            code="wrong-chain",
        )
    lane = lane_of(facts.operator, facts.purpose)
    recorded = await chain.in_transaction(facts.registry, facts.tx_hash)
    wanted = (facts.event, facts.subject, lane, facts.word, facts.block, facts.block_time)
    if wanted not in [
        (event.event, event.subject, event.lane, event.word, event.block.number, event.block.timestamp)
        for event in recorded
    ]:
        raise _not_there("the transaction that it names recorded no such consent")
    head, word, state = await chain.now(facts.registry, facts.subject, lane)
    if facts.revoked_all_at > state.revoked_all_at:
        raise _not_there("the person did not end everything when it says")
    return OnChain(
        block=head.number,
        unchanged=word == facts.word and state.revoked_all_at == facts.revoked_all_at,
        in_force=is_in_force(Consent.from_word(word), state, facts.purpose, head.timestamp),
    )


def _not_there(why: str) -> IntegrityError:
    return IntegrityError(
        f"The chain does not bear the receipt out: {why}.",
        remedy="Believe the chain; if the consent is new, try again once its block is final.",
        code="not-on-chain",
    )
