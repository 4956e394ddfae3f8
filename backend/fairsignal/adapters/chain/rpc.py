"""One connection to a node: time-outs, batches, and errors translated to ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import aiohttp
from web3 import AsyncHTTPProvider, AsyncWeb3
from web3.exceptions import Web3Exception
from web3.types import RPCEndpoint

from fairsignal.adapters.chain.contracts import error_name
from fairsignal.adapters.chain.exchange import Call, Exchange
from fairsignal.domain.errors import ChainMismatch, Refused, Unavailable

__all__ = ["Call", "Rpc", "RpcError", "connect"]

_IDLE_SECONDS = 15.0
"""After which an unused connection is closed, before nodes do."""
_JSON = {"Content-Type": "application/json"}
_REMEDY = "Check FAIRSIGNAL_RPC_URL and that the node runs."


class RpcError(Unavailable):
    """The node answered a request with an error."""

    code = "rpc-error"


def _raise_or_result(answer: Mapping[str, Any]) -> Any:
    problem: Any = answer.get("error")
    if problem is None:
        return answer["result"]
    message = str(problem.get("message", "error"))
    raw: Any = problem.get("data")
    if isinstance(raw, dict):
        raw = raw.get("data")
    data = bytes.fromhex(raw[2:]) if isinstance(raw, str) and raw.startswith("0x") else b""
    if data or "revert" in message:
        name, fields = error_name(data)
        said = ", ".join(f"{key} {_shown(value)}" for key, value in fields.items())
        raise Refused(f"The contract refused: {name.replace('-', ' ')}{f' ({said})' if said else ''}.", code=name)
    raise RpcError(f"The node answered: {message}.", remedy="Check the sender's balance and the node's log.")


def _shown(value: Any) -> str:
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)


class Rpc:
    """JSON-RPC to one node over HTTP, through web3.py's provider."""

    def __init__(self, url: str, *, timeout: float = 10.0) -> None:
        self.url = url
        provider = AsyncHTTPProvider(
            url,
            request_kwargs={"timeout": aiohttp.ClientTimeout(total=timeout)},
            exception_retry_configuration=None,
        )
        self.w3: AsyncWeb3[AsyncHTTPProvider] = AsyncWeb3(provider)
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._session: aiohttp.ClientSession | None = None
        self._exchange = Exchange(self._post)

    async def request(self, method: str, *params: Any) -> Any:
        """One request -> its result.

        Raises:
            Refused: a contract reverted; ``code`` is the kebab-case name of its custom error.
            Unavailable: no answer in time.
            RpcError: any other error the node named.
        """
        try:
            await self._keep_alive()
            answer = await self.w3.provider.make_request(RPCEndpoint(method), params)
        except (aiohttp.ClientError, TimeoutError, OSError, Web3Exception) as error:
            raise Unavailable(f"The node at {self.url} did not answer.", remedy=_REMEDY) from error
        return _raise_or_result(answer)

    async def batch(self, calls: Sequence[Call]) -> list[Any]:
        """Many requests in one round trip -> their results in order; the first error is raised."""
        if not calls:
            return []
        requests = [(RPCEndpoint(call.method), list(call.params)) for call in calls]
        try:
            await self._keep_alive()
            answers = await self.w3.provider.make_batch_request(requests)
        except (aiohttp.ClientError, TimeoutError, OSError, Web3Exception) as error:
            raise Unavailable(f"The node at {self.url} did not answer.", remedy=_REMEDY) from error
        if not isinstance(answers, list):
            return [_raise_or_result(answers)]
        ordered = sorted(answers, key=lambda answer: cast(int, answer["id"]))
        return [_raise_or_result(answer) for answer in ordered]

    async def exchange(self, calls: Sequence[Call]) -> list[Any]:
        """Like ``batch``, for what is asked all the time: see ``exchange``.

        Raises:
            See ``request``.
        """
        if not calls:
            return []
        try:
            answers = await self._exchange.ask(calls)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise Unavailable(f"The node at {self.url} did not answer.", remedy=_REMEDY) from error
        return [_raise_or_result(answer) for answer in answers]

    async def _post(self, body: bytes) -> bytes:
        session = await self._keep_alive()
        async with session.post(self.url, data=body, headers=_JSON, timeout=self._timeout) as answer:
            return await answer.read()

    async def _keep_alive(self) -> aiohttp.ClientSession:
        """Left to itself, web3.py connects anew for every request."""
        if self._session is None:
            connector = aiohttp.TCPConnector(keepalive_timeout=_IDLE_SECONDS)
            self._session = aiohttp.ClientSession(connector=connector)
            await self.w3.provider.cache_async_session(self._session)
        return self._session

    async def close(self) -> None:
        """Close pooled connections."""
        await self.w3.provider.disconnect()


async def connect(url: str, chain_id: int, contracts: Sequence[str] = (), *, seconds: float = 10.0) -> Rpc:
    """Connect and check that the node serves our chain, with our contracts on it.

    Args:
        contracts: addresses that must hold code.
        seconds: time-out of every call.

    Raises:
        Unavailable: the node does not answer.
        ChainMismatch: it serves another chain, or nothing is deployed at an address.
    """
    rpc = Rpc(url, timeout=seconds)
    try:
        await _check_chain(rpc, chain_id, contracts)
    except BaseException:
        await rpc.close()
        raise
    return rpc


async def _check_chain(rpc: Rpc, chain_id: int, contracts: Sequence[str]) -> None:
    found = int(await rpc.request("eth_chainId"), 16)
    if found != chain_id:
        raise ChainMismatch(
            f"The node at {rpc.url} serves chain {found}, but the deployment is on chain {chain_id}.",
            remedy="Point FAIRSIGNAL_RPC_URL or FAIRSIGNAL_DEPLOYMENT to the same chain.",
        )
    codes = await rpc.batch([Call("eth_getCode", [address, "latest"]) for address in contracts])
    for address, code in zip(contracts, codes, strict=True):
        if code == "0x":
            raise ChainMismatch(
                f"There is no contract at {address} on the node at {rpc.url}.",
                remedy="Deploy with `scripts/brownie.sh run deploy`, or name the right FAIRSIGNAL_DEPLOYMENT.",
            )
