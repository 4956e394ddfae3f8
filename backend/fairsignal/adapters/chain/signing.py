"""secp256k1 signatures: transactions by eth-account, typed data by libsecp256k1 itself (coincurve)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coincurve import PrivateKey, PublicKey
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from fairsignal.domain.eip712 import digest_of
from fairsignal.domain.errors import BadInput
from fairsignal.domain.shamir import ORDER

__all__ = ["LocalSigner", "recover_typed"]

_V = 27
"""What Ethereum adds to the recovery id."""


class LocalSigner:
    """A key in memory: a wallet on a local chain, or what a keystore file held."""

    def __init__(self, private_key: bytes) -> None:
        self._account: LocalAccount = Account.from_key(private_key)
        self._key = PrivateKey(private_key)

    def __repr__(self) -> str:
        return f"LocalSigner({self.address})"

    @property
    def address(self) -> str:
        return str(self._account.address)

    def sign_typed(self, typed_data: Mapping[str, Any]) -> bytes:
        signature = self._key.sign_recoverable(digest_of(typed_data), hasher=None)
        return signature[:64] + bytes((signature[64] + _V,))

    def sign_transaction(self, transaction: Mapping[str, Any]) -> bytes:
        return bytes(self._account.sign_transaction(dict(transaction)).raw_transaction)


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
    return str(to_checksum_address(keccak(key.format(compressed=False)[1:])[-20:]))
