"""Campaigns: content-addressed orders. The id is the hash of the terms, so terms can come from anywhere and are
checked against the chain by hashing them (the pattern of morpho-blue's ``MarketParams``).

The layouts of the two words of terms and of a use are those of contracts/interfaces/ISignalMarket.sol.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from fairsignal.domain.consent import lane_of, lane_parts
from fairsignal.domain.eip712 import typed_data
from fairsignal.domain.errors import BadInput

__all__ = [
    "USER_SHARE_BPS",
    "Campaign",
    "CampaignTerms",
    "Split",
    "Use",
    "split_price",
    "use_word",
    "voucher_message",
]

USER_SHARE_BPS = 7_000
"""The person's share of every use, basis points: USER_SHARE_BPS of SignalMarket."""
_BPS = 10_000

_WIDTHS = {"categories": 128, "price_per_use": 96, "ends_at": 40, "salt": 47}


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
    """Makes two otherwise equal campaigns of one advertiser distinct; 47 bits."""
    metered: bool = False
    """Uses are logged and paid by settlements only, instead of one by one on chain."""

    def __post_init__(self) -> None:
        # A field that is too wide would silently change its neighbour in the packed words.
        for name, bits in _WIDTHS.items():
            if not 0 <= getattr(self, name) < 1 << bits:
                raise BadInput(
                    f"A campaign's {name} has at most {bits} bits.",
                    remedy="Choose a smaller value.",
                    code="campaign-terms-too-wide",
                )

    @property
    def lane(self) -> int:
        """Operator and purpose in one word: which consents the campaign draws on."""
        return lane_of(self.operator, self.purpose)

    @property
    def target(self) -> int:
        """First word of the terms: purpose 8 bits, operator 160, end 40, salt 47, metered 1."""
        return self.lane | self.ends_at << 168 | self.salt << 208 | int(self.metered) << 255

    @property
    def bid(self) -> int:
        """Second word of the terms: categories 128 bits, price 96."""
        return self.categories | self.price_per_use << 128

    @property
    def id(self) -> bytes:
        """32 bytes: keccak256(abi.encode(advertiser, target, bid))."""
        return _campaign_id(self.advertiser, self.target, self.bid)

    @classmethod
    def from_words(cls, advertiser: str, target: int, bid: int) -> CampaignTerms:
        """The terms of these words; the operator's address comes in lower case, which changes neither word nor id."""
        operator, purpose = lane_parts(target & (1 << 168) - 1)
        return cls(
            advertiser=advertiser,
            operator=operator,
            purpose=purpose,
            categories=bid & (1 << 128) - 1,
            price_per_use=bid >> 128,
            ends_at=target >> 168 & (1 << 40) - 1,
            salt=target >> 208 & (1 << 47) - 1,
            metered=bool(target >> 255),
        )

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
            "metered": self.metered,
        }

    def wants(self, category_bit: int) -> bool:
        return bool(self.categories >> category_bit & 1)


@lru_cache(maxsize=1024)
def _campaign_id(advertiser: str, target: int, bid: int) -> bytes:
    """Cached: a keeper needs it several times per request, of the same few campaigns."""
    return keccak(encode(("address", "uint256", "uint256"), (advertiser, target, bid)))


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign's state as of a block."""

    terms: CampaignTerms
    recipient_key: bytes
    """The advertiser's X25519 public key, 32 bytes: released shares are sealed to it. Zeros when it named none."""
    escrow: int
    """Token base units not yet used."""
    uses: int
    """Uses recorded on chain so far, also the index of the next one."""
    closes_at: int
    """Unix seconds after which nothing is used any more; 0 while nobody closed it."""


@dataclass(frozen=True, slots=True)
class Use:
    """One use, decoded from the word that the chain records."""

    subject: int
    """Address as a number."""
    category: int
    """Bit of the category."""
    index: int
    """Position among the campaign's uses, from 0."""

    @classmethod
    def from_word(cls, word: int) -> Use:
        """Decode the ``use`` of a ``UseRecorded`` event."""
        return cls(subject=word & (1 << 160) - 1, category=word >> 160 & 0xFF, index=word >> 168)


def use_word(subject: str, category: int, index: int) -> int:
    """One use in one word: subject 160 bits, category 8, index 40."""
    return int(subject, 16) | category << 160 | index << 168


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
