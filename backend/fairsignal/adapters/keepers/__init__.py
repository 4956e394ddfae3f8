"""Keepers over HTTP."""

from fairsignal.adapters.keepers.http import HttpKeeperClient

__all__ = ["HttpKeeperClient"]
