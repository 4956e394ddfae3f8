"""All keepers of a deployment, with the keys that they take shares under this week."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import structlog

from fairsignal.adapters.files import write_atomically
from fairsignal.domain.errors import BadInput, FairsignalError, Unavailable
from fairsignal.domain.keeper_messages import introduction_message
from fairsignal.ports import Clock, KeeperClient, KeeperInfo

__all__ = ["KeeperSet"]

log = structlog.get_logger(__name__)

_REFRESH = 3_600
"""Seconds for which an introduction is used without asking again."""


class KeeperSet:
    """``ports.KeeperDirectory``. What keepers said last is remembered in a file, so that one that is down now neither
    keeps the backend from starting nor goes without its share.

    Args:
        members: address as the chain names it, and client, in share order.
        memory: the file. It holds public keys with their signatures.
    """

    def __init__(
        self,
        members: Sequence[tuple[str, KeeperClient]],
        *,
        chain_id: int,
        registry: str,
        memory: Path,
        clock: Clock,
        recover: Callable[[dict[str, Any], bytes], str],
    ) -> None:
        self._members = tuple(members)
        self._chain_id, self._registry = chain_id, registry
        self._memory, self._clock, self._recover = memory, clock, recover
        self._known: dict[str, KeeperInfo] = {info.address: info for info in self._remembered()}
        self._asked_at = 0

    @property
    def clients(self) -> tuple[KeeperClient, ...]:
        return tuple(client for _, client in self._members)

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(address for address, _ in self._members)

    async def introduced(self) -> list[KeeperInfo]:
        now = self._clock.now()
        if now - self._asked_at >= _REFRESH or any(
            address not in self._known or self._known[address].expires_at <= now for address in self.addresses
        ):
            await self._ask_all()
            self._asked_at = now
        missing = [index for index, address in enumerate(self.addresses, start=1) if address not in self._known]
        if missing:
            raise Unavailable(
                f"Keepers {', '.join(map(str, missing))} never said which key to seal their shares to.",
                remedy="Start them once; they may be down later.",
                code="keeper-unavailable",
            )
        return [self._known[address] for address in self.addresses]

    async def _ask_all(self) -> None:
        answers = await asyncio.gather(*(self._introduction(*member) for member in self._members))
        fresh = {info.address: info for info in answers if info is not None}
        if any(self._known.get(address) != info for address, info in fresh.items()):
            self._known |= fresh
            self._remember()

    async def _introduction(self, address: str, client: KeeperClient) -> KeeperInfo | None:
        try:
            info = await client.info()
            if self._is_proven(info, address):
                return info
        except FairsignalError as error:
            log.warning("keeper not introduced", keeper=address, code=error.code)
            return None
        if not self._is_proven(info, info.address):
            log.warning("keeper not introduced", keeper=address, code="keeper-unproven")
            return None
        raise BadInput(
            f"The keeper at {client.url} is {info.address}, where the chain of {len(self._members)} keepers names "
            f"{address}.",
            remedy="Set FAIRSIGNAL_KEEPER_URLS in the order of OperatorRegistry.keepers().",
            code="keepers-not-on-chain",
        )

    def _is_proven(self, info: KeeperInfo, address: str) -> bool:
        """The HPKE key is signed by the chain key, so that nobody slips in one of its own."""
        message = introduction_message(self._chain_id, self._registry, info.hpke_key, info.expires_at)
        try:
            return info.address == address and self._recover(message, info.signature) == address
        except FairsignalError:
            return False

    def _remembered(self) -> list[KeeperInfo]:
        try:
            document = json.loads(self._memory.read_text("utf-8"))
            infos = [
                KeeperInfo(
                    address=entry["address"],
                    url="",
                    hpke_key=bytes.fromhex(entry["hpke_key"]),
                    expires_at=int(entry["expires_at"]),
                    signature=bytes.fromhex(entry["signature"]),
                )
                for entry in document
            ]
            return [info for info in infos if self._is_proven(info, info.address)]
        except (OSError, ValueError, KeyError, TypeError, FairsignalError):
            return []  # asked again; nothing rests on the file

    def _remember(self) -> None:
        document = [
            {
                "address": info.address,
                "hpke_key": info.hpke_key.hex(),
                "expires_at": info.expires_at,
                "signature": info.signature.hex(),
            }
            for info in self._known.values()
        ]
        try:
            self._memory.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._memory, json.dumps(document, indent=1).encode(), scratch=self._memory.parent)
        except OSError as error:
            log.warning("keepers' keys not remembered", code=type(error).__name__)
