"""The operator's view of the keepers, wired."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from contextlib import AsyncExitStack

import aiohttp

from fairsignal.adapters.chain import Web3ChainReader, recover_typed
from fairsignal.adapters.clock import SystemClock
from fairsignal.adapters.keepers import HttpKeeperClient, KeeperSet
from fairsignal.bootstrap.chain import ServerChain
from fairsignal.config import Settings
from fairsignal.domain.errors import BadInput, Unavailable
from fairsignal.ports import KeeperClient

__all__ = ["open_keeper_set"]


async def open_keeper_set(settings: Settings, chain: ServerChain, resources: AsyncExitStack) -> KeeperSet:
    """Raises:
    BadInput: the chain names another number of keepers, or another threshold.
    """
    http = await resources.enter_async_context(aiohttp.ClientSession())
    keepers = KeeperSet(
        await _members(chain.reader, [HttpKeeperClient(url, http) for url in settings.keeper_urls], settings),
        chain_id=chain.deployment.chain_id,
        registry=chain.deployment.profile_registry,
        memory=settings.data_dir / "keepers.json",
        clock=SystemClock(),
        recover=recover_typed,
    )
    with contextlib.suppress(Unavailable):  # whoever is down now is asked again before anything is sealed
        await keepers.introduced()
    return keepers


async def _members(
    reader: Web3ChainReader, clients: Sequence[KeeperClient], settings: Settings
) -> list[tuple[str, KeeperClient]]:
    """The keepers must be as many as the chain names, in its order; each proves later which of them it is."""
    if not clients:
        return []
    if settings.keeper_threshold > len(clients):
        raise BadInput(
            f"FAIRSIGNAL_KEEPER_THRESHOLD is {settings.keeper_threshold}, but there are {len(clients)} keepers.",
            remedy="Lower it, or name more keepers in FAIRSIGNAL_KEEPER_URLS.",
            code="bad-setting",
        )
    addresses, needed = await reader.keepers()
    if len(addresses) != len(clients) or needed != settings.keeper_threshold:
        raise BadInput(
            f"The chain names {len(addresses)} keepers of which {needed} are needed; the settings name another number, "
            "or another threshold.",
            remedy="Set FAIRSIGNAL_KEEPER_URLS and FAIRSIGNAL_KEEPER_THRESHOLD as OperatorRegistry.keepers() says.",
            code="keepers-not-on-chain",
        )
    return list(zip(addresses, clients, strict=True))
