"""``ports.KeeperClient`` over HTTP: requests go out as JSON, problems come back as our errors."""

from __future__ import annotations

from typing import Any

import httpx

from fairsignal.domain.errors import FairsignalError, Refused, Unavailable
from fairsignal.ports import KeeperInfo, ReleaseRequest

__all__ = ["HttpKeeperClient"]


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
            answer = await self._http.request(method, self._url + path, json=body)
            document = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise Unavailable(
                f"The keeper at {self._url} did not answer.", remedy="Check that it runs.", code="keeper-unavailable"
            ) from error
        if answer.is_success:
            return dict(document)
        raise _error(answer.status_code, document)

    async def info(self) -> KeeperInfo:
        document = await self._call("GET", "/v1/keeper")
        return KeeperInfo(
            address=document["address"],
            url=self._url,
            hpke_key=bytes.fromhex(document["hpke_key"][2:]),
            signature=bytes.fromhex(document["signature"][2:]),
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
        return bytes.fromhex(document["share"][2:])


def _error(status: int, problem: dict[str, Any]) -> FairsignalError:
    kind = Unavailable if status >= 500 else Refused
    return kind(
        str(problem.get("detail", "The keeper refused.")),
        remedy=str(problem.get("remedy", "")),
        code=str(problem.get("code", "keeper-refused")),
    )
