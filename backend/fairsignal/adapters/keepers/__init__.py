"""Keepers over HTTP."""

from fairsignal.adapters.keepers.deposits import SqliteDepositBox
from fairsignal.adapters.keepers.http import HttpKeeperClient
from fairsignal.adapters.keepers.keeper_set import KeeperSet
from fairsignal.adapters.keepers.rate_limit import MemoryRateLimit
from fairsignal.adapters.keepers.request_log import SqliteRequestLog

__all__ = ["HttpKeeperClient", "KeeperSet", "MemoryRateLimit", "SqliteDepositBox", "SqliteRequestLog"]
