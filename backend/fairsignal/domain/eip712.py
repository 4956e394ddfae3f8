"""EIP-712 typed data: what people, operators and advertisers sign, with every field readable in a wallet."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from eth_abi.abi import encode
from eth_abi.exceptions import EncodingError
from eth_utils.crypto import keccak

from fairsignal.domain.errors import BadInput

__all__ = ["digest_of", "typed_data"]

_DOMAIN_FIELDS = (("name", "string"), ("version", "string"), ("chainId", "uint256"), ("verifyingContract", "address"))


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

    A keeper computes one for every request: this is the flat case alone, many times as fast as the general one.

    Raises:
        BadInput: a value is outside its type's range; others may have sent it.
    """
    primary = message["primaryType"]
    members = tuple((field["name"], field["type"]) for field in message["types"][primary])
    domain = message["domain"]
    separator = _struct_hash("EIP712Domain", _DOMAIN_FIELDS, tuple(domain[name] for name, _ in _DOMAIN_FIELDS))
    struct = _hashed(primary, members, [message["message"][name] for name, _ in members])
    return keccak(b"\x19\x01" + separator + struct)


@lru_cache(maxsize=64)
def _struct_hash(name: str, members: tuple[tuple[str, str], ...], values: tuple[Any, ...]) -> bytes:
    """Cached: there are a handful of domains."""
    return _hashed(name, members, values)


@lru_cache(maxsize=64)
def _type_hash(name: str, members: tuple[tuple[str, str], ...]) -> bytes:
    return keccak(text=f"{name}({','.join(f'{kind} {member}' for member, kind in members)})")


def _hashed(name: str, members: tuple[tuple[str, str], ...], values: Any) -> bytes:
    kinds, words = ["bytes32"], [_type_hash(name, members)]
    for (_, kind), value in zip(members, values, strict=True):
        dynamic = kind in ("string", "bytes")
        kinds.append("bytes32" if dynamic else kind)
        words.append(keccak(value.encode() if kind == "string" else value) if dynamic else value)
    try:
        return keccak(encode(kinds, words))
    except EncodingError as error:
        raise BadInput(
            f"A field of the {name} message is outside its type's range.", remedy="Correct it.", code="bad-message"
        ) from error
