"""``ports.KeeperClient`` over HTTP: requests go out as JSON, problems come back as our errors."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
from pydantic_core import from_json, to_json

from fairsignal.domain.errors import BadInput, FairsignalError, Refused, Unavailable
from fairsignal.domain.hpke import KEY_BYTES, OVERHEAD
from fairsignal.domain.release import ItemResult
from fairsignal.domain.shamir import SCALAR_BYTES
from fairsignal.ports import ErasedAnswer, KeeperInfo, ReleaseAnswer, ReleaseRequest, SettlementRequest

__all__ = ["HttpKeeperClient"]


_JSON = {"Content-Type": "application/json"}
_SECONDS = 15.0
_SETTLEMENT_SECONDS = 1_800.0
"""A keeper checks every use of an epoch before it signs: about a minute per million."""
_LONGEST = 2 << 20
"""Bytes; an answer about a thousand uses has a quarter of it."""
_SIGNATURE_BYTES = 65
_SEALED_SHARE_BYTES = SCALAR_BYTES + OVERHEAD


class HttpKeeperClient:
    """One keeper at ``url``, through a shared connection pool."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._url = url
        self._http = http

    @property
    def url(self) -> str:
        return self._url

    async def _call(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, seconds: float = _SECONDS
    ) -> dict[str, Any]:
        content, headers = (None, None) if body is None else (to_json(body), _JSON)
        try:
            # Over all: a keeper that drips would never run into time-outs per read.
            async with (
                asyncio.timeout(seconds),
                self._http.request(
                    method,
                    self._url + path,
                    data=content,
                    headers=headers,
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(total=seconds),
                ) as answer,
            ):
                document = from_json(await _read(answer))
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise self._unusable() from error
        if not isinstance(document, dict):
            raise self._unusable()
        if answer.status < 300:
            return document
        raise _error(answer.status, document)

    def _unusable(self) -> Unavailable:
        return Unavailable(
            f"The keeper at {self._url} did not answer, or not as a keeper does.",
            remedy="Check that it runs; any quorum of the others serves.",
            code="keeper-unavailable",
        )

    def _bytes(self, document: dict[str, Any], field: str, length: int) -> bytes:
        try:
            value = bytes.fromhex(document[field].removeprefix("0x"))
        except (KeyError, AttributeError, TypeError, ValueError) as error:
            raise self._unusable() from error
        if len(value) != length:
            raise self._unusable()
        return value

    def _integer(self, document: dict[str, Any], field: str) -> int:
        value = document.get(field)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 40:
            raise self._unusable()
        return value

    def _text(self, document: dict[str, Any], field: str) -> str:
        value = document.get(field)
        if not isinstance(value, str):
            raise self._unusable()
        return value

    async def info(self) -> KeeperInfo:
        document = await self._call("GET", "/v1/keeper")
        return KeeperInfo(
            address=self._text(document, "address"),
            url=self._url,
            hpke_key=self._bytes(document, "hpke_key", KEY_BYTES),
            expires_at=self._integer(document, "expires_at"),
            signature=self._bytes(document, "signature", _SIGNATURE_BYTES),
        )

    async def deposit(self, manifest: bytes, sealed_shares: bytes, keeper_index: int, signature: bytes) -> None:
        body = {
            "manifest": "0x" + manifest.hex(),
            "sealed_shares": "0x" + sealed_shares.hex(),
            "index": keeper_index,
            "signature": "0x" + signature.hex(),
        }
        await self._call("POST", "/v1/deposits", body)

    async def release(self, request: ReleaseRequest) -> ReleaseAnswer:
        document = await self._call("POST", "/v1/release", request.as_json())
        results = document.get("results")
        if not isinstance(results, list) or not all(isinstance(result, dict) for result in results):
            raise self._unusable()
        return ReleaseAnswer(
            results=tuple(self._result(result) for result in results),
            released_at=self._integer(document, "released_at"),
            receipt=self._bytes(document, "receipt", _SIGNATURE_BYTES),
        )

    def _result(self, result: dict[str, Any]) -> ItemResult:
        return ItemResult(
            digest=self._bytes(result, "digest", 32),
            share=None if result.get("share") is None else self._bytes(result, "share", _SEALED_SHARE_BYTES),
            refused=self._text(result, "refused"),
            detail=self._text(result, "detail"),
        )

    async def sign_settlement(self, request: SettlementRequest) -> bytes:
        document = await self._call("POST", "/v1/settlements", request.as_json(), seconds=_SETTLEMENT_SECONDS)
        return self._bytes(document, "signature", _SIGNATURE_BYTES)

    async def erase(self, operator: str, subject: str, signature: bytes) -> ErasedAnswer:
        body = {"operator": operator, "subject": subject, "signature": "0x" + signature.hex()}
        document = await self._call("POST", "/v1/erasures", body)
        return ErasedAnswer(self._integer(document, "erased_at"), self._bytes(document, "receipt", _SIGNATURE_BYTES))


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    """The whole body, if it is no longer than an answer can be."""
    content = bytearray()
    async for chunk in answer.content.iter_any():
        content += chunk
        if len(content) > _LONGEST:
            raise ValueError("too long")
    return bytes(content)


def _error(status: int, problem: dict[str, Any]) -> FairsignalError:
    kind: type[FairsignalError] = Unavailable if status >= 500 else BadInput if status == 422 else Refused
    return kind(
        str(problem.get("detail", "The keeper refused.")),
        remedy=str(problem.get("remedy", "")),
        code=str(problem.get("code", "keeper-refused")),
    )
