"""``ports.ChainReader`` over JSON-RPC. Facts that belong together are read at one block, in one batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eth_utils.address import to_checksum_address

from fairsignal.adapters.chain.contracts import decode_log, decode_output, encode_call, event_topic
from fairsignal.adapters.chain.deployment import Deployment
from fairsignal.adapters.chain.exchange import MAX_BATCH
from fairsignal.adapters.chain.release_facts import ReleaseFactsReader
from fairsignal.adapters.chain.rpc import Call, Rpc
from fairsignal.domain.campaign import Campaign, CampaignTerms, Use
from fairsignal.domain.consent import Consent, Purpose, SubjectState, lane_of
from fairsignal.domain.decision import Standing
from fairsignal.domain.release import ReleaseItem
from fairsignal.ports import (
    BlockRef,
    BlockTag,
    ErasureFacts,
    ErasureLog,
    RecordedUse,
    ReleaseSnapshot,
    Standstill,
)

__all__ = ["Web3ChainReader"]

_DAY = 86_400
_MAX_RANGE = 2_000
"""Blocks whose logs are asked for at once; public nodes refuse long ranges."""


class Web3ChainReader:
    """Reads our contracts at the addresses of one deployment."""

    def __init__(self, rpc: Rpc, deployment: Deployment) -> None:
        self._rpc = rpc
        self.deployment = deployment
        self._release = ReleaseFactsReader(rpc, deployment)
        self._addresses = {
            "ConsentRegistry": deployment.consent_registry,
            "OperatorRegistry": deployment.operator_registry,
            "ProfileRegistry": deployment.profile_registry,
            "SignalMarket": deployment.signal_market,
            "TestDollar": deployment.token,
        }

    @property
    def chain_id(self) -> int:
        return self.deployment.chain_id

    @property
    def token_decimals(self) -> int:
        return self.deployment.token_decimals

    def _call(self, contract: str, function: str, *arguments: Any, at: str = "latest") -> Call:
        data = "0x" + encode_call(contract, function, *arguments).hex()
        return Call("eth_call", [{"to": self._addresses[contract], "data": data}, at])

    def _logs(self, contract: str, event: str, topics: Sequence[str | None] = ()) -> Call:
        wanted = ["0x" + event_topic(contract, event).hex(), *topics]
        return Call(
            "eth_getLogs",
            [
                {
                    "address": self._addresses[contract],
                    "topics": wanted,
                    "fromBlock": hex(self.deployment.start_block),
                    "toBlock": "latest",
                }
            ],
        )

    async def _view(self, contract: str, function: str, *arguments: Any) -> tuple[Any, ...]:
        (answer,) = await self._rpc.exchange([self._call(contract, function, *arguments)])
        return decode_output(contract, function, _bytes(answer))

    async def head(self, tag: BlockTag = "latest") -> BlockRef:
        return _block(await self._rpc.request("eth_getBlockByNumber", tag, False))

    async def consent(self, subject: str, lane: int) -> tuple[Consent, SubjectState]:
        word, state = await self._rpc.batch(
            [
                self._call("ConsentRegistry", "consentOf", subject, lane),
                self._call("ConsentRegistry", "subjectState", subject),
            ]
        )
        return _consent(word), _subject_state(state)

    async def standings(self, subjects: Sequence[str], lane: int) -> tuple[BlockRef, Mapping[str, Standing]]:
        # The block is pinned first: reads at "latest" could straddle two blocks, or midnight.
        head = await self.head()
        at = hex(head.number)
        calls = []
        for subject in subjects:
            calls += [
                self._call("ConsentRegistry", "consentOf", subject, lane, at=at),
                self._call("ConsentRegistry", "subjectState", subject, at=at),
                self._call("SignalMarket", "creditOf", subject, lane, at=at),
            ]
        answers = []
        for start in range(0, len(calls), MAX_BATCH):
            answers += await self._rpc.batch(calls[start : start + MAX_BATCH])
        standings = {}
        for index, subject in enumerate(subjects):
            word, state, credit = answers[3 * index : 3 * index + 3]
            ((_, _, day, uses_today),) = decode_output("SignalMarket", "creditOf", _bytes(credit))
            standings[subject] = Standing(
                consent=_consent(word),
                subject=_subject_state(state),
                uses_today=int(uses_today) if day == head.timestamp // _DAY else 0,
            )
        return head, standings

    async def campaign(self, terms: CampaignTerms) -> Campaign | None:
        state, key = await self._rpc.batch(
            [
                self._call("SignalMarket", "campaignOf", terms.operator, terms.id),
                self._call("SignalMarket", "recipientKeyOf", terms.advertiser),
            ]
        )
        return _campaign(terms, state, key)

    async def uses(self, campaign: bytes, subject: str) -> list[RecordedUse]:
        call = self._use_logs(campaign)
        return _uses_of(subject, await self._rpc.request(call.method, *call.params))

    def _use_logs(self, campaign: bytes) -> Call:
        # A topic for the subject would cost every use its gas; so the campaign's uses are read and then filtered.
        return self._logs("SignalMarket", "UseRecorded", ["0x" + campaign.hex()])

    async def release_snapshot(self, terms: CampaignTerms, items: Sequence[ReleaseItem]) -> ReleaseSnapshot:
        return await self._release.snapshot(terms, items)

    async def standstills(
        self, operator: str, subjects: Sequence[str], tag: BlockTag
    ) -> tuple[BlockRef, Mapping[str, Standstill]]:
        block = await self.head(tag)
        at = hex(block.number)
        lanes = [lane_of(operator, purpose) for purpose in Purpose]
        calls = []
        for subject in subjects:
            calls += [
                self._call("ConsentRegistry", "consentsOf", subject, lanes, at=at),
                self._call("ProfileRegistry", "digestOf", operator, subject, at=at),
                self._call("ProfileRegistry", "erasureOf", operator, subject, at=at),
            ]
        answers = []
        for start in range(0, len(calls), MAX_BATCH):
            answers += await self._rpc.batch(calls[start : start + MAX_BATCH])
        found = {}
        for index, subject in enumerate(subjects):
            consents, digest, erasure = (_bytes(answer) for answer in answers[3 * index : 3 * index + 3])
            stored, counting = decode_output("ConsentRegistry", "consentsOf", consents)
            _, confirmed_at, is_open = decode_output("ProfileRegistry", "erasureOf", erasure)
            found[subject] = Standstill(
                consented=any(counting),
                ever=any(stored),
                digest=digest,
                erasure_open=bool(is_open),
                erasure_confirmed_at=int(confirmed_at),
            )
        return block, found

    async def erasure(self, operator: str, subject: str) -> tuple[ErasureFacts, ErasureFacts]:
        tags = ("latest", "finalized")
        head, final = await self._rpc.batch(
            [self._call("ProfileRegistry", "erasureOf", operator, subject, at=tag) for tag in tags]
        )
        return _erasure(head), _erasure(final)

    async def erasure_requests(self, operator: str, from_block: int) -> ErasureLog:
        start, final = max(from_block, self.deployment.start_block), (await self.head("finalized")).number
        end = min(final, start + _MAX_RANGE - 1)
        if end < start:
            return ErasureLog((), start, complete=True)
        wanted = {
            "address": self._addresses["ProfileRegistry"],
            "topics": ["0x" + event_topic("ProfileRegistry", "ErasureRequested").hex(), None, _topic(operator)],
            "fromBlock": hex(start),
            "toBlock": hex(end),
        }
        logs = await self._rpc.request("eth_getLogs", wanted)
        asked = [to_checksum_address(_log("ProfileRegistry", "ErasureRequested", log)["subject"]) for log in logs]
        return ErasureLog(tuple(dict.fromkeys(asked)), end + 1, complete=end == final)

    async def digest_of(self, operator: str, subject: str) -> bytes:
        (digest,) = await self._view("ProfileRegistry", "digestOf", operator, subject)
        return bytes(digest)

    async def digests_of(self, operator: str, subjects: Sequence[str]) -> list[bytes]:
        (digests,) = await self._view("ProfileRegistry", "digestsOf", operator, list(subjects))
        return [bytes(digest) for digest in digests]

    async def balance_of(self, account: str) -> int:
        (balance,) = await self._view("TestDollar", "balanceOf", account)
        return int(balance)

    async def credit_of(self, subject: str, lane: int) -> tuple[int, int]:
        ((earned, claimed, _, _),) = await self._view("SignalMarket", "creditOf", subject, lane)
        return int(earned), int(claimed)

    async def keepers(self) -> tuple[tuple[str, ...], int]:
        keepers, threshold = await self._rpc.batch(
            [self._call("OperatorRegistry", "keepers"), self._call("OperatorRegistry", "threshold")]
        )
        (addresses,) = decode_output("OperatorRegistry", "keepers", _bytes(keepers))
        (needed,) = decode_output("OperatorRegistry", "threshold", _bytes(threshold))
        return tuple(to_checksum_address(address) for address in addresses), int(needed)


def _bytes(value: str) -> bytes:
    return bytes.fromhex(value[2:])


def _block(block: Mapping[str, Any]) -> BlockRef:
    return BlockRef(number=int(block["number"], 16), timestamp=int(block["timestamp"], 16))


def _topic(address: str) -> str:
    return f"0x{int(address, 16):064x}"


def _erasure(answer: str) -> ErasureFacts:
    requested_at, confirmed_at, is_open = decode_output("ProfileRegistry", "erasureOf", _bytes(answer))
    return ErasureFacts(int(requested_at), int(confirmed_at), bool(is_open))


def _consent(answer: str) -> Consent:
    return Consent.from_word(int(answer, 16))


def _subject_state(answer: str) -> SubjectState:
    revoked_all_at, minor, _ = decode_output("ConsentRegistry", "subjectState", _bytes(answer))
    return SubjectState(revoked_all_at=int(revoked_all_at), minor=bool(minor))


def _campaign(terms: CampaignTerms, state: str, key: str) -> Campaign | None:
    ((opened, escrow, uses, _, closes_at),) = decode_output("SignalMarket", "campaignOf", _bytes(state))
    if not opened:
        return None
    return Campaign(
        terms=terms, recipient_key=_bytes(key), escrow=int(escrow), uses=int(uses), closes_at=int(closes_at)
    )


def _log(contract: str, event: str, log: Mapping[str, Any]) -> dict[str, Any]:
    return decode_log(contract, event, [_bytes(topic) for topic in log["topics"]], _bytes(log["data"]))


def _use(log: Mapping[str, Any]) -> RecordedUse:
    fields = _log("SignalMarket", "UseRecorded", log)
    use = Use.from_word(fields["use"])
    return RecordedUse(
        campaign=bytes(fields["campaign"]),
        subject=to_checksum_address(f"0x{use.subject:040x}"),
        category=use.category,
        use_index=use.index,
        block=int(log["blockNumber"], 16),
        tx_hash=str(log["transactionHash"]),
    )


def _uses_of(subject: str, logs: Sequence[Mapping[str, Any]]) -> list[RecordedUse]:
    return [use for use in map(_use, logs) if use.subject == subject]
