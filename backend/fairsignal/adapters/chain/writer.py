"""``ports.ChainWriter``: transactions of one account, each committed to an outbox before it is sent.

The outbox holds the signed bytes. After a crash the same bytes are sent again, so a transaction happens once or not
at all, never twice: its nonce is its idempotency key.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any, Protocol

import structlog
from eth_utils.crypto import keccak

from fairsignal.adapters.chain.contracts import encode_call
from fairsignal.adapters.chain.deployment import Deployment
from fairsignal.adapters.chain.rpc import Call, Rpc, RpcError
from fairsignal.domain.campaign import CampaignTerms, use_word
from fairsignal.domain.consent import ConsentTerms
from fairsignal.domain.errors import FairsignalError, Refused, Unavailable
from fairsignal.ports import Mined, Signer

__all__ = ["MemoryOutbox", "Outbox", "OutboxChainWriter", "OutboxEntry", "OutboxStatus"]

log = structlog.get_logger(__name__)

_GAS_MARGIN = 1.2
_POLL_SECONDS = 0.05
_RESEND_SECONDS = 5.0


class OutboxStatus(StrEnum):
    """Where a transaction is: signed and committed, mined, reverted, or overtaken by another of the same nonce."""

    PENDING = "pending"
    MINED = "mined"
    REVERTED = "reverted"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """One transaction. ``label`` says what it does, without personal data."""

    sender: str
    nonce: int
    label: str
    tx_hash: str
    raw: bytes = field(repr=False)
    status: OutboxStatus = OutboxStatus.PENDING
    block: int = 0
    gas_used: int = 0


class Outbox(Protocol):
    """Where transactions are kept from signing to mining; ``save`` returns once they are durable."""

    async def save(self, entry: OutboxEntry) -> None: ...
    async def pending(self, sender: str) -> list[OutboxEntry]: ...
    async def since(self, sender: str, nonce: int) -> list[OutboxEntry]: ...
    async def next_nonce(self, sender: str) -> int: ...


class MemoryOutbox:
    """For wallets of people in a terminal: nothing of theirs outlives the command."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, int], OutboxEntry] = {}

    async def save(self, entry: OutboxEntry) -> None:
        self._entries[entry.sender, entry.nonce] = entry

    async def pending(self, sender: str) -> list[OutboxEntry]:
        return [e for e in self._entries.values() if e.sender == sender and e.status is OutboxStatus.PENDING]

    async def since(self, sender: str, nonce: int) -> list[OutboxEntry]:
        """Entries from this nonce on that were not dropped, in nonce order."""
        entries = [e for e in self._entries.values() if e.sender == sender and e.nonce >= nonce]
        return sorted((e for e in entries if e.status is not OutboxStatus.DROPPED), key=lambda e: e.nonce)

    async def next_nonce(self, sender: str) -> int:
        """One past the highest nonce that was ever committed and not dropped."""
        nonces = [
            e.nonce for e in self._entries.values() if e.sender == sender and e.status is not OutboxStatus.DROPPED
        ]
        return max(nonces, default=-1) + 1


class OutboxChainWriter:
    """Signs, commits, sends and follows transactions of one signer."""

    def __init__(
        self,
        rpc: Rpc,
        deployment: Deployment,
        signer: Signer,
        outbox: Outbox,
        *,
        mining_timeout: timedelta = timedelta(seconds=60),
    ) -> None:
        self._rpc = rpc
        self._deployment = deployment
        self._signer = signer
        self._outbox = outbox
        self._timeout = mining_timeout.total_seconds()
        self._lock = asyncio.Lock()

    @property
    def sender(self) -> str:
        return self._signer.address

    async def grant(self, terms: ConsentTerms) -> Mined:
        return await self._registry("grant", terms.lane, terms.word())

    async def relay_grant(
        self, subject: str, terms: ConsentTerms, version: int, signed_at: int, signature: bytes
    ) -> Mined:
        word = terms.word(version=version, granted_at=signed_at)
        return await self._registry("grantBySig", subject, terms.lane, word, signature)

    async def revoke(self, lane: int) -> Mined:
        return await self._registry("revoke", lane)

    async def relay_revoke(self, subject: str, lane: int, signed_at: int, signature: bytes) -> Mined:
        return await self._registry("revokeBySig", subject, lane, signed_at, signature)

    async def revoke_all(self) -> Mined:
        return await self._registry("revokeAll")

    async def register_operator(self, payout: str, terms_uri: str) -> Mined:
        """Register the sender as operator; only set-up needs it, so it is not part of the port."""
        return await self._send(
            self._deployment.operator_registry,
            encode_call("OperatorRegistry", "register", payout, terms_uri),
            "register",
        )

    async def set_keepers(self, keepers: Sequence[str], threshold: int) -> Mined:
        """Name the keeper set; only the registry's owner can."""
        data = encode_call("OperatorRegistry", "setKeepers", list(keepers), threshold)
        return await self._send(self._deployment.operator_registry, data, "setKeepers")

    async def attest(self, subject: str, digest: bytes) -> Mined:
        data = encode_call("ProfileRegistry", "attest", subject, digest)
        return await self._send(self._deployment.profile_registry, data, "attest")

    async def request_erasure(self, operator: str) -> Mined:
        data = encode_call("ProfileRegistry", "requestErasure", operator)
        return await self._send(self._deployment.profile_registry, data, "requestErasure")

    async def relay_erasure(self, subject: str, operator: str, signed_at: int, signature: bytes) -> Mined:
        data = encode_call("ProfileRegistry", "requestErasureBySig", subject, operator, signed_at, signature)
        return await self._send(self._deployment.profile_registry, data, "requestErasureBySig", once=True)

    async def confirm_erasure(self, subject: str) -> Mined:
        data = encode_call("ProfileRegistry", "confirmErasure", subject)
        return await self._send(self._deployment.profile_registry, data, "confirmErasure", once=True)

    async def mint(self, to: str, amount: int) -> Mined:
        """Take test money from the faucet of a local chain's TestDollar."""
        return await self._send(self._deployment.token, encode_call("TestDollar", "mint", to, amount), "mint")

    async def approve(self, spender: str, amount: int) -> Mined:
        """Allow ``spender`` to pull ``amount`` base units of the token."""
        return await self._send(
            self._deployment.token, encode_call("TestDollar", "approve", spender, amount), "approve"
        )

    async def set_recipient_key(self, key: bytes) -> Mined:
        return await self._market("setRecipientKey", key)

    async def open_campaign(self, terms: CampaignTerms, amount: int) -> Mined:
        return await self._market("openCampaign", terms.target, terms.bid, amount)

    async def record_use(
        self, terms: CampaignTerms, subject: str, category: int, use_index: int, ceiling: int, voucher: bytes
    ) -> Mined:
        use = use_word(subject, category, use_index)
        return await self._market(
            "recordUseWithVoucher", terms.advertiser, terms.target, terms.bid, use, ceiling, voucher
        )

    async def withdraw(self, lanes: Sequence[int], to: str) -> Mined:
        return await self._market("withdraw", list(lanes), to)

    async def pay_operator(self, terms: CampaignTerms) -> Mined:
        """Pay the operator's share of a campaign's uses to its pay-out address."""
        return await self._market("payOperator", terms.advertiser, terms.target, terms.bid)

    async def _registry(self, function: str, *arguments: Any) -> Mined:
        data = encode_call("ConsentRegistry", function, *arguments)
        return await self._send(self._deployment.consent_registry, data, function)

    async def _market(self, function: str, *arguments: Any) -> Mined:
        data = encode_call("SignalMarket", function, *arguments)
        return await self._send(self._deployment.signal_market, data, function)

    async def recover(self) -> int:
        """After a restart: send again what was committed but not seen mined; -> how many were followed up."""
        entries = await self._outbox.pending(self.sender)
        for entry in entries:
            await self._broadcast(entry)
        for entry in entries:
            try:
                await self._follow(entry)
            except FairsignalError as error:
                log.warning("transaction not recovered", what=entry.label, tx=entry.tx_hash, code=error.code)
        return len(entries)

    async def _send(self, to: str, data: bytes, label: str, *, once: bool = False) -> Mined:
        """
        Args:
            once: follow the very same call if it is on its way: a second one would pay gas to be refused.
        """
        async with self._lock:
            await self._send_earlier_again()
            entry = await self._on_its_way(data, label) if once else None
            if entry is None:
                entry = await self._prepare(to, data, label)
                await self._outbox.save(entry)
            await self._broadcast(entry)
        return await self._follow(entry)

    async def _on_its_way(self, data: bytes, label: str) -> OutboxEntry | None:
        # A signed transaction holds its calldata as it is.
        pending = await self._outbox.pending(self.sender)
        return next((entry for entry in pending if entry.label == label and data in entry.raw), None)

    async def _send_earlier_again(self) -> None:
        """What the chain does not have, or has lost in a reorg, would hold up every later nonce."""
        mined = int(await self._rpc.request("eth_getTransactionCount", self.sender, "latest"), 16)
        for entry in await self._outbox.since(self.sender, mined):
            await self._broadcast(entry)

    async def _prepare(self, to: str, data: bytes, label: str) -> OutboxEntry:
        call = {"from": self.sender, "to": to, "data": "0x" + data.hex()}
        # The estimate reverts where the transaction would: a refused one costs neither gas nor a nonce.
        gas, count, block, tip = await self._rpc.batch(
            [
                Call("eth_estimateGas", [call]),
                Call("eth_getTransactionCount", [self.sender, "pending"]),
                Call("eth_getBlockByNumber", ["latest", False]),
                Call("eth_maxPriorityFeePerGas", []),
            ]
        )
        nonce = max(int(count, 16), await self._outbox.next_nonce(self.sender))
        priority = int(tip, 16)
        raw = self._signer.sign_transaction(
            {
                "type": 2,
                "chainId": self._deployment.chain_id,
                "nonce": nonce,
                "to": to,
                "value": 0,
                "data": data,
                "gas": int(int(gas, 16) * _GAS_MARGIN),
                "maxPriorityFeePerGas": priority,
                "maxFeePerGas": 2 * int(block.get("baseFeePerGas", "0x0"), 16) + priority,
            }
        )
        return OutboxEntry(sender=self.sender, nonce=nonce, label=label, tx_hash="0x" + keccak(raw).hex(), raw=raw)

    async def _broadcast(self, entry: OutboxEntry) -> None:
        try:
            await self._rpc.request("eth_sendRawTransaction", "0x" + entry.raw.hex())
        except RpcError as error:
            # Known already, or mined already, or not taken now: the receipt will tell, and it is sent again.
            log.info("broadcast not taken", what=entry.label, tx=entry.tx_hash, said=error.message)
        except Unavailable:
            log.warning("node did not answer; the transaction is sent again", what=entry.label, tx=entry.tx_hash)

    async def _follow(self, entry: OutboxEntry) -> Mined:
        deadline = time.monotonic() + self._timeout
        resend = time.monotonic() + _RESEND_SECONDS
        while time.monotonic() < deadline:
            receipt = await self._rpc.request("eth_getTransactionReceipt", entry.tx_hash)
            if receipt is not None:
                return await self._settle(entry, receipt)
            count = int(await self._rpc.request("eth_getTransactionCount", self.sender, "latest"), 16)
            if count > entry.nonce and await self._rpc.request("eth_getTransactionReceipt", entry.tx_hash) is None:
                await self._outbox.save(replace(entry, status=OutboxStatus.DROPPED))
                raise Refused(
                    f"The transaction ({entry.label}) was overtaken by another with the same nonce.",
                    remedy="Try again; use one server per key.",
                    code="transaction-overtaken",
                )
            if time.monotonic() > resend:
                await self._broadcast(entry)
                resend = time.monotonic() + _RESEND_SECONDS
            await asyncio.sleep(_POLL_SECONDS)
        raise Unavailable(
            f"The transaction ({entry.label}) was not mined within {self._timeout:.0f} s; it stays in the outbox.",
            remedy="It is followed up at the next start; check that the chain produces blocks.",
        )

    async def _settle(self, entry: OutboxEntry, receipt: dict[str, Any]) -> Mined:
        block, gas_used = int(receipt["blockNumber"], 16), int(receipt["gasUsed"], 16)
        succeeded = int(receipt["status"], 16) == 1
        status = OutboxStatus.MINED if succeeded else OutboxStatus.REVERTED
        await self._outbox.save(replace(entry, status=status, block=block, gas_used=gas_used))
        log.info("transaction", what=entry.label, status=str(status), tx=entry.tx_hash, block=block, gas=gas_used)
        if not succeeded:
            raise Refused(
                f"The transaction ({entry.label}) reverted in block {block}: the chain changed under it.",
                remedy="Ask again; the refusal will name the rule.",
                code="reverted",
            )
        return Mined(tx_hash=entry.tx_hash, block=block, gas_used=gas_used)
