"""secp256k1 signatures by libsecp256k1 itself (coincurve); transactions are encoded by eth-account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coincurve import PrivateKey, PublicKey
from eth_account import Account
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_hash.auto import keccak

from fairsignal.domain.addresses import ADDRESS_BYTES, checksummed
from fairsignal.domain.eip712 import digest_of
from fairsignal.domain.errors import BadInput
from fairsignal.domain.shamir import ORDER
from fairsignal.ports import Signer

__all__ = ["LocalSigner", "recover_typed", "sign_transaction"]

_V = 27
"""What Ethereum adds to the recovery id."""


class LocalSigner:
    """A key in memory: a wallet on a local chain, or what a keystore file held."""

    def __init__(self, private_key: bytes) -> None:
        self._address = str(Account.from_key(private_key).address)
        self._key = PrivateKey(private_key)

    def __repr__(self) -> str:
        return f"LocalSigner({self.address})"

    @property
    def address(self) -> str:
        return self._address

    def sign_typed(self, typed_data: Mapping[str, Any]) -> bytes:
        """65-byte signature of EIP-712 typed data."""
        return self._sign(digest_of(typed_data))

    async def sign_digest(self, digest: bytes) -> bytes:
        return self._sign(digest)

    def _sign(self, digest: bytes) -> bytes:
        signature = self._key.sign_recoverable(digest, hasher=None)
        return signature[:64] + bytes((signature[64] + _V,))


async def sign_transaction(signer: Signer, transaction: Mapping[str, Any]) -> bytes:
    """Raw signed transaction, of type 2."""
    unsigned = TypedTransaction.from_dict(dict(transaction))
    signature = await signer.sign_digest(bytes(unsigned.hash()))
    signed = {"v": signature[64] - _V, "r": int.from_bytes(signature[:32]), "s": int.from_bytes(signature[32:64])}
    return bytes(TypedTransaction.from_dict({**transaction, **signed}).encode())


def recover_typed(typed_data: Mapping[str, Any], signature: bytes) -> str:
    """Checksummed address of the EOA that signed; smart wallets are asked on chain instead.

    Raises:
        BadInput: not a signature.
    """
    malformed = BadInput("The signature is malformed.", remedy="Sign again.", code="bad-signature")
    # Strict, because contracts are: a signature that only some verifiers take would jam whoever relies on it.
    if len(signature) != 65 or signature[64] not in (_V, _V + 1) or int.from_bytes(signature[32:64]) > ORDER // 2:
        raise malformed
    compact = signature[:64] + bytes((signature[64] - _V,))
    try:
        key = PublicKey.from_signature_and_message(compact, digest_of(typed_data), hasher=None)
    except ValueError as error:  # libsecp256k1 finds no such point
        raise malformed from error
    return checksummed(keccak(key.format(compressed=False)[1:])[-ADDRESS_BYTES:])
