"""Superfluid: a pool that pays all its members in one distribution. Artifacts as published."""

import json
from typing import Any

from hexbytes import HexBytes
from web3 import Web3
from web3.contract import Contract

from bench.gas_peers.artifacts import PACKAGES, Artifact, packaged
from bench.gas_peers.chain import ETHER, LARGE_GAS_LIMIT, RECEIPT_SECONDS, Chain
from bench.gas_peers.scenario import Stage

PACKAGE = "@superfluid-finance/ethereum-contracts"
ERC1820 = Web3.to_checksum_address("0x1820a4b7618bde71dce8cdc73aab6c95905fad24")
ERC1820_DEPLOYER = "0xa990077c3205cbDf861e17Fa532eeB069cE9fF96"
SUPPLY = 10**6 * ETHER
MEMBERS = 10


def measure_superfluid(stage: Stage) -> None:
    chain, deployer = stage.chain, stage.chain.deployer
    framework = _framework(chain)
    host = chain.at(_artifact("superfluid/Superfluid"), framework["host"])
    gda = chain.at(_artifact("agreements/gdav1/GeneralDistributionAgreementV1"), framework["gda"])
    token_address = _super_token(chain, framework["deployer"])
    config = (False, False)
    pool_address = gda.functions.createPool(token_address, deployer.address, config).call({"from": deployer.address})
    chain.call(deployer, gda, "createPool", token_address, deployer.address, config)
    pool = chain.at(_artifact("agreements/gdav1/SuperfluidPool"), pool_address)
    for member in stage.subjects[:MEMBERS]:
        chain.call(deployer, pool, "updateMemberUnits", member.address, 1)
    distribute = gda.encode_abi("distribute", [token_address, deployer.address, pool_address, ETHER, b""])
    for _ in range(3):
        used = chain.gas(deployer, host, "callAgreement", gda.address, distribute, b"")
    stage.figures.add_settlement("Superfluid GDA distribute, units set before", used)


def _artifact(path: str) -> Artifact:
    name = path.rsplit("/", 1)[-1].removesuffix(".t")
    return packaged(PACKAGE, f"build/hardhat/contracts/{path}.sol/{name}.json")


def _framework(chain: Chain) -> dict[str, Any]:
    """Superfluid's own test deployer, step by step; it links a library for every contract that it creates."""
    _erc1820(chain)
    artifact = _artifact("utils/SuperfluidFrameworkDeployer.t")
    deployer = chain.place(artifact, _libraries(chain, artifact, {}))
    for step in range(deployer.functions.getNumSteps().call()):
        chain.call(chain.deployer, deployer, "executeStep", step, gas=LARGE_GAS_LIMIT)
    outputs = next(item for item in artifact.abi if item.get("name") == "getFramework")["outputs"]
    names = [component["name"] for component in outputs[0]["components"]]
    return {"deployer": deployer, **dict(zip(names, deployer.functions.getFramework().call(), strict=True))}


def _libraries(chain: Chain, artifact: Artifact, known: dict[str, str]) -> dict[str, str]:
    for file, libraries in artifact.links.items():
        for name in libraries:
            if name not in known:
                library = packaged(PACKAGE, f"build/hardhat/{file}/{name}.json")
                _libraries(chain, library, known)
                known[name] = chain.place(library, known).address
    return known


def _super_token(chain: Chain, deployer: Contract) -> str:
    arguments = ("Dollar", "USDx", SUPPLY)
    address: str = deployer.functions.deployPureSuperToken(*arguments).call({"from": chain.deployer.address})
    chain.call(chain.deployer, deployer, "deployPureSuperToken", *arguments)
    return address


def _erc1820(chain: Chain) -> None:
    """The registry that SuperTokens expect, by its well-known presigned transaction."""
    if chain.w3.eth.get_code(ERC1820):
        return
    chain.send(chain.deployer, ERC1820_DEPLOYER, "0x", value=ETHER // 10)
    code = json.loads((PACKAGES / PACKAGE / "dev-scripts" / "artifacts" / "ERC1820Registry.json").read_text())["bin"]
    head, tail = "f90a388085174876e800830c35008080b909e5", "1ba0" + 16 * "1820" + "a0" + 16 * "1820"
    sent = chain.w3.eth.send_raw_transaction(HexBytes(head + code.removeprefix("0x") + tail))
    chain.w3.eth.wait_for_transaction_receipt(sent, timeout=RECEIPT_SECONDS)
