"""Encoding and decoding for our contracts' ABIs, and the names of their custom errors.

The ABI files are generated from the compiler's output by scripts/export_abi.py; CI fails on drift.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.abi import collapse_if_tuple, event_abi_to_log_topic, function_abi_to_4byte_selector
from eth_utils.crypto import keccak

__all__ = [
    "decode_call",
    "decode_log",
    "decode_output",
    "encode_call",
    "error_name",
    "event_topic",
    "function_selector",
]

CONTRACTS = ("ConsentRegistry", "OperatorRegistry", "ProfileRegistry", "SignalMarket", "TestDollar")


@cache
def _abi(contract: str) -> list[dict[str, Any]]:
    text = (files("fairsignal.adapters.chain") / "abi" / f"{contract}.json").read_text("utf-8")
    abi: list[dict[str, Any]] = json.loads(text)
    return abi


@cache
def _entry(contract: str, kind: str, name: str) -> dict[str, Any]:
    found = [entry for entry in _abi(contract) if entry["type"] == kind and entry.get("name") == name]
    if len(found) != 1:
        raise LookupError(f"{contract} has {len(found)} {kind}s named {name}")
    return found[0]


def _types(parameters: Sequence[dict[str, Any]]) -> list[str]:
    return [collapse_if_tuple(parameter) for parameter in parameters]


@cache
def _function_types(contract: str, name: str, side: str) -> tuple[str, ...]:
    return tuple(_types(_entry(contract, "function", name)[side]))


@cache
def function_selector(contract: str, name: str) -> bytes:
    """The four bytes that select a function."""
    return bytes(function_abi_to_4byte_selector(_entry(contract, "function", name)))  # type: ignore[arg-type]


def encode_call(contract: str, name: str, *arguments: Any) -> bytes:
    """Calldata of ``contract.name(*arguments)``."""
    return function_selector(contract, name) + encode(_function_types(contract, name, "inputs"), arguments)


def decode_call(contract: str, name: str, data: bytes) -> tuple[Any, ...] | None:
    """Arguments of ``contract.name`` from calldata; None when it is no call of it."""
    if data[:4] != function_selector(contract, name):
        return None
    try:
        return decode(_types(_entry(contract, "function", name)["inputs"]), data[4:])
    except DecodingError:
        return None


def decode_output(contract: str, name: str, data: bytes) -> tuple[Any, ...]:
    """Return values of ``contract.name`` from the bytes that ``eth_call`` answered."""
    return decode(_function_types(contract, name, "outputs"), data)


@cache
def event_topic(contract: str, name: str) -> bytes:
    """Topic 0 of an event, 32 bytes."""
    return bytes(event_abi_to_log_topic(_entry(contract, "event", name)))  # type: ignore[arg-type]


def decode_log(contract: str, name: str, topics: Sequence[bytes], data: bytes) -> dict[str, Any]:
    """Fields of one log of ``contract.name`` by name; addresses come lower-case."""
    inputs = _entry(contract, "event", name)["inputs"]
    indexed = [field for field in inputs if field["indexed"]]
    plain = [field for field in inputs if not field["indexed"]]
    values: dict[str, Any] = {}
    for field, topic in zip(indexed, topics[1:], strict=True):
        (values[field["name"]],) = decode([collapse_if_tuple(field)], topic)
    values.update(zip((field["name"] for field in plain), decode(_types(plain), data), strict=True))
    return values


@cache
def _errors() -> dict[bytes, tuple[str, list[str], list[str]]]:
    table: dict[bytes, tuple[str, list[str], list[str]]] = {}
    for contract in CONTRACTS:
        for entry in _abi(contract):
            if entry["type"] == "error":
                signature = f"{entry['name']}({','.join(_types(entry['inputs']))})"
                selector = keccak(text=signature)[:4]
                table[selector] = (
                    entry["name"],
                    _types(entry["inputs"]),
                    [field["name"] for field in entry["inputs"]],
                )
    return table


def error_name(data: bytes) -> tuple[str, dict[str, Any]]:
    """A custom error as (kebab-case name, fields); an unknown one is ``("reverted", {})``."""
    known = _errors().get(data[:4])
    if known is None:
        return "reverted", {}
    name, types, names = known
    kebab = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()
    return kebab, dict(zip(names, decode(types, data[4:]), strict=True))
