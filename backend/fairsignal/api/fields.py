"""Wire types of the API: hex strings and addresses, checked once."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from fairsignal.domain.addresses import checksummed
from fairsignal.domain.campaign import CampaignTerms

__all__ = ["Address", "Amount", "Bytes32", "CampaignTermsModel", "HexBytes", "Strict", "from_hex"]


def _address(value: str) -> str:
    wrong = ValueError("not an address: 0x and 40 hex digits, checksummed or lower-case")
    try:
        address = checksummed(bytes.fromhex(value[2:]))
    except ValueError as error:
        raise wrong from error
    if value not in (address, address.lower()):
        raise wrong
    return address


def from_hex(value: str) -> bytes:
    """Bytes of a 0x-prefixed hex string."""
    return bytes.fromhex(value[2:])


def _hex(value: str) -> str:
    from_hex(value)
    return value


Address = Annotated[str, AfterValidator(_address), Field(max_length=42, examples=["0x" + "00" * 19 + "01"])]
Bytes32 = Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{64}$")]
HexBytes = Annotated[str, Field(pattern=r"^0x([0-9a-fA-F]{2})*$", max_length=2 * 4096 + 2), AfterValidator(_hex)]
Amount = Annotated[str, Field(pattern=r"^[0-9]{1,39}$", description="token base units, as a decimal string")]


class Strict(BaseModel):
    """Unknown fields are errors: a misspelt limit must not pass silently."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CampaignTermsModel(Strict):
    """The terms whose hash is the campaign's id."""

    advertiser: Address
    operator: Address
    purpose: int = Field(ge=1, le=5)
    categories: Amount = Field(description="bitmap of categories, as a decimal string")
    price_per_use: Amount
    ends_at: int = Field(ge=0, lt=1 << 40, description="Unix seconds")
    salt: Amount = Field(description="at most 47 bits, as a decimal string")
    metered: bool = Field(default=False, description="uses are logged and settled, instead of recorded one by one")

    def to_domain(self) -> CampaignTerms:
        """Raises ``BadInput`` where a field is too wide for the contract."""
        return CampaignTerms(
            advertiser=self.advertiser,
            operator=self.operator,
            purpose=self.purpose,
            categories=int(self.categories),
            price_per_use=int(self.price_per_use),
            ends_at=self.ends_at,
            salt=int(self.salt),
            metered=self.metered,
        )
