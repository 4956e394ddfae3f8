"""One pass over the chain's events: what all later checks ask, and every use recorded at once judged on the way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from fairsignal.domain.at_once_rules import AtOnceCheck
from fairsignal.domain.chain_events import (
    Attested,
    CampaignOpened,
    CampaignRefunded,
    CampaignToppedUp,
    ChainEvent,
    Settled,
    UseRecorded,
)
from fairsignal.domain.chain_record import ChainRecord
from fairsignal.domain.violations import Violation
from fairsignal.ports import EventSource

__all__ = ["ChainPass", "read_chain"]


@dataclass
class ChainPass:
    """Facts up to a final block."""

    final_block: int
    record: ChainRecord
    books: AtOnceCheck
    final_time: int = 0
    """Of that block, Unix seconds."""
    violations: list[Violation] = field(default_factory=list)
    """Of uses recorded at once."""
    attested: set[tuple[bytes, bytes, bytes]] = field(default_factory=set)
    """(operator, subject, digest), of the digests that were asked for."""
    other_flows: dict[int, dict[bytes, int]] = field(default_factory=dict)
    """Block of a settlement -> campaign -> what it gained in that block by anything but settlements, base units."""


async def read_chain(
    source: EventSource, decimals: int, digests: Collection[bytes], progress: Callable[[int, int], None]
) -> ChainPass:
    """Read all events up to the final block.

    Args:
        decimals: of the market's token.
        digests: manifests whose attestations to remember.
        progress: told (blocks read, blocks).

    Raises:
        Unavailable: the node does not answer.
    """
    final = (await source.tips(source.start_block)).final
    record = ChainRecord()
    passed = ChainPass(final, record, AtOnceCheck(record, decimals))
    flows = _Flows(passed)
    blocks = max(0, final - source.start_block + 1)
    if blocks:
        async for part in source.ranges(source.start_block, final):
            for event in part.events:
                passed.violations += passed.books.judge(event)
                record.apply(event)
                flows.add(event)
                if isinstance(event, Attested) and event.digest in digests:
                    passed.attested.add((event.operator, event.subject, event.digest))
            passed.final_time = part.last.timestamp
            progress(part.last.number - source.start_block + 1, blocks)
    return passed


class _Flows:
    """Keeps the money that moved in blocks with settlements apart from what the settlements themselves moved."""

    def __init__(self, passed: ChainPass) -> None:
        self._passed = passed
        self._block = -1
        self._gained: defaultdict[bytes, int] = defaultdict(int)

    def add(self, event: ChainEvent) -> None:
        if event.at.block != self._block:
            self._block = event.at.block
            self._gained = defaultdict(int)
        match event:
            case CampaignOpened() | CampaignToppedUp():
                self._gained[event.campaign] += event.amount
            case CampaignRefunded():
                self._gained[event.campaign] -= event.amount
            case UseRecorded() if event.campaign in self._passed.record.campaigns:
                self._gained[event.campaign] -= self._passed.record.campaigns[event.campaign].terms.price_per_use
            case Settled():
                self._passed.other_flows[event.at.block] = self._gained
            case _:
                pass
