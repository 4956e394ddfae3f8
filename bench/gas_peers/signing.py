"""EIP-712 signatures by eth_account: what a wallet would send."""

from collections.abc import Mapping
from typing import Any

from eth_account.signers.local import LocalAccount
from web3.contract import Contract

from bench.gas_peers.chain import Chain

# The same calldata on every run: far enough, and as many bytes as any date of this century.
DEADLINE = 4_102_444_800

Types = Mapping[str, list[dict[str, str]]]


def fields(declaration: str) -> list[dict[str, str]]:
    """`address owner,uint256 value` as EIP-712 members."""
    return [dict(zip(("type", "name"), field.split(" "), strict=True)) for field in declaration.split(",")]


def sign(
    chain: Chain,
    signer: LocalAccount,
    contract: Contract,
    domain: tuple[str, str],
    types: Types,
    message: Mapping[str, Any],
) -> tuple[int, bytes, bytes]:
    """v, r and s."""
    signed = signer.sign_typed_data(
        domain_data={
            "name": domain[0],
            "version": domain[1],
            "chainId": chain.chain_id,
            "verifyingContract": contract.address,
        },
        message_types=dict(types),
        message_data=dict(message),
    )
    return signed.v, signed.r.to_bytes(32), signed.s.to_bytes(32)


def joined(signature: tuple[int, bytes, bytes]) -> bytes:
    """65 bytes, the layout that verifying libraries take."""
    v, r, s = signature
    return r + s + bytes([v])


PERMIT: Types = {
    "Permit": fields("address owner,address spender,uint256 value,uint256 nonce,uint256 deadline"),
}


def permit(
    chain: Chain, owner: LocalAccount, token: Contract, spender: Contract, value: int
) -> tuple[int, bytes, bytes]:
    """EIP-2612, at the owner's next nonce."""
    message = {
        "owner": owner.address,
        "spender": spender.address,
        "value": value,
        "nonce": token.functions.nonces(owner.address).call(),
        "deadline": DEADLINE,
    }
    return sign(chain, owner, token, (token.functions.name().call(), "1"), PERMIT, message)
