"""The contracts that the gas bench compares ours with, each measured by its receipts."""

from bench.gas_peers.measure import Figures, measure

__all__ = ["Figures", "measure"]
