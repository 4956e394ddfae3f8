"""What a keeper asks of its node before it releases shares: one JSON-RPC batch of a few calls, whatever the cohort.

``ReleaseLens`` reads the facts of one block inside the EVM; it is not deployed, its code goes along with the call (a
state override of ``eth_call``, which every node knows). All is packed and taken apart by hand here: the general coder
took most of a release's time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from fairsignal.adapters.chain.contracts import event_topic, function_selector
from fairsignal.adapters.chain.deployment import Deployment
from fairsignal.adapters.chain.rpc import Call, Rpc
from fairsignal.domain.addresses import checksummed
from fairsignal.domain.campaign import Campaign, CampaignTerms, Use
from fairsignal.domain.consent import Consent
from fairsignal.domain.errors import Unavailable
from fairsignal.domain.release import ReleaseItem
from fairsignal.ports import BlockRef, PaidUse, ReleaseFacts, ReleaseSnapshot, SubjectFacts

__all__ = ["ReleaseFactsReader"]

_LENS = "0x000000000000000000000000000000000000f1e5"
"""Where the lens stands during its own calls; nothing else is there."""
_WORD = 32
_HEAD_WORDS = 6
_SUBJECT_WORDS = 3


class ReleaseFactsReader:
    """Reads ``ports.ReleaseSnapshot``s at the contracts of one deployment."""

    def __init__(self, rpc: Rpc, deployment: Deployment) -> None:
        self._rpc = rpc
        self._market = deployment.signal_market.lower()
        contracts = (deployment.consent_registry, deployment.profile_registry, deployment.signal_market)
        selector = function_selector("ReleaseLens", "releaseFacts").hex()
        self._prefix = "0x" + selector + "".join(_address_word(contract) for contract in contracts)
        code = (files("fairsignal.adapters.chain") / "abi" / "ReleaseLens.hex").read_text("ascii").strip()
        self._override = {_LENS: {"code": code}}
        self._topic = "0x" + event_topic("SignalMarket", "UseRecorded").hex()

    async def snapshot(self, terms: CampaignTerms, items: Sequence[ReleaseItem]) -> ReleaseSnapshot:
        """Raises ``Unavailable`` when the node does not answer, or not as nodes do."""
        subjects = sorted({item.subject for item in items})
        places = sorted({(item.tx_hash, item.block) for item in items})
        data = self.calldata(terms, subjects)
        # A node answers a batch in its order. The final block is named first: what a receipt read after it says of
        # that block or an earlier one cannot be undone any more. Each end's facts are of one state by themselves.
        final, head_facts, final_facts, *receipts = await self._rpc.exchange(
            [
                Call("eth_getBlockByNumber", ["finalized", False]),
                *(
                    Call("eth_call", [{"to": _LENS, "data": data}, tag, self._override])
                    for tag in ("latest", "finalized")
                ),
                *(Call("eth_getTransactionReceipt", ["0x" + tx_hash.hex()]) for tx_hash, _ in places),
            ]
        )
        try:
            return ReleaseSnapshot(
                head=facts_of(head_facts, terms, subjects),
                final=facts_of(final_facts, terms, subjects),
                final_block=int(final["number"], 16),
                uses=await self._paid_uses("0x" + terms.id.hex(), places, receipts),
            )
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise Unavailable(
                "The node did not answer as nodes do.",
                remedy="Check that FAIRSIGNAL_KEEPER_RPC_URL is an execution node that knows state overrides.",
                code="node-unusable",
            ) from error

    def calldata(self, terms: CampaignTerms, subjects: Sequence[str]) -> str:
        """``ReleaseLens.releaseFacts`` of the deployment's contracts; hex."""
        return "".join(
            (
                self._prefix,
                f"{terms.lane:064x}",
                terms.id.hex(),
                _address_word(terms.advertiser),
                f"{7 * _WORD:064x}",  # where the subjects begin: behind seven words
                f"{len(subjects):064x}",
                *(_address_word(subject) for subject in subjects),
            )
        )

    async def _paid_uses(
        self, campaign: str, places: Sequence[tuple[bytes, int]], receipts: Sequence[Mapping[str, Any] | None]
    ) -> dict[int, PaidUse]:
        wanted = [self._topic, campaign]
        logs = [
            log
            for (_, block), receipt in zip(places, receipts, strict=True)
            # The request only says where to look: a node has receipts of its canonical chain alone.
            if receipt is not None and int(receipt["blockNumber"], 16) == block
            for log in receipt["logs"]
            if log["address"].lower() == self._market and log["topics"] == wanted
        ]
        times = await self._times(logs)
        uses = {}
        for log in logs:
            use, number = Use.from_word(int(log["data"], 16)), int(log["blockNumber"], 16)
            if (timestamp := times.get(log["blockHash"])) is not None:
                subject = checksummed(use.subject.to_bytes(20))
                uses[use.index] = PaidUse(subject, use.category, BlockRef(number, timestamp))
        return uses

    async def _times(self, logs: Sequence[Mapping[str, Any]]) -> dict[str, int]:
        """Block hash -> Unix seconds. Nodes of today write the time into every log; others are asked for the block."""
        times = {log["blockHash"]: int(log["blockTimestamp"], 16) for log in logs if log.get("blockTimestamp")}
        missing = sorted({log["blockHash"] for log in logs} - times.keys())
        blocks = await self._rpc.exchange([Call("eth_getBlockByHash", [block, False]) for block in missing])
        for block_hash, block in zip(missing, blocks, strict=True):
            if block is not None:
                times[block_hash] = int(block["timestamp"], 16)
        return times


def facts_of(answer: str, terms: CampaignTerms, subjects: Sequence[str]) -> ReleaseFacts:
    """What ``releaseFacts`` returned (hex).

    Raises:
        ValueError: it has another length.
    """
    raw = bytes.fromhex(answer[2:])
    count = _HEAD_WORDS + _SUBJECT_WORDS * len(subjects)
    if len(raw) != (2 + count) * _WORD or int.from_bytes(raw[_WORD : 2 * _WORD]) != count:
        raise ValueError("the lens gives six words, and three for each subject")
    words = [raw[at : at + _WORD] for at in range(2 * _WORD, len(raw), _WORD)]
    timestamp, opened, escrow, uses, closes_at = (int.from_bytes(word) for word in words[:5])
    campaign = Campaign(terms, recipient_key=words[5], escrow=escrow, uses=uses, closes_at=closes_at)
    return ReleaseFacts(
        timestamp=timestamp,
        campaign=campaign if opened else None,
        subjects={
            subject: SubjectFacts(
                digest=words[at],
                consent=Consent.from_word(word) if (word := int.from_bytes(words[at + 1])) else None,
                erasure_open=any(words[at + 2]),
            )
            for subject, at in zip(subjects, range(_HEAD_WORDS, count, _SUBJECT_WORDS), strict=True)
        },
    )


def _address_word(address: str) -> str:
    return address[2:].lower().rjust(2 * _WORD, "0")
