"""Many signed grants or claims in as few transactions as possible: a third of the gas of single ones.

What the contract would not take, and whom the limit stops, is left out before anything is sent: it would cost something
otherwise, and count against people who may know nothing of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from fairsignal.domain.errors import FairsignalError, RateLimited, Refused
from fairsignal.market.claims import ClaimBook
from fairsignal.market.relay import Relay
from fairsignal.ports import Mined, SignedClaim, SignedGrant

__all__ = ["Outcome", "relay_claims", "relay_grants"]

_KEY_SIGNATURE = 65
"""Bytes. What smart wallets sign may be longer, and batches have no room for it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message: one of both is set."""

    mined: Mined | None = None
    fault: FairsignalError | None = None


async def relay_grants(relay: Relay, grants: Sequence[SignedGrant]) -> list[Outcome]:
    """Relay grants to this operator, in one transaction per purpose; -> their outcomes in the order given.

    Raises:
        BadInput: one is to another operator.
        Unavailable: the node does not answer; ask again, what was mined is refused as ``wrong-version`` then.
    """
    for grant in grants:
        relay.check_ours(grant.terms.operator, "grants")
    outcomes: list[Outcome] = [Outcome(fault=fault) for fault in await relay.writer.grant_faults(grants)]
    together: defaultdict[int, list[int]] = defaultdict(list)
    for index, grant in enumerate(grants):
        if outcomes[index].fault is None and len(grant.signature) == _KEY_SIGNATURE:
            together[grant.terms.lane].append(index)
    batches = [indexes for indexes in together.values() if len(indexes) > 1]
    in_batches = {index for indexes in batches for index in indexes}
    for index, grant in enumerate(grants):
        if outcomes[index].fault is None and index not in in_batches:
            outcomes[index] = await _alone(relay, grant)
    for indexes in batches:
        for index, outcome in zip(indexes, await _batch(relay, [grants[i] for i in indexes]), strict=True):
            outcomes[index] = outcome
    return outcomes


async def _alone(relay: Relay, grant: SignedGrant) -> Outcome:
    try:
        return Outcome(await relay.grant(grant.subject, grant.terms, grant.version, grant.signed_at, grant.signature))
    except Refused as refused:
        return Outcome(fault=refused)


async def _batch(relay: Relay, grants: Sequence[SignedGrant]) -> list[Outcome]:
    stopped = [await _over_limit(relay, grant.subject) for grant in grants]
    taken = [grant for grant, fault in zip(grants, stopped, strict=True) if fault is None]
    if not taken:
        return [Outcome(fault=fault) for fault in stopped]
    try:
        mined = await relay.booked(
            lambda admit: relay.writer.relay_grants(taken, admit=admit), _nothing, relay.daily_gas
        )
    except Refused as refused:
        return [Outcome(fault=fault or refused) for fault in stopped]
    lane = grants[0].terms.lane
    _, standings = await relay.reader.standings([grant.subject for grant in taken], lane)
    late = Refused(
        "Something else changed this consent just before.", remedy="Sign the next version.", code="wrong-version"
    )
    return [
        Outcome(fault=fault)
        if fault is not None
        else Outcome(mined)
        if standings[grant.subject].consent.version >= grant.version
        else Outcome(fault=late)
        for grant, fault in zip(grants, stopped, strict=True)
    ]


async def relay_claims(relay: Relay, book: ClaimBook, claims: Sequence[SignedClaim]) -> tuple[Mined, list[bool]]:
    """Relay claims of settled earnings in one transaction; -> it, and which of them it paid.

    Args:
        claims: without proofs.

    Raises:
        Conflict: a claim does not name the newest total.
        Refused: none of them can be sent, for the rule of the first.
    """
    proven = await book.prove(claims)
    if len(proven) == 1:
        (sole,) = proven
        return await relay.paying(sole.subject, lambda admit: relay.writer.relay_claim(sole, admit=admit)), [True]
    faults: list[Refused | None] = [
        fault or await _over_limit(relay, claim.subject)
        for claim, fault in zip(proven, await relay.writer.claim_faults(proven), strict=True)
    ]
    taken = [claim for claim, fault in zip(proven, faults, strict=True) if fault is None]
    if not taken:
        raise next(fault for fault in faults if fault is not None)
    mined = await relay.booked(lambda admit: relay.writer.relay_claims(taken, admit=admit), _nothing, relay.daily_gas)
    paid = [await book.settlements.claimed(claim.operator, claim.subject) >= claim.total for claim in proven]
    return mined, [now and fault is None for now, fault in zip(paid, faults, strict=True)]


async def _over_limit(relay: Relay, subject: str) -> RateLimited | None:
    try:
        await relay.within_limit(subject)
    except RateLimited as limited:
        return limited
    return None


async def _nothing() -> None:
    """Limits were asked one by one."""
