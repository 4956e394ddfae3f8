"""Logs are decoded by hand; eth_abi says what is right."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import encode
from eth_abi.tools import get_abi_strategy
from eth_utils.abi import collapse_if_tuple
from hypothesis import given
from hypothesis import strategies as st

from fairsignal.adapters.chain import contracts
from fairsignal.adapters.chain.contracts import decode_log, event_topic
from fairsignal.adapters.chain.deployment import Deployment
from fairsignal.adapters.chain.events import EVENTS, decode_logs, log_filter
from fairsignal.domain.campaign import Use
from fairsignal.domain.chain_events import (
    At,
    ChainEvent,
    ConsentStored,
    KeepersNamed,
    KeepersSet,
    OperatorUpdated,
    RevokedAll,
    UseRecorded,
)

LEFT_OUT = {
    "ConsentRegistry": {"Skipped"},
    "ProfileRegistry": {"RootAttested"},
    "SignalMarket": {"ClaimSkipped", "OperatorPaid"},
    "OperatorRegistry": {"AgeAttesterSet", "OwnershipTransferStarted", "OwnershipTransferred"},
}
"""Events that no table holds."""
# What the contracts guarantee of numbers that the decoder cuts.
BOUNDS = {"lane": 1 << 168, "use": 1 << 208}
AT = At(0x1234, 0x65000000, 7, b"\xab" * 32)


def inputs(contract: str, event: str) -> list[dict[str, Any]]:
    return list(contracts._entry(contract, "event", event)["inputs"])


def values(contract: str, event: str) -> st.SearchStrategy[tuple[Any, ...]]:
    def one(field: dict[str, Any]) -> st.SearchStrategy[Any]:
        if field["name"] in BOUNDS:
            return st.integers(0, BOUNDS[field["name"]] - 1)
        return get_abi_strategy(collapse_if_tuple(field))

    return st.tuples(*map(one, inputs(contract, event)))


def as_log(contract: str, event: str, fields: tuple[Any, ...]) -> dict[str, Any]:
    """As a node would answer it."""
    described = list(zip(inputs(contract, event), fields, strict=True))
    indexed = [(collapse_if_tuple(field), value) for field, value in described if field["indexed"]]
    plain = [(collapse_if_tuple(field), value) for field, value in described if not field["indexed"]]
    topics = [event_topic(contract, event), *(encode([kind], [value]) for kind, value in indexed)]
    return {
        "address": "0x" + "00" * 20,
        "topics": ["0x" + topic.hex() for topic in topics],
        "data": "0x" + encode([kind for kind, _ in plain], [value for _, value in plain]).hex(),
        "blockNumber": hex(AT.block),
        "blockTimestamp": hex(AT.timestamp),
        "logIndex": hex(AT.log_index),
        "transactionHash": "0x" + AT.tx_hash.hex(),
    }


def generic(contract: str, event: str, log: dict[str, Any]) -> list[Any]:
    """Fields by the ABI, in the order of the ABI, as our events have them."""
    decoded = decode_log(
        contract, event, [bytes.fromhex(topic[2:]) for topic in log["topics"]], bytes.fromhex(log["data"][2:])
    )
    return [plain(field, decoded[field["name"]]) for field in inputs(contract, event)]


def plain(field: dict[str, Any], value: Any) -> Any:
    match field["type"]:
        case "address":
            return bytes.fromhex(value[2:])
        case "address[]":
            return tuple(bytes.fromhex(one[2:]) for one in value)
        case "string":
            return value.replace("\0", "\ufffd")
    if field["name"] == "lane":
        return value.to_bytes(21, "big")
    if field["name"] in ("consent", "target", "bid"):
        return value.to_bytes(32, "big")
    return value


def fields_of(event: ChainEvent) -> list[Any]:
    if isinstance(event, UseRecorded):
        word = int.from_bytes(event.subject, "big") | event.category << 160 | event.use_index << 168
        assert Use.from_word(word) == Use(int.from_bytes(event.subject, "big"), event.category, event.use_index)
        return [event.campaign, word]
    return list(event[1:])


@pytest.mark.parametrize(("contract", "event"), EVENTS)
@given(data=st.data())
def test_every_event_is_decoded_as_the_abi_says(contract: str, event: str, data: st.DataObject) -> None:
    log = as_log(contract, event, data.draw(values(contract, event)))
    (decoded,) = decode_logs([log], {})
    assert decoded.at == AT
    assert fields_of(decoded) == generic(contract, event, log)


def test_every_event_of_our_contracts_is_decoded_or_left_out_on_purpose() -> None:
    for contract, left_out in LEFT_OUT.items():
        events = {entry["name"] for entry in contracts._abi(contract) if entry["type"] == "event"}
        assert events == {event for ours, event in EVENTS if ours == contract} | left_out


def test_logs_come_out_in_the_order_of_the_chain_whatever_the_node_does() -> None:
    log = as_log("ConsentRegistry", "RevokedAll", ("0x" + "11" * 20,))
    places = [(2, 0), (1, 5), (1, 10), (1, 9)]
    logs = [log | {"blockNumber": hex(block), "logIndex": hex(index)} for block, index in places]
    assert [event.at[0:3:2] for event in decode_logs(logs, {})] == sorted(places)


def test_times_come_from_headers_where_logs_have_none() -> None:
    log = as_log("ConsentRegistry", "RevokedAll", ("0x" + "11" * 20,))
    del log["blockTimestamp"]
    assert decode_logs([log], {"0x1234": 99}) == [RevokedAll(AT._replace(timestamp=99), b"\x11" * 20)]


def test_terms_uri_of_any_bytes_fits_a_text_column() -> None:
    log = as_log("OperatorRegistry", "OperatorUpdated", ("0x" + "11" * 20, "0x" + "22" * 20, "abc"))
    log["data"] = log["data"].replace(b"abc".hex(), "ff0041")
    (decoded,) = decode_logs([log], {})
    assert decoded == OperatorUpdated(AT, b"\x11" * 20, b"\x22" * 20, "\ufffd\ufffdA")


def test_filter_asks_for_our_contracts_and_for_nothing_but_these_events() -> None:
    addresses = [f"0x{n:040x}" for n in range(5)]
    wanted = log_filter(Deployment(1, 0, *addresses, 6, "t"))
    assert wanted["address"] == addresses[:4]  # the token's transfers are nobody's business here
    assert wanted["topics"] == [["0x" + event_topic(*event).hex() for event in EVENTS]]


def test_grants_revocations_and_approvals_all_store_a_word() -> None:
    for event in ("Granted", "Revoked", "Approved"):
        (decoded,) = decode_logs([as_log("ConsentRegistry", event, ("0x" + "11" * 20, 5, 7))], {})
        assert decoded == ConsentStored(AT, b"\x11" * 20, (5).to_bytes(21, "big"), (7).to_bytes(32, "big"))


def test_empty_lists_of_keepers_are_empty() -> None:
    for event, kind in (("KeepersSet", KeepersSet), ("KeepersNamed", KeepersNamed)):
        fields = ([], 1) if event == "KeepersSet" else ([], 1, 2)
        (decoded,) = decode_logs([as_log("OperatorRegistry", event, fields)], {})
        assert isinstance(decoded, kind)
        assert decoded.keepers == ()
