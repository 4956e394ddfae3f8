"""People and advertisers for end-to-end tests: fresh keys, real signatures."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from fairsignal.adapters.chain import LocalSigner
from fairsignal.bootstrap.wallets import Wallet
from fairsignal.cli.api_client import ApiClient
from fairsignal.domain.campaign import CampaignTerms, voucher_message
from fairsignal.domain.categories import BY_SLUG
from fairsignal.domain.consent import (
    ConsentTerms,
    Purpose,
    categories_mask,
    grant_message,
    lane_of,
    revoke_all_message,
    revoke_message,
)
from fairsignal.domain.hpke import new_private_key, public_key_of
from fairsignal.domain.release import ReleaseItem
from fairsignal.domain.settlement import withdrawal_message
from fairsignal.market.open_released import item_of, sign_request
from fairsignal.ports import ReleaseRequest

DAY = 86_400
PRICE = 50_001

TRAVEL_CHATS = [
    "we want to spend a week in Madeira in october, which hotels near Funchal have a sea view",
    "are there direct flights from London to Funchal, we would fly with hand luggage only",
    "compare Azores and Madeira for a holiday in autumn",
    "which suitcase fits the cabin size of most airlines",
]


@dataclass
class Someone:
    """A person who never sends a transaction: everything is signed and relayed."""

    reader: Wallet
    signer: LocalSigner = field(default_factory=lambda: LocalSigner(secrets.token_bytes(32)))
    key: bytes = field(default_factory=new_private_key, repr=False)

    @property
    def address(self) -> str:
        return self.signer.address

    async def now(self) -> int:
        return (await self.reader.reader.head()).timestamp

    async def grant_body(
        self,
        operator: str,
        slugs: list[str],
        *,
        floor: int = 10_000,
        cap: int = 5,
        version: int = 1,
        signed_at: int | None = None,
        signer: LocalSigner | None = None,
        purpose: Purpose = Purpose.AD_TARGETING,
    ) -> dict[str, Any]:
        """Body of POST /v1/consents/relay with this person's signature."""
        now = await self.now()
        signed = now if signed_at is None else signed_at
        terms = ConsentTerms(operator, purpose, categories_mask(slugs), floor, cap, now + 30 * DAY)
        deployment = self.reader.reader.deployment
        message = grant_message(deployment.chain_id, deployment.consent_registry, self.address, terms, version, signed)
        return {
            "subject": self.address,
            "operator": operator,
            "purpose": int(purpose),
            "categories": str(terms.categories),
            "floor": floor,
            "cap": cap,
            "ends_at": terms.ends_at,
            "version": version,
            "signed_at": signed,
            "signature": hexed((signer or self.signer).sign_typed(message)),
        }

    async def revocation_body(self, operator: str) -> dict[str, Any]:
        """Body of POST /v1/consents/relay-revocation."""
        deployment = self.reader.reader.deployment
        signed = await self.now()
        message = revoke_message(deployment.chain_id, deployment.consent_registry, self.address, operator, 1, signed)
        return {
            "subject": self.address,
            "operator": operator,
            "purpose": 1,
            "signed_at": signed,
            "signature": hexed(self.signer.sign_typed(message)),
        }

    async def revocation_of_all_body(self) -> dict[str, Any]:
        """Body of POST /v1/consents/relay-revocation-of-all."""
        deployment = self.reader.reader.deployment
        signed = await self.now()
        message = revoke_all_message(deployment.chain_id, deployment.consent_registry, self.address, signed)
        return {
            "subject": self.address,
            "signed_at": signed,
            "signature": hexed(self.signer.sign_typed(message)),
        }

    async def withdrawal_body(self, operator: str, earned: int, to: str) -> dict[str, Any]:
        """Body of POST /v1/withdrawals/relay."""
        deployment = self.reader.reader.deployment
        deadline = await self.now() + DAY
        lane = lane_of(operator, 1)
        message = withdrawal_message(
            deployment.chain_id, deployment.signal_market, self.address, lane, earned, to, deadline
        )
        return {
            "subject": self.address,
            "operator": operator,
            "purpose": 1,
            "earned": str(earned),
            "to": to,
            "deadline": deadline,
            "signature": hexed(self.signer.sign_typed(message)),
        }

    def chats_body(self, texts: list[str]) -> dict[str, Any]:
        """Body of POST /v1/chats."""
        now = int(time.time())
        turns = [{"role": "user", "content": text, "created": now - DAY * i} for i, text in enumerate(texts)]
        return {
            "subject": self.address,
            "subject_key": hexed(public_key_of(self.key)),
            "chats": [{"id": f"chat-{i}", "messages": [turn]} for i, turn in enumerate(turns)],
        }

    async def credit(self, operator: str) -> int:
        earned, _ = await self.reader.reader.credit_of(self.address, lane_of(operator, 1))
        return earned


@dataclass
class Buyer:
    """An advertiser with money."""

    wallet: Wallet
    key: bytes = field(default_factory=new_private_key, repr=False)

    async def open(
        self,
        api: ApiClient,
        operator: str,
        slugs: list[str],
        *,
        uses: int = 5,
        ceiling: int | None = None,
        with_key: bool = True,
        metered: bool = False,
        purpose: int = 1,
        ends_in: int = DAY,
        **handed_in: str,
    ) -> CampaignTerms:
        """Open a campaign with escrow for ``uses`` uses, and hand its voucher to the operator."""
        deployment = self.wallet.reader.deployment
        now = (await self.wallet.reader.head()).timestamp
        wanted, salt = categories_mask(slugs), secrets.randbits(47)
        terms = CampaignTerms(self.wallet.address, operator, purpose, wanted, PRICE, now + ends_in, salt, metered)
        await self.wallet.writer.mint(self.wallet.address, uses * PRICE)
        await self.wallet.writer.approve(deployment.signal_market, uses * PRICE)
        if with_key:
            await self.wallet.writer.set_recipient_key(public_key_of(self.key))
        await self.wallet.writer.open_campaign(terms, uses * PRICE)
        await api.post("/v1/campaigns", self.voucher_body(terms, ceiling or uses + 5) | handed_in)
        return terms

    def voucher_body(self, terms: CampaignTerms, ceiling: int) -> dict[str, Any]:
        deployment = self.wallet.reader.deployment
        message = voucher_message(deployment.chain_id, deployment.signal_market, terms.id, ceiling)
        return {
            "terms": terms.as_json(),
            "ceiling": ceiling,
            "signature": hexed(self.wallet.signer.sign_typed(message)),
        }

    async def decision(self, api: ApiClient, terms: CampaignTerms, subject: str, **more: int) -> dict[str, Any]:
        """The operator's answer for one subject, as of the chain's head."""
        head = await self.wallet.reader.head()
        body = {
            "subjects": [subject],
            "purpose": terms.purpose,
            "campaigns": [hexed(terms.id)],
            "min_block": head.number,
        }
        (answer,) = (await api.post("/v1/decisions", body | more))["decisions"]
        found: dict[str, Any] = answer
        return found

    async def token(self, api: ApiClient, terms: CampaignTerms, subject: str) -> str:
        """A token for a use that is allowed."""
        decision = await self.decision(api, terms, subject)
        assert decision["allowed"], decision["rule"]
        return str(decision["token"])

    async def use(self, api: ApiClient, terms: CampaignTerms, subject: str) -> dict[str, Any]:
        """A use that was decided and confirmed."""
        return await confirm(api, await self.token(api, terms, subject))

    async def release_body(
        self,
        terms: CampaignTerms,
        subject: str,
        category: str,
        *,
        signer: LocalSigner | None = None,
        expires_in: int = 120,
    ) -> dict[str, Any]:
        """Body of POST /v1/release for the newest use of this category, or for one that never was."""
        return (await self.release_request(terms, subject, category, signer=signer, expires_in=expires_in)).as_json()

    async def release(self, api: ApiClient, terms: CampaignTerms, subject: str, category: str) -> dict[str, Any]:
        """Ask the keepers through the backend."""
        return await api.post("/v1/release", await self.release_body(terms, subject, category))

    async def release_request(
        self,
        terms: CampaignTerms,
        subject: str,
        category: str,
        *,
        signer: LocalSigner | None = None,
        expires_in: int = 120,
    ) -> ReleaseRequest:
        """The same, to be sent to keepers."""
        bit = BY_SLUG[category].bit
        uses = [use for use in await self.wallet.reader.uses(terms.id, subject) if use.category == bit]
        item = item_of(uses[-1]) if uses else ReleaseItem(subject, bit, 0, bytes(32), 0)
        return self.sign(terms, [item], signer=signer, expires_in=expires_in)

    def sign(
        self,
        terms: CampaignTerms,
        items: list[ReleaseItem],
        *,
        signer: LocalSigner | None = None,
        expires_in: int = 120,
    ) -> ReleaseRequest:
        """A request for these items."""
        deployment = self.wallet.reader.deployment
        now = int(time.time()) + expires_in - 120
        return sign_request(
            signer or self.wallet.signer, deployment.chain_id, deployment.profile_registry, terms, items, now
        )


async def confirm(api: ApiClient, token: str, key: str = "") -> dict[str, Any]:
    """Confirm one use; under a key of its own, unless one is given."""
    return await api.post("/v1/uses", {"token": token}, **{"Idempotency-Key": key or secrets.token_hex(8)})


def hexed(data: bytes) -> str:
    return "0x" + data.hex()
