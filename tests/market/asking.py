"""Requests of the advertiser in these tests, and what is asked of their outcome."""

from __future__ import annotations

from fairsignal.domain.release import ReleaseItem
from fairsignal.domain.signal_record import canonical
from fairsignal.market.open_released import Released, sign_request
from fairsignal.ports import ReleaseRequest
from tests.keeper.world import ADVERTISER, CHAIN_ID, ITEM, NOW, REGISTRY, SIGNAL, TERMS, TRAVEL

NOBODY = "0x00000000000000000000000000000000000000B3"
OPENED = canonical(TRAVEL, SIGNAL)


def asked(*items: ReleaseItem) -> ReleaseRequest:
    return sign_request(ADVERTISER, CHAIN_ID, REGISTRY, TERMS, items or (ITEM,), NOW)


def conduct(released: Released) -> dict[int, str]:
    """Keeper -> how it behaved."""
    return {keeper.index: keeper.conduct for keeper in released.keepers}
