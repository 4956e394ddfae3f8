"""``ports.ConsentChain`` over JSON-RPC. The caller names the registry: a verifier has no deployment file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eth_utils.address import to_checksum_address

from fairsignal.adapters.chain.contracts import decode_log, decode_output, encode_call, event_topic
from fairsignal.adapters.chain.rpc import Call, Rpc
from fairsignal.domain.consent import SubjectState
from fairsignal.domain.consent_receipt import EVENTS
from fairsignal.ports import BlockRef, StoredConsent

__all__ = ["RpcConsentChain"]

_REGISTRY = "ConsentRegistry"
_TOPICS = {"0x" + event_topic(_REGISTRY, event).hex(): event for event in EVENTS}


class RpcConsentChain:
    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    async def chain_id(self) -> int:
        return int(await self._rpc.request("eth_chainId"), 16)

    async def in_transaction(self, registry: str, tx_hash: str) -> list[StoredConsent]:
        receipt = await self._rpc.request("eth_getTransactionReceipt", tx_hash)
        if receipt is None or receipt.get("blockNumber") is None:
            return []
        return await self._stored(registry, receipt["logs"], receipt["blockNumber"])

    async def in_block(self, registry: str, subject: str, block: int) -> list[StoredConsent]:
        topic = "0x" + bytes.fromhex(subject[2:]).rjust(32, b"\0").hex()
        wanted = {"address": registry, "topics": [list(_TOPICS), topic], "fromBlock": hex(block), "toBlock": hex(block)}
        logs = await self._rpc.request("eth_getLogs", wanted)
        return await self._stored(registry, logs, hex(block)) if logs else []

    async def now(self, registry: str, subject: str, lane: int) -> tuple[BlockRef, int, SubjectState]:
        head = _block(await self._rpc.request("eth_getBlockByNumber", "latest", False))
        at = hex(head.number)
        word, state = await self._rpc.batch(
            [
                _view(registry, "consentOf", subject, lane, at=at),
                _view(registry, "subjectState", subject, at=at),
            ]
        )
        (stored,) = decode_output(_REGISTRY, "consentOf", bytes.fromhex(word[2:]))
        revoked_all_at, minor = decode_output(_REGISTRY, "subjectState", bytes.fromhex(state[2:]))[:2]
        return head, int(stored), SubjectState(revoked_all_at=int(revoked_all_at), minor=bool(minor))

    async def _stored(self, registry: str, logs: Sequence[Mapping[str, Any]], number: str) -> list[StoredConsent]:
        block = await self._rpc.request("eth_getBlockByNumber", number, False)
        return [
            _consent(log, _TOPICS[log["topics"][0]], _block(block))
            for log in logs
            if block is not None
            and log["blockHash"] == block["hash"]  # a transaction of an abandoned block counts for nothing
            and log["address"].lower() == registry.lower()
            and log["topics"]
            and log["topics"][0] in _TOPICS
        ]


def _consent(log: Mapping[str, Any], event: str, block: BlockRef) -> StoredConsent:
    topics = [bytes.fromhex(topic[2:]) for topic in log["topics"]]
    fields = decode_log(_REGISTRY, event, topics, bytes.fromhex(log["data"][2:]))
    return StoredConsent(
        event=event,
        subject=str(to_checksum_address(fields["subject"])),
        lane=int(fields["lane"]),
        word=int(fields["consent"]),
        tx_hash=str(log["transactionHash"]),
        block=block,
    )


def _block(block: Mapping[str, Any]) -> BlockRef:
    return BlockRef(number=int(block["number"], 16), timestamp=int(block["timestamp"], 16))


def _view(registry: str, function: str, *arguments: Any, at: str) -> Call:
    return Call("eth_call", [{"to": registry, "data": "0x" + encode_call(_REGISTRY, function, *arguments).hex()}, at])
