"""Every peer on one node: operation -> peer -> gas."""

from collections.abc import Callable

from eth_account.signers.local import LocalAccount
from web3 import Web3

from bench.gas_peers.artifacts import compile_own
from bench.gas_peers.chain import Chain
from bench.gas_peers.consents import measure_consents
from bench.gas_peers.eas import measure_eas
from bench.gas_peers.epochs import measure_epochs
from bench.gas_peers.ocean import measure_ocean
from bench.gas_peers.scenario import Stage, set_stage
from bench.gas_peers.superfluid import measure_superfluid
from bench.gas_peers.uses import measure_uses

Figures = dict[str, dict[str, float]]


def measure(w3: Web3, accounts: list[LocalAccount]) -> Figures:
    """Deploy and measure the peers on a fresh or used Anvil (`--hardfork prague`), from receipts only.

    `accounts[0]` funds actors of the bench's own. Batches are per item and settlements per use; figures under ten gas
    keep three digits. Raises PeersMissing when packages or tools are not installed, TransactionFailed when a peer
    refuses what it is asked.
    """
    compile_own()
    stage = set_stage(Chain(w3, accounts[0]))
    measure_uses(stage, measure_consents(stage))
    others: list[Callable[[Stage], None]] = [measure_eas, measure_epochs, measure_ocean, measure_superfluid]
    for other in others:
        other(stage)
    return stage.figures.by_operation
