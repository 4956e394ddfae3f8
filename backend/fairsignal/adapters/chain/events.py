"""Logs of our contracts -> ``domain.chain_events``, decoded by hand: fields lie at fixed places.

A generic ABI decoder takes 30 times as long; a test compares the two on every event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeAlias

from fairsignal.adapters.chain.contracts import event_topic
from fairsignal.adapters.chain.deployment import Deployment
from fairsignal.domain.chain_events import (
    At,
    Attested,
    CampaignClosing,
    CampaignOpened,
    CampaignRefunded,
    CampaignToppedUp,
    ChainEvent,
    Claimed,
    ConsentStored,
    ErasureConfirmed,
    ErasureRequested,
    GuardianSet,
    KeepersNamed,
    KeepersSet,
    OperatorUpdated,
    RecipientKeySet,
    RevokedAll,
    Settled,
    SignerSet,
    UseRecorded,
    Withdrawn,
)

__all__ = ["EVENTS", "decode_logs", "log_filter"]

Topics: TypeAlias = Sequence[str]
Decode: TypeAlias = Callable[[At, Topics, bytes], ChainEvent]


def _address(topic: str) -> bytes:
    """Of an indexed address: 0x, 24 digits of zero, 40 digits."""
    return bytes.fromhex(topic[26:])


def _word(topic: str) -> bytes:
    return bytes.fromhex(topic[2:])


def _int(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 32], "big")


def _consent(at: At, topics: Topics, data: bytes) -> ConsentStored:
    return ConsentStored(at, bytes.fromhex(topics[1][26:]), data[11:32], data[32:64])


def _use_recorded(at: At, topics: Topics, data: bytes) -> UseRecorded:
    # The use word: index 40 (after 48 zero bits), category 8, subject 160.
    return UseRecorded(at, bytes.fromhex(topics[1][2:]), int.from_bytes(data[6:11], "big"), data[12:32], data[11])


def _attested(at: At, topics: Topics, data: bytes) -> Attested:
    return Attested(at, bytes.fromhex(topics[1][26:]), bytes.fromhex(topics[2][26:]), data)


def _campaign_opened(at: At, topics: Topics, data: bytes) -> CampaignOpened:
    return CampaignOpened(at, _word(topics[1]), _address(topics[2]), data[:32], data[32:64], _int(data, 64))


def _settled(at: At, topics: Topics, data: bytes) -> Settled:
    return Settled(at, _address(topics[1]), _int(data, 0), data[32:64], _int(data, 64), _int(data, 96), data[128:160])


def _operator_updated(at: At, topics: Topics, data: bytes) -> OperatorUpdated:
    start = _int(data, 32)
    uri = data[start + 32 : start + 32 + _int(data, start)]
    # Anyone may register any bytes; a text column takes neither broken UTF-8 nor a zero.
    return OperatorUpdated(at, _address(topics[1]), data[12:32], uri.decode("utf-8", "replace").replace("\0", "\ufffd"))


def _addresses(data: bytes, start: int) -> tuple[bytes, ...]:
    """An ``address[]`` whose length is at ``start``."""
    first = start + 32
    return tuple(data[place + 12 : place + 32] for place in range(first, first + 32 * _int(data, start), 32))


_DECODERS: Mapping[tuple[str, str], Decode] = {
    ("ConsentRegistry", "Granted"): _consent,
    ("ConsentRegistry", "Revoked"): _consent,
    ("ConsentRegistry", "Approved"): _consent,
    ("ConsentRegistry", "RevokedAll"): lambda at, topics, _: RevokedAll(at, _address(topics[1])),
    ("ConsentRegistry", "GuardianSet"): lambda at, topics, data: GuardianSet(
        at, _address(topics[1]), bool(data[31]), data[44:64], data[76:96]
    ),
    ("ProfileRegistry", "Attested"): _attested,
    ("ProfileRegistry", "ErasureRequested"): lambda at, topics, _: ErasureRequested(
        at, _address(topics[1]), _address(topics[2])
    ),
    ("ProfileRegistry", "ErasureConfirmed"): lambda at, topics, _: ErasureConfirmed(
        at, _address(topics[1]), _address(topics[2])
    ),
    ("SignalMarket", "RecipientKeySet"): lambda at, topics, data: RecipientKeySet(at, _address(topics[1]), data),
    ("SignalMarket", "CampaignOpened"): _campaign_opened,
    ("SignalMarket", "CampaignToppedUp"): lambda at, topics, data: CampaignToppedUp(
        at, _word(topics[1]), _int(data, 0)
    ),
    ("SignalMarket", "CampaignClosing"): lambda at, topics, data: CampaignClosing(at, _word(topics[1]), _int(data, 0)),
    ("SignalMarket", "CampaignRefunded"): lambda at, topics, data: CampaignRefunded(
        at, _word(topics[1]), _address(topics[2]), _int(data, 0)
    ),
    ("SignalMarket", "UseRecorded"): _use_recorded,
    ("SignalMarket", "Withdrawn"): lambda at, topics, data: Withdrawn(
        at, _address(topics[1]), _address(topics[2]), _int(data, 0)
    ),
    ("SignalMarket", "Settled"): _settled,
    ("SignalMarket", "Claimed"): lambda at, topics, data: Claimed(
        at, _address(topics[1]), _address(topics[2]), data[12:32], _int(data, 32)
    ),
    ("OperatorRegistry", "OperatorUpdated"): _operator_updated,
    ("OperatorRegistry", "SignerSet"): lambda at, topics, data: SignerSet(
        at, _address(topics[1]), _address(topics[2]), bool(data[31])
    ),
    ("OperatorRegistry", "KeepersNamed"): lambda at, _, data: KeepersNamed(
        at, _addresses(data, _int(data, 0)), _int(data, 32), _int(data, 64)
    ),
    ("OperatorRegistry", "KeepersSet"): lambda at, _, data: KeepersSet(
        at, _addresses(data, _int(data, 0)), _int(data, 32)
    ),
}
EVENTS = tuple(_DECODERS)
"""(contract, event) of all that is decoded."""
_BY_TOPIC = {"0x" + event_topic(contract, event).hex(): decode for (contract, event), decode in _DECODERS.items()}


def log_filter(deployment: Deployment) -> dict[str, Any]:
    """Address and topics of an ``eth_getLogs`` filter for these events; everybody else's logs stay out."""
    contracts = (
        deployment.consent_registry,
        deployment.operator_registry,
        deployment.profile_registry,
        deployment.signal_market,
    )
    return {"address": list(contracts), "topics": [list(_BY_TOPIC)]}


def decode_logs(logs: Iterable[Mapping[str, Any]], timestamps: Mapping[str, int]) -> list[ChainEvent]:
    """Decode what ``eth_getLogs`` answered to ``log_filter`` -> events in the order of the chain.

    Args:
        timestamps: Unix seconds of blocks, by number as the node writes it, for logs that come without.
    """
    events: list[ChainEvent] = []
    append, by_topic = events.append, _BY_TOPIC
    in_block = in_transaction = None
    block = timestamp = 0
    tx_hash = b""
    for log in logs:
        # Neighbours share block and transaction: each is read once.
        if log["blockNumber"] != in_block:
            in_block = log["blockNumber"]
            block = int(in_block, 16)
            given = log.get("blockTimestamp")
            timestamp = timestamps[in_block] if given is None else int(given, 16)
        if log["transactionHash"] != in_transaction:
            in_transaction = log["transactionHash"]
            tx_hash = bytes.fromhex(in_transaction[2:])
        topics = log["topics"]
        at = At(block, timestamp, int(log["logIndex"], 16), tx_hash)
        append(by_topic[topics[0]](at, topics, bytes.fromhex(log["data"][2:])))
    # Nodes answer in order; the projection relies on it, so it is not left to them. Costs little when it is so.
    events.sort(key=itemgetter(0))
    return events
