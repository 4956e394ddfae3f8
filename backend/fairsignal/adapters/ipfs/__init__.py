"""Blob stores: a directory on this machine, a Kubo daemon, a pinning service, all of them at once. And CAR files."""

from __future__ import annotations

from fairsignal.adapters.ipfs.archive import Exported, Imported, export_car, import_car
from fairsignal.adapters.ipfs.embedded import EmbeddedBlobStore
from fairsignal.adapters.ipfs.gateway import TrustlessGateway
from fairsignal.adapters.ipfs.kubo import KuboBlobStore
from fairsignal.adapters.ipfs.pinning import PinningBlobStore
from fairsignal.adapters.ipfs.pinning_api import PinningApi, read_token
from fairsignal.adapters.ipfs.replicated import ReplicatedBlobStore

__all__ = [
    "EmbeddedBlobStore",
    "Exported",
    "Imported",
    "KuboBlobStore",
    "PinningApi",
    "PinningBlobStore",
    "ReplicatedBlobStore",
    "TrustlessGateway",
    "export_car",
    "import_car",
    "read_token",
]
