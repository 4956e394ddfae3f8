"""Blob stores: a directory on this machine, and a Kubo daemon."""

from __future__ import annotations

from fairsignal.adapters.ipfs.embedded import EmbeddedBlobStore
from fairsignal.adapters.ipfs.kubo import KuboBlobStore

__all__ = ["EmbeddedBlobStore", "KuboBlobStore"]
