"""Fairsignal: consent, metering and pay-out for advertising signals drawn from people's own chats.

The package is layered (DESIGN, section 8): ``domain`` decides and does no I/O; ``ports`` names what the use cases
(``pipeline``, ``market``, ``indexer``, ``keeper``, ``audit``) need from outside; ``adapters`` provide it;
``bootstrap`` chooses the adapters; ``api`` and ``cli`` are the edges.
"""

import os

from eth_hash.auto import keccak

__version__ = "0.1.0"

# Every ABI call and signature hashes with Keccak. Of the two implementations that eth-hash knows it takes the slower
# one unless told otherwise, and it looks once. Programs that we start must not inherit what we told it.
if "ETH_HASH_BACKEND" not in os.environ:
    os.environ["ETH_HASH_BACKEND"] = "pysha3"
    keccak(b"")
    del os.environ["ETH_HASH_BACKEND"]
