"""Keepers over HTTP."""

from fairsignal.adapters.keepers.deposits import SqliteDepositBox
from fairsignal.adapters.keepers.http import HttpKeeperClient
from fairsignal.adapters.keepers.keeper_set import KeeperSet
from fairsignal.adapters.keepers.request_log import SqliteRequestLog

__all__ = ["HttpKeeperClient", "KeeperSet", "SqliteDepositBox", "SqliteRequestLog"]
