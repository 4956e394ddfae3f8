"""Deploy the contracts, with the same code on a local chain and on a live network.

    scripts/brownie.sh run deploy                                    # the node at FAIRSIGNAL_RPC_URL

Writes deployments/<chain id>.json (or the file that FAIRSIGNAL_DEPLOYMENT names): addresses and start block. On a local
chain (id 31337 or 1337) the deployer is Anvil's first account and a TestDollar is deployed; elsewhere

    FAIRSIGNAL_KEYSTORE   encrypted key file of the deployer; Brownie asks for its passphrase
    FAIRSIGNAL_TOKEN      address of the ERC-20 token that the market pays in
    FAIRSIGNAL_OWNER      address of the contract, such as a timelock, that names keepers and age attesters
    FAIRSIGNAL_REDEPLOY   1 to replace an existing deployment
"""

import json
import os
from pathlib import Path

from brownie import (
    ConsentRegistry,
    OperatorRegistry,
    ProfileRegistry,
    SignalMarket,
    TestDollar,
    accounts,
    chain,
    network,
    web3,
)
from brownie.network import contract as brownie_contract

LOCAL_CHAIN_IDS = (31337, 1337)
LOCAL_MNEMONIC = "test test test test test test test test test test test junk"
TEST_DECIMALS = 6


# Brownie 1.22.2 fails, in a thread, to note live deployments in a database of its own; our record is the file.
brownie_contract._add_deployment = lambda *_: None
# It would also keep artefacts of them in build/deployments, and stop when it meets those of a chain that is gone.
brownie_contract.ProjectContract._save_deployment = lambda _: None


def main():
    """Deploy and write the deployment file; refuses to replace a live one unasked."""
    path = Path(os.environ.get("FAIRSIGNAL_DEPLOYMENT") or f"deployments/{chain.id}.json")
    local = chain.id in LOCAL_CHAIN_IDS
    if path.exists() and not local and os.environ.get("FAIRSIGNAL_REDEPLOY") != "1":
        raise SystemExit(f"{path} exists: set FAIRSIGNAL_REDEPLOY=1 to replace a live deployment.")
    wanted = os.environ.get("FAIRSIGNAL_CHAIN_ID")
    if wanted and int(wanted) != chain.id:
        raise SystemExit(f"The node serves chain {chain.id}, FAIRSIGNAL_CHAIN_ID says {wanted}.")
    deployer = local_deployer() if local else live_deployer()
    document = deploy(deployer, local)
    write(path, document)
    print(f"deployed to chain {chain.id}, written to {path}")


def local_deployer():
    """Anvil's first account."""
    return accounts.from_mnemonic(LOCAL_MNEMONIC, count=1)


def live_deployer():
    """The account of an encrypted key file."""
    keystore = os.environ.get("FAIRSIGNAL_KEYSTORE")
    if not keystore:
        raise SystemExit("FAIRSIGNAL_KEYSTORE must name the deployer's encrypted key file.")
    return accounts.load(keystore)


def deploy(deployer, local):
    """Deploy all contracts -> the document of the deployment file."""
    network.gas_limit("auto")
    start = web3.eth.block_number
    sent = {"from": deployer}
    # Asked before anything is deployed.
    owner = (os.environ.get("FAIRSIGNAL_OWNER") or deployer.address) if local else live_owner()
    token = TestDollar.deploy(TEST_DECIMALS, sent) if local else live_token()
    operators = OperatorRegistry.deploy(owner, sent)
    consents = ConsentRegistry.deploy(operators, sent)
    profiles = ProfileRegistry.deploy(sent)
    market = SignalMarket.deploy(token, consents, operators, sent)
    deployed = [consents, operators, profiles, market]
    return {
        "chain_id": chain.id,
        "block": start,
        "contracts": {
            contract._name: {"address": contract.address, "block": contract.tx.block_number} for contract in deployed
        },
        "token": {"address": token.address, "decimals": token.decimals(), "symbol": token.symbol()},
    }


def live_owner():
    """Where there is real money, no single key names keepers."""
    address = os.environ.get("FAIRSIGNAL_OWNER")
    if not address or not web3.eth.get_code(address):
        raise SystemExit("FAIRSIGNAL_OWNER must name the contract that names keepers, such as a timelock.")
    return address


def live_token():
    """The token to pay in; TestDollar's ABI has all that is asked of it."""
    address = os.environ.get("FAIRSIGNAL_TOKEN")
    if not address:
        raise SystemExit("FAIRSIGNAL_TOKEN must name the token that the market pays in.")
    return TestDollar.at(address)


def write(path, document):
    """Write atomically: a reader sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(document, indent=2) + "\n")
    partial.replace(path)
