"""The unit of work: one transaction over all repositories."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from fairsignal.ports.access import ApiKeys, Nonces, Sessions
from fairsignal.ports.catalogue import CatalogueDays, RefusalCounts
from fairsignal.ports.confirmations import Confirmations
from fairsignal.ports.erasures import Erasures
from fairsignal.ports.holdings import Holdings
from fairsignal.ports.profiles import Profiles
from fairsignal.ports.use_history import UseHistory
from fairsignal.ports.use_log import Epochs, UseLog
from fairsignal.ports.uses import Uses, Vouchers

__all__ = ["UnitOfWork", "UnitOfWorkFactory"]


class UnitOfWork(Protocol):
    """One transaction: commits when its block ends without an error, else rolls back."""

    @property
    def profiles(self) -> Profiles: ...
    @property
    def vouchers(self) -> Vouchers: ...
    @property
    def uses(self) -> Uses: ...
    @property
    def erasures(self) -> Erasures: ...
    @property
    def use_log(self) -> UseLog: ...
    @property
    def epochs(self) -> Epochs: ...
    @property
    def nonces(self) -> Nonces: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def api_keys(self) -> ApiKeys: ...
    @property
    def holdings(self) -> Holdings: ...
    @property
    def confirmations(self) -> Confirmations: ...
    @property
    def use_history(self) -> UseHistory: ...
    @property
    def refusals(self) -> RefusalCounts: ...
    @property
    def catalogue(self) -> CatalogueDays: ...


class UnitOfWorkFactory(Protocol):
    def __call__(self) -> AbstractAsyncContextManager[UnitOfWork]: ...
