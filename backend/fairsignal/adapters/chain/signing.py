"""secp256k1 signatures with eth-account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_keys.exceptions import BadSignature
from eth_utils.exceptions import ValidationError

from fairsignal.domain.errors import BadInput

__all__ = ["LocalSigner", "recover_typed"]


class LocalSigner:
    """A key in memory: a wallet on a local chain, or what a keystore file held."""

    def __init__(self, private_key: bytes) -> None:
        self._account: LocalAccount = Account.from_key(private_key)

    def __repr__(self) -> str:
        return f"LocalSigner({self.address})"

    @property
    def address(self) -> str:
        return str(self._account.address)

    def sign_typed(self, typed_data: Mapping[str, Any]) -> bytes:
        return bytes(self._account.sign_typed_data(full_message=dict(typed_data)).signature)

    def sign_transaction(self, transaction: Mapping[str, Any]) -> bytes:
        return bytes(self._account.sign_transaction(dict(transaction)).raw_transaction)


def recover_typed(typed_data: Mapping[str, Any], signature: bytes) -> str:
    """Checksummed address of the EOA that signed; smart wallets are asked on chain instead.

    Raises:
        BadInput: not a signature.
    """
    malformed = BadInput("The signature is malformed.", remedy="Sign again.", code="bad-signature")
    # Strict, because contracts are: a signature that only some verifiers take would jam whoever relies on it.
    if len(signature) != 65 or signature[64] not in (27, 28):
        raise malformed
    try:
        return str(Account.recover_message(encode_typed_data(full_message=dict(typed_data)), signature=signature))
    except (ValueError, TypeError, ValidationError, BadSignature) as error:
        raise malformed from error
