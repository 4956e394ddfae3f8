"""EIP-712 typed data: what people, operators and advertisers sign, with every field readable in a wallet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["typed_data"]


def typed_data(
    contract_name: str, chain_id: int, contract: str, primary: str, fields: Mapping[str, tuple[str, Any]]
) -> dict[str, Any]:
    """One message in the JSON form that wallets take (eth_signTypedData_v4).

    Args:
        contract_name: name in the domain, as the contract's EIP-5267 says it; the version is always ``1``.
        contract: verifying contract, address.
        primary: name of the struct.
        fields: field name -> (Solidity type, value), in the struct's order.
    """
    return {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
            ],
            primary: [{"name": name, "type": kind} for name, (kind, _) in fields.items()],
        },
        "primaryType": primary,
        "domain": {"name": contract_name, "version": "1", "chainId": chain_id, "verifyingContract": contract},
        "message": {name: value for name, (_, value) in fields.items()},
    }
