"""The EVM chain through web3.py, behind ``ports.ChainReader`` and ``ports.ChainWriter``."""

from fairsignal.adapters.chain.deployment import Deployment, load_deployment
from fairsignal.adapters.chain.fees import FeePolicy
from fairsignal.adapters.chain.memory_outbox import MemoryOutbox
from fairsignal.adapters.chain.reader import Web3ChainReader
from fairsignal.adapters.chain.rpc import Rpc, connect
from fairsignal.adapters.chain.sender import Timings
from fairsignal.adapters.chain.signing import LocalSigner, recover_typed
from fairsignal.adapters.chain.writer import OutboxChainWriter

__all__ = [
    "Deployment",
    "FeePolicy",
    "LocalSigner",
    "MemoryOutbox",
    "OutboxChainWriter",
    "Rpc",
    "Timings",
    "Web3ChainReader",
    "connect",
    "load_deployment",
    "recover_typed",
]
