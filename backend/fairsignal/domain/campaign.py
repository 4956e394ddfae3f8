"""Campaigns: content-addressed orders. The id is the hash of the terms, so terms can come from anywhere and are
checked against the chain by hashing them (the pattern of morpho-blue's ``MarketParams``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from fairsignal.domain.eip712 import typed_data

__all__ = ["USER_SHARE_BPS", "Campaign", "CampaignTerms", "Split", "split_price", "voucher_message"]

USER_SHARE_BPS = 7_000
"""The person's share of every use, basis points: USER_SHARE_BPS of SignalMarket."""
_BPS = 10_000

_ABI_TYPES = ("address", "address", "uint8", "uint128", "uint96", "uint40", "uint64")


@dataclass(frozen=True, slots=True)
class CampaignTerms:
    """What a campaign buys; fixed for its life."""

    advertiser: str
    operator: str
    purpose: int
    categories: int
    """Bitmap of the categories that it may use."""
    price_per_use: int
    """Gross price of one use, token base units."""
    ends_at: int
    """Unix seconds."""
    salt: int
    """Makes two otherwise equal campaigns of one advertiser distinct."""

    def abi(self) -> tuple[str, str, int, int, int, int, int]:
        """The struct as the contract's ABI takes it."""
        return (
            self.advertiser,
            self.operator,
            int(self.purpose),
            self.categories,
            self.price_per_use,
            self.ends_at,
            self.salt,
        )

    @property
    def id(self) -> bytes:
        """32 bytes: keccak256(abi.encode(terms))."""
        return keccak(encode(_ABI_TYPES, self.abi()))

    def as_json(self) -> dict[str, str | int]:
        """The terms as the APIs take them: numbers beyond 53 bits as decimal strings."""
        return {
            "advertiser": self.advertiser,
            "operator": self.operator,
            "purpose": int(self.purpose),
            "categories": str(self.categories),
            "price_per_use": str(self.price_per_use),
            "ends_at": self.ends_at,
            "salt": str(self.salt),
        }

    def wants(self, category_bit: int) -> bool:
        return bool(self.categories >> category_bit & 1)


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign's state as of a block."""

    terms: CampaignTerms
    recipient_key: bytes
    """The advertiser's X25519 public key, 32 bytes: released shares are sealed to it."""
    escrow: int
    """Token base units not yet used."""
    uses: int
    """Uses recorded so far, also the index of the next one."""
    closes_at: int
    """Unix seconds after which nothing is used any more; 0 while nobody closed it."""


@dataclass(frozen=True, slots=True)
class Split:
    """How the price of one use is divided, token base units."""

    subject: int
    operator: int


def split_price(price: int) -> Split:
    """Divide one use's price; the subject's share is rounded up, the operator gets the rest."""
    subject = -(-price * USER_SHARE_BPS // _BPS)
    return Split(subject=subject, operator=price - subject)


def voucher_message(chain_id: int, market: str, campaign_id: bytes, ceiling: int) -> dict[str, Any]:
    """EIP-712 typed data by which an advertiser lets its operator record uses below index ``ceiling``, cumulatively."""
    fields = {"campaign": ("bytes32", campaign_id), "ceiling": ("uint256", ceiling)}
    return typed_data("Fairsignal SignalMarket", chain_id, market, "Voucher", fields)
