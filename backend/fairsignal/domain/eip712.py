"""EIP-712 typed data: what people, operators and advertisers sign, with every field readable in a wallet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from eth_hash.auto import keccak

from fairsignal.domain.addresses import ADDRESS_BYTES
from fairsignal.domain.errors import BadInput

__all__ = ["digest_of", "typed_data"]

_DOMAIN_FIELDS = (("name", "string"), ("version", "string"), ("chainId", "uint256"), ("verifyingContract", "address"))
_WORD = 32


def typed_data(
    contract_name: str, chain_id: int, contract: str, primary: str, fields: Mapping[str, tuple[str, Any]]
) -> dict[str, Any]:
    """One message in the JSON form that wallets take (eth_signTypedData_v4).

    Args:
        contract_name: name in the domain, as the contract's EIP-5267 says it; the version is always ``1``.
        contract: verifying contract, address.
        primary: name of the struct.
        fields: field name -> (Solidity type, value), in the struct's order; none of them a struct or an array.
    """
    return {
        "types": {
            "EIP712Domain": [{"name": name, "type": kind} for name, kind in _DOMAIN_FIELDS],
            primary: [{"name": name, "type": kind} for name, (kind, _) in fields.items()],
        },
        "primaryType": primary,
        "domain": {"name": contract_name, "version": "1", "chainId": chain_id, "verifyingContract": contract},
        "message": {name: value for name, (_, value) in fields.items()},
    }


def digest_of(message: Mapping[str, Any]) -> bytes:
    """The 32 bytes that a signature of ``typed_data``'s message is over (EIP-712, "Specification").

    A keeper computes two for every request: this is the flat case alone, a twentieth of the general one's time.

    Raises:
        BadInput: a value is outside its type's range; others may have sent it.
    """
    primary = message["primaryType"]
    members = tuple([(field["name"], field["type"]) for field in message["types"][primary]])
    domain = message["domain"]
    separator = _separator(domain["name"], domain["version"], domain["chainId"], domain["verifyingContract"])
    values = message["message"]
    return keccak(b"\x19\x01" + separator + _hashed(primary, members, [values[name] for name, _ in members]))


@lru_cache(maxsize=64)
def _separator(*values: Any) -> bytes:
    """Cached: there are a handful of domains."""
    return _hashed("EIP712Domain", _DOMAIN_FIELDS, values)


@lru_cache(maxsize=64)
def _type_hash(name: str, members: tuple[tuple[str, str], ...]) -> bytes:
    return keccak(f"{name}({','.join(f'{kind} {member}' for member, kind in members)})".encode())


def _hashed(name: str, members: tuple[tuple[str, str], ...], values: Sequence[Any]) -> bytes:
    try:
        words = [_word(kind, value) for (_, kind), value in zip(members, values, strict=True)]
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise BadInput(
            f"A field of the {name} message is outside its type's range.", remedy="Correct it.", code="bad-message"
        ) from error
    return keccak(_type_hash(name, members) + b"".join(words))


def _word(kind: str, value: Any) -> bytes:
    """One value as ``encodeData`` has it, 32 bytes; ValueError and the like when it does not fit its type."""
    if kind == "bytes":
        return keccak(value)
    if kind == "string":
        return keccak(value.encode())
    if kind == "address":
        raw = bytes.fromhex(value.removeprefix("0x"))
        if len(raw) != ADDRESS_BYTES:
            raise ValueError("not an address")
        return raw.rjust(_WORD, b"\0")
    if kind == "bool" and isinstance(value, bool):
        return value.to_bytes(_WORD)
    if kind.startswith(("uint", "int")):
        return _number(kind, value)
    if kind.startswith("bytes"):
        if len(value) != int(kind[5:]):
            raise ValueError("another length")
        return bytes(value).ljust(_WORD, b"\0")
    raise TypeError(f"not a {kind}")


def _number(kind: str, value: Any) -> bytes:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"not a {kind}")
    signed = kind.startswith("i")
    value.to_bytes(int(kind.removeprefix("u")[3:]) // 8, signed=signed)  # OverflowError: out of its range
    return value.to_bytes(_WORD, signed=signed)
