"""What keepers pack and take apart by hand is what the general coder makes of the ABI; a node that says otherwise is
not believed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from fairsignal.adapters.chain import Rpc
from fairsignal.adapters.chain.contracts import encode_call
from fairsignal.adapters.chain.deployment import Deployment
from fairsignal.adapters.chain.exchange import Call
from fairsignal.adapters.chain.release_facts import ReleaseFactsReader, facts_of
from fairsignal.domain.addresses import checksummed
from fairsignal.domain.campaign import Campaign, use_word
from fairsignal.domain.consent import Consent
from fairsignal.domain.errors import Unavailable
from fairsignal.ports import BlockRef, PaidUse, SubjectFacts
from tests.keeper.world import ITEM, SUBJECT, TERMS

addresses = st.binary(min_size=20, max_size=20).map(checksummed)
words = st.integers(0, 2**256 - 1)
DEPLOYMENT = Deployment(
    chain_id=31_337,
    token_decimals=6,
    token_symbol="TUSD",
    start_block=0,
    **{
        name: checksummed(bytes((number,)) * 20)
        for number, name in enumerate(
            ("token", "operator_registry", "consent_registry", "profile_registry", "signal_market"), start=1
        )
    },
)
BLOCK = "0x" + "b1" * 32
TOPIC = "0x" + "00" * 32


class Node:
    """Answers calls from a table: method -> answer."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def exchange(self, calls: list[Call]) -> list[Any]:
        self.asked += [call.method for call in calls]
        return [self.answers[call.method] for call in calls]


def reader(answers: Mapping[str, Any]) -> tuple[ReleaseFactsReader, Node]:
    node = Node(answers)
    return ReleaseFactsReader(cast(Rpc, node), DEPLOYMENT), node


@given(st.lists(addresses, max_size=4))
def test_calldata_is_the_general_coders(subjects: list[str]) -> None:
    expected = encode_call(
        "ReleaseLens",
        "releaseFacts",
        DEPLOYMENT.consent_registry,
        DEPLOYMENT.profile_registry,
        DEPLOYMENT.signal_market,
        TERMS.lane,
        TERMS.id,
        TERMS.advertiser,
        subjects,
    )
    assert reader({})[0].calldata(TERMS, subjects) == "0x" + expected.hex()


@given(st.lists(words, min_size=6, max_size=6), st.lists(st.tuples(addresses, words, words, st.booleans()), max_size=3))
def test_answers_are_taken_apart_as_the_general_coder_put_them_together(
    head: list[int], subjects: list[tuple[str, int, int, bool]]
) -> None:
    flat = [*head, *(word for _, digest, consent, erasing in subjects for word in (digest, consent, int(erasing)))]
    answer = "0x" + encode(["uint256[]"], [flat]).hex()
    facts = facts_of(answer, TERMS, [subject for subject, *_ in subjects])
    timestamp, opened, escrow, uses, closes_at, key = head
    assert facts.timestamp == timestamp
    assert facts.campaign == (Campaign(TERMS, key.to_bytes(32), escrow, uses, closes_at) if opened else None)
    assert facts.subjects == {
        subject: SubjectFacts(digest.to_bytes(32), Consent.from_word(consent) if consent else None, erasing)
        for subject, digest, consent, erasing in subjects
    }


def lens_answer(count: int = 9) -> str:
    return "0x" + encode(["uint256[]"], [[1] * count]).hex()


def receipt(**changes: Any) -> dict[str, Any]:
    log = {
        "address": DEPLOYMENT.signal_market.lower(),
        "topics": [reader({})[0]._topic, "0x" + TERMS.id.hex()],
        "data": f"0x{use_word(SUBJECT, ITEM.category, 0):064x}",
        "blockNumber": hex(ITEM.block),
        "blockHash": BLOCK,
        "blockTimestamp": hex(1_700),
    }
    return {"blockNumber": hex(ITEM.block), "blockHash": BLOCK, "logs": [log | changes]}


def answers(found: Any, block: Any = None) -> dict[str, Any]:
    return {
        "eth_getBlockByNumber": {"number": "0x5f"},
        "eth_call": lens_answer(),
        "eth_getTransactionReceipt": found,
        "eth_getBlockByHash": block,
    }


async def uses(found: Any, block: Any = None) -> Mapping[int, PaidUse]:
    facts, _ = reader(answers(found, block))
    snapshot = await facts.snapshot(TERMS, [ITEM])
    assert snapshot.final_block == 95
    return snapshot.uses


async def test_everything_is_asked_in_one_batch_the_final_block_first() -> None:
    facts, node = reader(answers(receipt()))
    assert (await facts.snapshot(TERMS, [ITEM])).uses == {
        0: PaidUse(SUBJECT, ITEM.category, BlockRef(ITEM.block, 1_700))
    }
    assert node.asked == ["eth_getBlockByNumber", "eth_call", "eth_call", "eth_getTransactionReceipt"]


async def test_a_node_that_does_not_date_logs_is_asked_for_the_block() -> None:
    found = await uses(receipt(blockTimestamp=None), {"timestamp": hex(1_800)})
    assert found[0].block == BlockRef(ITEM.block, 1_800)


@pytest.mark.parametrize(
    "found",
    [
        None,
        receipt() | {"blockNumber": hex(ITEM.block + 1)},
        receipt(address=DEPLOYMENT.token.lower()),
        receipt(topics=[TOPIC, "0x" + TERMS.id.hex()]),
        receipt(topics=[reader({})[0]._topic, TOPIC]),
        receipt(blockTimestamp=None),
    ],
    ids=[
        "no receipt",
        "another block",
        "another contract",
        "another event",
        "another campaign",
        "a block that is gone",
    ],
)
async def test_what_is_not_found_at_its_place_is_not_paid(found: Any) -> None:
    assert await uses(found) == {}


@pytest.mark.parametrize(
    "broken",
    [
        {"eth_call": "0x"},
        {"eth_call": lens_answer(6)},
        {"eth_call": None},
        {"eth_getBlockByNumber": None},
        {"eth_getBlockByNumber": {"number": "soon"}},
        {"eth_getTransactionReceipt": {"logs": []}},
    ],
    ids=lambda broken: json.dumps(broken)[:40],
)
async def test_a_node_that_answers_otherwise_is_unavailable_and_nothing_is_released(broken: dict[str, Any]) -> None:
    facts, _ = reader(answers(receipt()) | broken)
    with pytest.raises(Unavailable) as caught:
        await facts.snapshot(TERMS, [ITEM])
    assert caught.value.code == "node-unusable"
