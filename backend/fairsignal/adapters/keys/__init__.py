"""Keys on disk: servers' keystores, keepers' HPKE keys, and the wrapped keys of subjects."""

from __future__ import annotations

from fairsignal.adapters.keys.epoch_keys import RingEpochKeys
from fairsignal.adapters.keys.key_ring import KeyRing
from fairsignal.adapters.keys.settings import load_signer, open_keeper_keys
from fairsignal.adapters.keys.subject_key import load_or_create_recovery_file

__all__ = ["KeyRing", "RingEpochKeys", "load_or_create_recovery_file", "load_signer", "open_keeper_keys"]
