"""From events to rows: what each event makes of the tables that the indexer keeps.

Pure, so that following, a replay and an audit cannot differ. A key is the tuple of a table's primary key, a row the
tuple of its other columns, both in the order of adapters/db/tables/projection.py; None is no row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fairsignal.domain.chain_events import Attested, ChainEvent, ConsentStored
from fairsignal.domain.projection import market, operators, people
from fairsignal.domain.projection.rows import KINDS, Key, Row, Rows

__all__ = ["KINDS", "Key", "Row", "Rows", "needs", "project", "touches"]

_APPLY = people.APPLY | market.APPLY | operators.APPLY
_TOUCH = people.TOUCH | market.TOUCH | operators.TOUCH
_MERGED = frozenset({"subject_states", "campaigns", "erasure_requests"})
"""Tables of which an event may change a part of a row."""
_WHOLE = frozenset({ConsentStored, Attested})
"""Events that most are, and that change no such table."""


def project(rows: Rows, events: Iterable[ChainEvent]) -> None:
    """Apply events in their order. ``rows`` must know what ``needs`` names.

    Raises:
        LookupError: logs are missing: an event is about something that never was.
    """
    for event in events:
        _APPLY[type(event)](rows, event)


def touches(events: Iterable[ChainEvent]) -> Iterator[tuple[str, Key]]:
    """Every row that these events change, as (table, key)."""
    for event in events:
        yield from _TOUCH[type(event)](event)


def needs(events: Iterable[ChainEvent]) -> Iterator[tuple[str, Key]]:
    """Rows that must be known before these events are applied: those of which they may change a part."""
    for event in events:
        if type(event) not in _WHOLE:
            for place in _TOUCH[type(event)](event):
                if place[0] in _MERGED:
                    yield place
