"""Operators with their keys, and the keepers."""

from __future__ import annotations

from fairsignal.domain.chain_events import KeepersNamed, KeepersSet, OperatorUpdated, SignerSet
from fairsignal.domain.projection.rows import Apply, Rows, Touch

__all__ = ["APPLY", "TOUCH"]


def _operator_updated(rows: Rows, event: OperatorUpdated) -> None:
    rows.put("operators", (event.operator,), (event.payout, event.terms_uri, event.at.block))


def _signer_set(rows: Rows, event: SignerSet) -> None:
    rows.put("operator_signers", (event.operator, event.signer), (event.at.block,) if event.allowed else None)


def _keepers_named(rows: Rows, event: KeepersNamed) -> None:
    key = (event.at.block, event.at.log_index)
    rows.put("keeper_sets", key, (b"".join(event.keepers), event.threshold, False, event.starts_at))


def _keepers_set(rows: Rows, event: KeepersSet) -> None:
    key = (event.at.block, event.at.log_index)
    rows.put("keeper_sets", key, (b"".join(event.keepers), event.threshold, True, event.at.timestamp))


APPLY: dict[type, Apply] = {
    OperatorUpdated: _operator_updated,
    SignerSet: _signer_set,
    KeepersNamed: _keepers_named,
    KeepersSet: _keepers_set,
}
TOUCH: dict[type, Touch] = {
    OperatorUpdated: lambda event: [("operators", (event.operator,))],
    SignerSet: lambda event: [("operator_signers", (event.operator, event.signer))],
    KeepersNamed: lambda event: [("keeper_sets", (event.at.block, event.at.log_index))],
    KeepersSet: lambda event: [("keeper_sets", (event.at.block, event.at.log_index))],
}
