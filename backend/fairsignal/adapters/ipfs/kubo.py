"""A Kubo daemon as blob store, over its RPC API (https://docs.ipfs.tech/reference/kubo/rpc/) with ipfshttpclient.

What comes back is verified against the CID every time: the address may be a gateway's, and a gateway may lie.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, TypeVar

import requests
import urllib3

from fairsignal.adapters.ipfs.address import parse_address
from fairsignal.adapters.ipfs.kubo_calls import (
    error_of_daemon,
    is_pinned,
    own_addresses,
    remove,
    remove_blocks,
    swarm_connect,
)
from fairsignal.adapters.ipfs.tree import assemble
from fairsignal.adapters.ipfs.uninterrupted import uninterrupted
from fairsignal.adapters.ipfs.verify import state_of, verified
from fairsignal.domain.cid import CHUNK, MAX_LINKS, build, cid_of, parse, verify_block
from fairsignal.domain.errors import BadInput, IntegrityError, NotFound, Unavailable
from fairsignal.ports import ReplicaState

# The library's own switch, read at import: without it, it patches requests in a way that today's urllib3 warns about.
os.environ.setdefault("PY_IPFS_HTTP_CLIENT_PATCH_REQUESTS", "no")
import ipfshttpclient  # type: ignore[import-untyped]
from ipfshttpclient import exceptions

__all__ = ["KuboBlobStore"]

_Result = TypeVar("_Result")

_WORKERS = 4
_ATTEMPTS = 3
_FIRST_PAUSE = 0.1
"""Seconds before the second attempt; doubled for each further one."""
_READ_SIZE = 256 * 1024
_TRANSPORT_ERRORS = (requests.RequestException, urllib3.exceptions.HTTPError)
"""What comes through untranslated by ipfshttpclient while a body is read."""
_ADD_OPTIONS = {
    "cid-version": "1",
    "raw-leaves": "true",
    "chunker": f"size-{CHUNK}",
    # Given although it is the default: a daemon's Import.* settings may say otherwise.
    "max-file-links": str(MAX_LINKS),
    "pin": "true",
}


class KuboBlobStore:
    """``ports.Replica`` on a Kubo daemon, and what others may fetch from it.

    The client library blocks, so it runs in a few threads of its own, each with its own HTTP session. Connection
    errors are retried (every call here can be repeated); a time-out is not.

    Args:
        address: multiaddr or URL of the RPC API.
        timeout: for one call, from connecting to the last byte.
        max_bytes: a longer answer to ``get`` is cut off and refused.
    """

    name = "kubo"
    pulls = False

    def __init__(self, address: str, *, timeout: timedelta, max_bytes: int = 256 * 1024 * 1024) -> None:
        self._address = parse_address(address)
        self._seconds = timeout.total_seconds()
        self._max_bytes = max_bytes
        self._local = threading.local()
        self._clients: list[Any] = []
        self._pool = ThreadPoolExecutor(max_workers=_WORKERS, thread_name_prefix="kubo")

    def __repr__(self) -> str:
        return f"KuboBlobStore({self._address.multiaddr!r})"

    async def put(self, data: bytes) -> str:
        cid = await self._call(lambda client: client.add_bytes(data, opts=_ADD_OPTIONS))
        if cid != cid_of(data):
            raise IntegrityError(
                "The IPFS daemon filed the bytes under another CID than theirs.",
                remedy="Check the daemon's address, and that `ipfs config Import` has no settings of its own.",
                code="cid-mismatch",
            )
        return str(cid)

    async def get(self, cid: str) -> bytes:
        parse(cid)
        data = await self._call(lambda client: self._read(client, "cat", cid))
        return await asyncio.to_thread(verified, cid, data, self.name)

    async def has(self, cid: str) -> bool:
        parse(cid)
        return await self._call(lambda client: is_pinned(client, cid))

    async def delete(self, cid: str) -> bool:
        parse(cid)
        return await self._call(lambda client: remove(client, cid))

    async def state(self, cid: str) -> ReplicaState:
        parse(cid)
        return await state_of(self.name, self._own_copy(cid))

    async def replace(self, data: bytes) -> str:
        # The daemon does not write a block that it believes to have, however damaged.
        cid, blocks = await asyncio.to_thread(build, data)
        await self._call(lambda client: remove_blocks(client, cid, [block.cid for block in blocks]))
        return await self.put(data)

    async def addresses(self) -> list[str]:
        """Multiaddrs under which others may fetch from this daemon; none when it is offline."""
        return await self._call(own_addresses)

    async def connect(self, addresses: Sequence[str]) -> None:
        """Dial peers; those that cannot be reached are left out, as the rest of the network may do as well."""
        await self._call(lambda client: swarm_connect(client, addresses))

    async def close(self) -> None:
        """Wait for calls under way and close their connections."""
        await asyncio.to_thread(self._pool.shutdown)
        while self._clients:
            self._clients.pop().close()

    async def _own_copy(self, cid: str) -> None:
        """Read what is on the daemon's own disk, block by block, so that a damaged node is told from a missing one."""

        async def fetch(cids: Sequence[str]) -> list[bytes]:
            return await self._call(lambda client: [self._read_block(client, name) for name in cids])

        if not await self.has(cid):
            raise NotFound("The IPFS daemon does not pin this blob.", code="no-such-blob")
        data = await assemble(cid, fetch, max_bytes=self._max_bytes)
        await asyncio.to_thread(verified, cid, data, self.name)

    def _read_block(self, client: Any, cid: str) -> bytes:
        data = self._read(client, "block/get", cid, offline=True)
        verify_block(cid, data)
        return data

    def _read(self, client: Any, command: str, cid: str, *, offline: bool = False) -> bytes:
        deadline = time.monotonic() + self._seconds
        # Not `client.cat`: even when asked to stream, it takes in the whole answer first when the server gives no
        # length, however long it is. `read1` returns what has come, so that neither a flood nor a drip gets through.
        # The option ends the daemon's own search in the network.
        closables, _ = client._client._request(
            "POST",
            command,
            [("timeout", f"{self._seconds:.3f}s"), ("offline", "true" if offline else "false"), ("arg", cid)],
            auth=None,
            data=None,
            headers=None,
            timeout=None,
            chunk_size=None,
        )
        response = closables[0]
        received = bytearray()
        try:
            while chunk := response.raw.read1(_READ_SIZE):
                received += chunk
                if len(received) > self._max_bytes:
                    raise IntegrityError(
                        f"The IPFS daemon sent more than {self._max_bytes} bytes for {cid}.",
                        remedy="Fetch the blob from another store.",
                        code="cid-mismatch",
                    )
                if time.monotonic() > deadline:
                    raise self._timed_out()
        finally:
            response.close()
        return bytes(received)

    async def _call(self, action: Callable[[Any], _Result]) -> _Result:
        loop = asyncio.get_running_loop()
        return await uninterrupted(loop.run_in_executor(self._pool, self._translated, action))

    def _translated(self, action: Callable[[Any], _Result]) -> _Result:
        try:
            return self._with_retries(action)
        except (exceptions.TimeoutError, requests.Timeout, urllib3.exceptions.TimeoutError) as error:
            raise self._timed_out() from error
        except exceptions.ErrorResponse as error:
            raise error_of_daemon(error) from error
        # The last two: something answers, but not as a daemon would, which the library meets unprepared.
        except (*_TRANSPORT_ERRORS, exceptions.Error, KeyError, AssertionError) as error:
            raise Unavailable(
                f"No IPFS daemon answers at {self._address.multiaddr}.",
                remedy="Start it with `ipfs daemon`, or unset FAIRSIGNAL_IPFS_API to use the embedded store.",
                code="ipfs-unavailable",
            ) from error

    def _with_retries(self, action: Callable[[Any], _Result]) -> _Result:
        client = self._client()
        for attempt in range(1, _ATTEMPTS):
            try:
                return action(client)
            except (exceptions.TimeoutError, requests.Timeout, urllib3.exceptions.TimeoutError):
                raise
            except (exceptions.ConnectionError, exceptions.ProtocolError, *_TRANSPORT_ERRORS):
                time.sleep(_FIRST_PAUSE * 2 ** (attempt - 1))
        return action(client)

    def _client(self) -> Any:
        """This thread's client.

        Made without ``ipfshttpclient.connect``, whose only extra is to warn that daemons of today are newer than it.
        """
        if not hasattr(self._local, "client"):
            try:
                self._local.client = ipfshttpclient.Client(
                    self._address.multiaddr, auth=self._address.auth, timeout=self._seconds + 0.5, session=True
                )
            except exceptions.AddressError as error:
                raise BadInput(
                    "The multiaddr of the IPFS daemon is malformed.",
                    remedy="Set FAIRSIGNAL_IPFS_API like /ip4/127.0.0.1/tcp/5001 or http://127.0.0.1:5001.",
                    code="bad-ipfs-api",
                ) from error
            self._clients.append(self._local.client)
        return self._local.client

    def _timed_out(self) -> Unavailable:
        return Unavailable(
            f"The IPFS daemon did not answer within {self._seconds:g} s.",
            remedy="Try again, or raise FAIRSIGNAL_REQUEST_TIMEOUT.",
            code="ipfs-timeout",
        )
