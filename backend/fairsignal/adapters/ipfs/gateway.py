"""A trustless IPFS gateway (https://specs.ipfs.tech/http-gateways/trustless-gateway/): raw blocks, each verified."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from fairsignal.adapters.ipfs.http import BoundedHttp
from fairsignal.adapters.ipfs.tree import MAX_BLOB, assemble
from fairsignal.adapters.ipfs.verify import verified
from fairsignal.domain.cid import CHUNK, verify_block
from fairsignal.domain.errors import BadInput, IntegrityError, NotFound

__all__ = ["TrustlessGateway"]

_PARALLEL = 8
"""Blocks in flight."""
_MAX_BLOCK = CHUNK
"""Bytes: no leaf and no inner node of ours is larger."""


class TrustlessGateway:
    """Reads blobs by ``GET {url}/ipfs/{cid}?format=raw``. It may lie: it is not believed.

    Args:
        timeout: of one block.
    """

    def __init__(self, url: str, *, timeout: timedelta, max_bytes: int = MAX_BLOB) -> None:
        self._http = BoundedHttp(url, service="The IPFS gateway", setting="FAIRSIGNAL_PINNING_GATEWAY", timeout=timeout)
        self._max_bytes = max_bytes

    async def get(self, cid: str, store: str) -> bytes:
        """The blob's bytes, verified.

        Args:
            store: whose copy it is, for errors.

        Raises:
            NotFound, IntegrityError, Unavailable: as ``BlobStore.get``.
        """
        room = asyncio.Semaphore(_PARALLEL)

        async def block(name: str) -> bytes:
            async with room:
                return await self._block(name)

        async def fetch(cids: Sequence[str]) -> list[bytes]:
            try:
                async with asyncio.TaskGroup() as group:
                    tasks = [group.create_task(block(name)) for name in cids]
            except BaseExceptionGroup as failed:
                raise failed.exceptions[0] from failed
            return [task.result() for task in tasks]

        try:
            data = await assemble(cid, fetch, max_bytes=self._max_bytes)
        except BadInput as error:  # the blocks are those that the CID names, but no store of ours made them
            raise IntegrityError(error.message, remedy=error.remedy, code="cid-mismatch") from error
        return await asyncio.to_thread(verified, cid, data, store)

    async def close(self) -> None:
        await self._http.close()

    async def _block(self, cid: str) -> bytes:
        answer = await self._http.request(
            "GET",
            f"/ipfs/{cid}",
            params={"format": "raw"},
            accept="application/vnd.ipld.raw",
            max_bytes=_MAX_BLOCK,
        )
        if answer.status in (404, 410):
            raise NotFound(
                "The IPFS gateway does not have this blob.",
                remedy="Fetch it from another store, or pin it again with `fairsignal storage verify --heal`.",
                code="no-such-blob",
            )
        if answer.status != 200:
            raise self._http.failed(
                f"answered with HTTP status {answer.status}",
                remedy="Name a trustless path gateway in FAIRSIGNAL_PINNING_GATEWAY: redirects are not followed.",
            )
        verify_block(cid, answer.body)
        return answer.body
