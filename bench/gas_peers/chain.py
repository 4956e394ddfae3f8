"""Sending transactions and reading what their receipts say they used."""

from collections.abc import Mapping
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress
from hexbytes import HexBytes
from web3 import Web3
from web3.contract import Contract
from web3.exceptions import ContractLogicError
from web3.types import RPCEndpoint, TxParams, TxReceipt

from bench.gas_peers.artifacts import Artifact, link

RECEIPT_SECONDS = 60
# EIP-7825's bound for one transaction. More is for peers that need it: prague allows what fits in a block.
GAS_LIMIT = 16_777_216
LARGE_GAS_LIMIT = 29_000_000
MAX_CODE_BYTES = 24_576  # EIP-170
ETHER = 10**18
GWEI = 10**9


class TransactionFailed(Exception):
    """A bench transaction reverted: the bench is wrong, so there is no figure."""


class Chain:
    """One node; actors of our own, so that figures do not depend on who ran what before us."""

    def __init__(self, w3: Web3, funder: LocalAccount) -> None:
        self.w3 = w3
        self.chain_id = w3.eth.chain_id
        self._funder = funder
        self.deployer = self.actor("deployer")

    def signer(self, name: str) -> LocalAccount:
        """An account that only signs."""
        account: LocalAccount = Account.from_key(Web3.keccak(text=f"fairsignal gas peers: {name}"))
        return account

    def actor(self, name: str) -> LocalAccount:
        """An account that also sends."""
        account = self.signer(name)
        self.send(self._funder, account.address, "0x", value=20 * ETHER)
        return account

    def send(
        self, sender: LocalAccount, to: str | None, data: str | HexBytes, *, gas: int = GAS_LIMIT, value: int = 0
    ) -> TxReceipt:
        transaction: dict[str, Any] = {
            "chainId": self.chain_id,
            "nonce": self.w3.eth.get_transaction_count(sender.address, "pending"),
            "data": data,
            "gas": gas,
            "value": value,
            "maxFeePerGas": 10 * GWEI,
            "maxPriorityFeePerGas": 0,
        }
        if to is not None:
            transaction["to"] = to
        raw = sender.sign_transaction(transaction).raw_transaction
        sent = self.w3.eth.send_raw_transaction(raw)
        receipt = self.w3.eth.wait_for_transaction_receipt(sent, timeout=RECEIPT_SECONDS, poll_latency=0.01)
        if receipt["status"] != 1:
            raise TransactionFailed(f"{to or 'creation'} {HexBytes(data)[:4].hex()}: reverted in {sent.to_0x_hex()}")
        return receipt

    def deploy(self, artifact: Artifact, *args: object, libraries: Mapping[str, str] | None = None) -> Contract:
        return self.deployed(artifact, *args, libraries=libraries)[0]

    def deployed(
        self, artifact: Artifact, *args: object, libraries: Mapping[str, str] | None = None
    ) -> tuple[Contract, int]:
        """The contract, and the gas that creating it took."""
        code = link(artifact.creation, artifact.links, libraries or {})
        factory = self.w3.eth.contract(abi=artifact.abi, bytecode=code)
        receipt = self.send(self.deployer, None, factory.constructor(*args).data_in_transaction)
        return self.at(artifact, created(receipt)), receipt["gasUsed"]

    def place(self, artifact: Artifact, libraries: Mapping[str, str]) -> Contract:
        """Put runtime code where no creation may: a peer's test deployer is larger than EIP-170 allows.

        Only for code without constructor, and never for a contract that is measured.
        """
        code = link(artifact.runtime, artifact.runtime_links, libraries)
        address = self.signer(f"place of {artifact.name}").address
        self.w3.provider.make_request(RPCEndpoint("anvil_setCode"), [address, code])
        return self.at(artifact, address)

    def at(self, artifact: Artifact, address: str) -> Contract:
        return self.w3.eth.contract(address=Web3.to_checksum_address(address), abi=artifact.abi)

    def call(
        self, sender: LocalAccount, contract: Contract, function: str, *args: object, gas: int = GAS_LIMIT
    ) -> TxReceipt:
        return self.send(sender, contract.address, contract.encode_abi(function, list(args)), gas=gas)

    def gas(self, sender: LocalAccount, contract: Contract, function: str, *args: object, gas: int = GAS_LIMIT) -> int:
        """What a call used, by its receipt."""
        return self.call(sender, contract, function, *args, gas=gas)["gasUsed"]

    def refuses(self, sender: LocalAccount, contract: Contract, function: str, *args: object) -> bool:
        """Whether a call would revert: a peer that takes anything would be no peer."""
        call: TxParams = {
            "from": sender.address,
            "to": contract.address,
            "data": contract.encode_abi(function, list(args)),
        }
        try:
            self.w3.eth.call(call)
        except ContractLogicError:
            return True
        return False


def created(receipt: TxReceipt) -> ChecksumAddress:
    address = receipt["contractAddress"]
    if address is None:
        raise TransactionFailed("no contract was created")
    return address
