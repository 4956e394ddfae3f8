"""The funded accounts of a local Anvil, from its well-known mnemonic. They guard nothing."""

from __future__ import annotations

from functools import cache

from eth_account import Account

from fairsignal.adapters.chain.signing import LocalSigner

__all__ = ["DevWallet", "dev_wallets"]

_MNEMONIC = "test test test test test test test test test test test junk"


class DevWallet(LocalSigner):
    """A test account whose key may be passed around."""

    def __init__(self, private_key: bytes) -> None:
        super().__init__(private_key)
        self.private_key = private_key


@cache
def dev_wallets(count: int = 10) -> tuple[DevWallet, ...]:
    """The first ``count`` accounts of Anvil's default mnemonic; of these it funds as many as ``--accounts`` says."""
    Account.enable_unaudited_hdwallet_features()
    return tuple(
        DevWallet(bytes(Account.from_mnemonic(_MNEMONIC, account_path=f"m/44'/60'/0'/0/{index}").key))
        for index in range(count)
    )
