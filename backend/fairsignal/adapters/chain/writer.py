"""``ports.ChainWriter``: calls of our contracts, sent from one account."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from eth_utils.crypto import keccak

from fairsignal.adapters.chain.contracts import encode_call
from fairsignal.adapters.chain.deployment import Deployment
from fairsignal.adapters.chain.fees import FeePolicy
from fairsignal.adapters.chain.follow import Follower
from fairsignal.adapters.chain.outbox import Outbox
from fairsignal.adapters.chain.rpc import Rpc
from fairsignal.adapters.chain.sender import Sender, Timings
from fairsignal.adapters.clock import SystemClock
from fairsignal.domain.campaign import CampaignTerms, use_word
from fairsignal.domain.consent import ConsentTerms
from fairsignal.domain.errors import Refused
from fairsignal.domain.settlement import Settlement, compact_signature
from fairsignal.ports import Admission, Mined, OutboxFigures, SignedClaim, SignedGrant, Signer

__all__ = ["OutboxChainWriter"]

_CLAIM_GAS = 250_000
"""For one claim of a batch. The contract skips one that runs out, and an estimate may settle on that: a claim costs
60,000, a smart wallet's answer to whether it signed up to 150,000."""


class OutboxChainWriter:
    """What people, advertisers and operators send."""

    def __init__(
        self,
        rpc: Rpc,
        deployment: Deployment,
        signer: Signer,
        outbox: Outbox,
        *,
        fees: FeePolicy | None = None,
        timings: Timings | None = None,
        room: int = 32,
    ) -> None:
        self._rpc = rpc
        self._deployment = deployment
        self._sender = Sender(
            rpc, deployment.chain_id, signer, outbox, SystemClock(), fees=fees, timings=timings, room=room
        )

    @property
    def sender(self) -> str:
        return self._sender.address

    @property
    def follower(self) -> Follower:
        """To be run in the background by servers."""
        return self._sender.follower

    async def figures(self) -> OutboxFigures:
        return await self._sender.figures()

    async def grant(self, terms: ConsentTerms) -> Mined:
        return await self._registry("grant", terms.lane, terms.word())

    async def relay_grant(
        self,
        subject: str,
        terms: ConsentTerms,
        version: int,
        signed_at: int,
        signature: bytes,
        *,
        admit: Admission | None = None,
    ) -> Mined:
        said = (subject, terms.lane, terms.word(version=version, granted_at=signed_at))
        return await self._registry("grantBySig", *said, signature, means=said, admit=admit)

    async def relay_grants(self, grants: Sequence[SignedGrant], *, admit: Admission | None = None) -> Mined:
        records = b"".join(
            bytes.fromhex(grant.subject[2:]) + grant.word.to_bytes(32) + compact_signature(grant.signature)
            for grant in grants
        )
        said = tuple((grant.subject, grant.word) for grant in grants)
        return await self._registry(
            "grantBatchBySig", grants[0].terms.lane, records, means=(grants[0].terms.lane, *said), admit=admit
        )

    async def grant_faults(self, grants: Sequence[SignedGrant]) -> list[Refused | None]:
        calls = [(grant.subject, grant.terms.lane, grant.word, grant.signature) for grant in grants]
        return list(await asyncio.gather(*(self._fault("ConsentRegistry", "grantBySig", *call) for call in calls)))

    async def revoke(self, lane: int) -> Mined:
        return await self._registry("revoke", lane, urgent=True)

    async def relay_revoke(
        self, subject: str, lane: int, signed_at: int, signature: bytes, *, admit: Admission | None = None
    ) -> Mined:
        said = (subject, lane, signed_at)
        return await self._registry("revokeBySig", *said, signature, means=said, urgent=True, admit=admit)

    async def revoke_all(self) -> Mined:
        return await self._registry("revokeAll", urgent=True)

    async def relay_revoke_all(
        self, subject: str, signed_at: int, signature: bytes, *, admit: Admission | None = None
    ) -> Mined:
        said = (subject, signed_at)
        return await self._registry("revokeAllBySig", *said, signature, means=said, urgent=True, admit=admit)

    async def register_operator(self, payout: str, terms_uri: str) -> Mined:
        """Register the sender as operator; only set-up needs it, so it is not part of the port."""
        return await self._call("OperatorRegistry", "register", payout, terms_uri)

    async def set_keepers(self, keepers: Sequence[str], threshold: int) -> Mined:
        """Name the keeper set; only the registry's owner can."""
        return await self._call("OperatorRegistry", "setKeepers", list(keepers), threshold)

    async def attest(self, subject: str, digest: bytes) -> Mined:
        said = (subject, digest)
        return await self._call("ProfileRegistry", "attest", *said, means=said)

    async def request_erasure(self, operator: str) -> Mined:
        return await self._call("ProfileRegistry", "requestErasure", operator, urgent=True)

    async def relay_erasure(
        self, subject: str, operator: str, signed_at: int, signature: bytes, *, admit: Admission | None = None
    ) -> Mined:
        said = (subject, operator, signed_at)
        return await self._call(
            "ProfileRegistry", "requestErasureBySig", *said, signature, means=said, urgent=True, admit=admit
        )

    async def confirm_erasure(self, subject: str) -> Mined:
        return await self._call("ProfileRegistry", "confirmErasure", subject, means=(subject,))

    async def mint(self, to: str, amount: int) -> Mined:
        """Take test money from the faucet of a local chain's TestDollar."""
        return await self._call("TestDollar", "mint", to, amount)

    async def approve(self, spender: str, amount: int) -> Mined:
        """Allow ``spender`` to pull ``amount`` base units of the token."""
        return await self._call("TestDollar", "approve", spender, amount)

    async def set_recipient_key(self, key: bytes) -> Mined:
        return await self._market("setRecipientKey", key)

    async def open_campaign(self, terms: CampaignTerms, amount: int) -> Mined:
        return await self._market("openCampaign", terms.target, terms.bid, amount)

    async def record_use(
        self, terms: CampaignTerms, subject: str, category: int, use_index: int, ceiling: int, voucher: bytes
    ) -> Mined:
        said = (terms.advertiser, terms.target, terms.bid, use_word(subject, category, use_index))
        return await self._market("recordUseWithVoucher", *said, ceiling, voucher, means=said)

    async def settle(self, settlement: Settlement, quorum: bytes) -> Mined:
        said = (settlement.operator, settlement.epoch, settlement.root, settlement.total, settlement.log_digest)
        means = (settlement.operator, settlement.epoch, settlement.log_digest)
        return await self._market("settle", said, settlement.debits, quorum, means=means)

    async def claim(self, operator: str, total: int, proof: Sequence[bytes], to: str) -> Mined:
        return await self._market("claimTo", operator, total, list(proof), to)

    async def withdraw(self, lanes: Sequence[int], to: str) -> Mined:
        return await self._market("withdraw", list(lanes), to)

    async def relay_withdrawal(
        self,
        subject: str,
        lane: int,
        earned: int,
        to: str,
        deadline: int,
        signature: bytes,
        *,
        admit: Admission | None = None,
    ) -> Mined:
        said = (subject, lane, earned, to, deadline)
        return await self._market("withdrawBySig", *said, signature, means=said, admit=admit)

    async def relay_claim(self, claim: SignedClaim, *, admit: Admission | None = None) -> Mined:
        return await self._market("claimBySig", _claim_tuple(claim), means=_claim_means(claim), admit=admit)

    async def relay_claims(self, claims: Sequence[SignedClaim], *, admit: Admission | None = None) -> Mined:
        return await self._market(
            "claimBatchBySig",
            [_claim_tuple(claim) for claim in claims],
            means=tuple(word for claim in claims for word in _claim_means(claim)),
            admit=admit,
            least_gas=len(claims) * _CLAIM_GAS,
        )

    async def claim_faults(self, claims: Sequence[SignedClaim]) -> list[Refused | None]:
        tuples = map(_claim_tuple, claims)
        return list(await asyncio.gather(*(self._fault("SignalMarket", "claimBySig", each) for each in tuples)))

    async def _fault(self, contract: str, function: str, *arguments: Any) -> Refused | None:
        data = "0x" + encode_call(contract, function, *arguments).hex()
        try:
            await self._rpc.request("eth_call", {"to": self._deployment.address_of(contract), "data": data}, "latest")
        except Refused as refused:
            return refused
        return None

    async def pay_operator(self, terms: CampaignTerms) -> Mined:
        """Pay the operator's share of a campaign's uses to its pay-out address."""
        return await self._market("payOperator", terms.advertiser, terms.target, terms.bid)

    async def _registry(self, function: str, *arguments: Any, **how: Any) -> Mined:
        return await self._call("ConsentRegistry", function, *arguments, **how)

    async def _market(self, function: str, *arguments: Any, **how: Any) -> Mined:
        return await self._call("SignalMarket", function, *arguments, **how)

    async def _call(
        self,
        contract: str,
        function: str,
        *arguments: Any,
        means: tuple[Any, ...] | None = None,
        urgent: bool = False,
        admit: Admission | None = None,
        least_gas: int = 0,
    ) -> Mined:
        """
        Args:
            means: what the call says, apart from the signatures that prove it: while one that says the same is on its
                way, it is followed instead, since a second one would pay gas to be refused.
        """
        return await self._sender.send(
            self._deployment.address_of(contract),
            encode_call(contract, function, *arguments),
            function,
            key=None if means is None else keccak(repr((function, *means)).encode()),
            urgent=urgent,
            admit=admit,
            least_gas=least_gas,
        )


def _claim_means(claim: SignedClaim) -> tuple[Any, ...]:
    return (claim.subject, claim.operator, claim.total, claim.to, claim.deadline)


def _claim_tuple(claim: SignedClaim) -> tuple[Any, ...]:
    return (*_claim_means(claim), list(claim.proof), claim.signature)
