"""secp256k1 keys in Web3 Secret Storage v3, the keystore format of geth and eth-account."""

from __future__ import annotations

import json

from eth_account import Account

from fairsignal.domain.errors import BadInput

__all__ = ["decode_keystore", "encode_keystore"]


def encode_keystore(private_key: bytes, passphrase: str) -> bytes:
    """-> the keystore's JSON, with eth-account's scrypt parameters."""
    return (json.dumps(Account.encrypt(private_key, passphrase)) + "\n").encode("ascii")


def decode_keystore(content: bytes, passphrase: str) -> bytes:
    """-> the private key, 32 bytes.

    Raises:
        BadInput: not a keystore, or a wrong passphrase; ``code`` says which.
    """
    try:
        document = json.loads(content)
        if not isinstance(document, dict):
            raise TypeError("not an object")
        return bytes(Account.decrypt(document, passphrase))
    except (KeyError, TypeError, ValueError, AttributeError, NotImplementedError) as error:
        if "MAC mismatch" in str(error):
            raise BadInput(
                "The passphrase does not open the keystore.",
                remedy="Check the passphrase file.",
                code="wrong-passphrase",
            ) from error
        raise BadInput(
            "This is not a keystore file (Web3 Secret Storage v3), or it is damaged.",
            remedy="Make one with `geth account new`, or restore it from a backup.",
            code="bad-key-file",
        ) from error
