"""A pinning service as replica: it fetches what it is asked to keep, and is read through a gateway.

The service is sent no bytes. It pulls them from the ``origins`` it is told, which is why it comes after the replicas
that can be such an origin.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from fairsignal.adapters.ipfs.gateway import TrustlessGateway
from fairsignal.adapters.ipfs.pinning_api import Pin, PinningApi
from fairsignal.adapters.ipfs.uninterrupted import uninterrupted
from fairsignal.adapters.ipfs.verify import state_of
from fairsignal.domain.cid import cid_of, parse
from fairsignal.domain.errors import FairsignalError, Unavailable
from fairsignal.ports import ReplicaState

__all__ = ["PinningBlobStore", "Provider"]

_NAME = "fairsignal"
"""What the pins are called at the service."""
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0
"""Seconds between two questions for a pin's status."""


class Provider(Protocol):
    """Our own IPFS node, from which the service fetches."""

    async def addresses(self) -> list[str]:
        """Multiaddrs to fetch from."""

    async def connect(self, addresses: Sequence[str]) -> None:
        """Dial the peers that are about to fetch, which helps when they cannot dial us."""


class PinningBlobStore:
    """``ports.Replica`` at an IPFS pinning service.

    Args:
        gateway: where to read; without one, ``get`` says so and ``state`` takes the service's word.
        origins: multiaddrs to fetch from; empty: the provider's own.
        provider: our node, if there is one.
        patience: how long ``put`` waits for a pin to be made.
    """

    name = "pinning"
    pulls = True

    def __init__(
        self,
        api: PinningApi,
        gateway: TrustlessGateway | None,
        *,
        origins: Sequence[str] = (),
        provider: Provider | None = None,
        patience: timedelta = timedelta(minutes=2),
    ) -> None:
        self._api = api
        self._gateway = gateway
        self._origins = tuple(origins)
        self._provider = provider
        self._patience = patience.total_seconds()

    async def put(self, data: bytes) -> str:
        """As the port says; the bytes must be at an origin already.

        Raises:
            Unavailable: also when the pin is not made in time (``pin-pending``: it may still be) or failed
                (``pin-failed``).
        """
        cid = await asyncio.to_thread(cid_of, data)
        pending = None
        for pin in await self._api.requests(cid):
            if pin.status == "pinned":
                return cid
            if pin.status == "failed":
                await self._api.remove(pin.requestid)
            else:
                pending = pin
        if pending is None:
            origins = await self._fetch_from()
            # To the end: a request that was sent may be granted, and who deletes next must find it.
            pending = await uninterrupted(self._api.add(cid, _NAME, origins))
        if self._provider is not None and pending.status in ("queued", "pinning") and pending.delegates:
            with contextlib.suppress(FairsignalError):
                await self._provider.connect(pending.delegates)
        await self._wait_for(pending)
        return cid

    async def get(self, cid: str) -> bytes:
        parse(cid)
        if self._gateway is None:
            raise Unavailable(
                "Blobs at the pinning service cannot be read without a gateway.",
                remedy="Set FAIRSIGNAL_PINNING_GATEWAY to a trustless IPFS gateway.",
                code="no-gateway",
            )
        return await self._gateway.get(cid, self.name)

    async def has(self, cid: str) -> bool:
        parse(cid)
        return any(pin.status == "pinned" for pin in await self._api.requests(cid))

    async def delete(self, cid: str) -> bool:
        """Remove all requests for it, also those that are not pinned yet."""
        parse(cid)
        removed = False
        for pin in await self._api.requests(cid):
            removed |= await self._api.remove(pin.requestid)
        return removed

    async def state(self, cid: str) -> ReplicaState:
        parse(cid)
        try:
            statuses = {pin.status for pin in await self._api.requests(cid)}
        except Unavailable as error:
            return ReplicaState(self.name, "unreachable", error.message)
        if "pinned" not in statuses:
            return ReplicaState(self.name, "missing", f"its pin is {statuses.pop()}" if statuses else "")
        if self._gateway is None:
            return ReplicaState(self.name, "present", "by the service's word: FAIRSIGNAL_PINNING_GATEWAY is not set")
        return await state_of(self.name, self.get(cid))

    async def replace(self, data: bytes) -> str:
        cid = await asyncio.to_thread(cid_of, data)
        await self.delete(cid)
        return await self.put(data)

    async def close(self) -> None:
        await self._api.close()
        if self._gateway is not None:
            await self._gateway.close()

    async def _fetch_from(self) -> Sequence[str]:
        if self._origins or self._provider is None:
            return self._origins
        try:
            return await self._provider.addresses()
        except FairsignalError:
            return ()  # a hint: the service may find the data without it

    async def _wait_for(self, pin: Pin) -> None:
        deadline, pause = time.monotonic() + self._patience, _FIRST_PAUSE
        current: Pin | None = pin
        while current is not None and current.status != "pinned":
            if current.status == "failed":
                raise Unavailable(
                    "The pinning service could not pin the blob.",
                    remedy="Check that it can reach our IPFS node (FAIRSIGNAL_PINNING_ORIGINS), and heal.",
                    code="pin-failed",
                )
            if time.monotonic() + pause > deadline:
                raise Unavailable(
                    f"The pinning service has not pinned the blob within {self._patience:g} s: it is {current.status}.",
                    remedy="It may still do so: check with `fairsignal storage verify`.",
                    code="pin-pending",
                )
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)
            current = await self._api.status(pin.requestid)
        if current is None:
            raise Unavailable(
                "The pin was removed from the pinning service while it was being made.",
                remedy="Nothing, if the blob was erased; else heal with `fairsignal storage verify --heal`.",
                code="pin-removed",
            )
