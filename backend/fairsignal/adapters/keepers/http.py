"""``ports.KeeperClient`` over HTTP: requests go out as JSON, problems come back as our errors."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from fairsignal.domain.errors import BadInput, FairsignalError, Refused, Unavailable
from fairsignal.ports import KeeperInfo, ReleaseRequest

__all__ = ["HttpKeeperClient"]


_SECONDS = 15.0


class HttpKeeperClient:
    """One keeper at ``url``, through a shared connection pool."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self._url = url
        self._http = http

    @property
    def url(self) -> str:
        return self._url

    async def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            # httpx's time-outs are per read: a keeper that drips would never run into them.
            async with asyncio.timeout(_SECONDS):
                answer = await self._http.request(method, self._url + path, json=body)
            document = answer.json()
        except (httpx.HTTPError, TimeoutError, ValueError) as error:
            raise self._unusable() from error
        if not isinstance(document, dict):
            raise self._unusable()
        if answer.is_success:
            return document
        raise _error(answer.status_code, document)

    def _unusable(self) -> Unavailable:
        return Unavailable(
            f"The keeper at {self._url} did not answer, or not as a keeper does.",
            remedy="Check that it runs; any quorum of the others serves.",
            code="keeper-unavailable",
        )

    def _bytes(self, document: dict[str, Any], field: str) -> bytes:
        try:
            return bytes.fromhex(document[field].removeprefix("0x"))
        except (KeyError, AttributeError, ValueError) as error:
            raise self._unusable() from error

    async def info(self) -> KeeperInfo:
        document = await self._call("GET", "/v1/keeper")
        return KeeperInfo(
            address=str(document.get("address")),
            url=self._url,
            hpke_key=self._bytes(document, "hpke_key"),
            signature=self._bytes(document, "signature"),
        )

    async def deposit(self, manifest: bytes, sealed_shares: bytes, keeper_index: int, signature: bytes) -> None:
        body = {
            "manifest": "0x" + manifest.hex(),
            "sealed_shares": "0x" + sealed_shares.hex(),
            "index": keeper_index,
            "signature": "0x" + signature.hex(),
        }
        await self._call("POST", "/v1/deposits", body)

    async def release(self, request: ReleaseRequest) -> bytes:
        body = {
            "terms": request.terms.as_json(),
            "subject": request.subject,
            "category": request.category,
            "nonce": str(request.nonce),
            "expires_at": request.expires_at,
            "signature": "0x" + request.signature.hex(),
        }
        document = await self._call("POST", "/v1/release", body)
        return self._bytes(document, "share")


def _error(status: int, problem: dict[str, Any]) -> FairsignalError:
    kind: type[FairsignalError] = Unavailable if status >= 500 else BadInput if status == 422 else Refused
    return kind(
        str(problem.get("detail", "The keeper refused.")),
        remedy=str(problem.get("remedy", "")),
        code=str(problem.get("code", "keeper-refused")),
    )
