"""The backend's API from the command line; problems come back as the errors they started as."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import httpx

from fairsignal.domain.errors import BadInput, Conflict, FairsignalError, NotFound, Refused, Unavailable

__all__ = ["ApiClient"]

_KINDS: dict[int, type[FairsignalError]] = {403: Refused, 404: NotFound, 409: Conflict}


class ApiClient:
    """JSON over HTTP to one backend."""

    def __init__(self, url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """
        Args:
            transport: another way there than the network.
        """
        self._http = httpx.AsyncClient(base_url=url, timeout=60, transport=transport)
        self._url = url

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def get(self, path: str, **headers: str) -> dict[str, Any]:
        """GET -> the JSON document."""
        return await self._call("GET", path, None, headers)

    async def get_bytes(self, path: str) -> bytes:
        """GET -> the bytes, whatever they are; who asked verifies them."""
        try:
            answer = await self._http.get(path)
        except httpx.HTTPError as error:
            raise self._silent() from error
        if not answer.is_success:
            raise _error(answer)
        return answer.content

    async def post(self, path: str, body: dict[str, Any], **headers: str) -> dict[str, Any]:
        """POST -> the JSON document.

        Raises:
            FairsignalError: what the problem said, with its code.
        """
        return await self._call("POST", path, body, headers)

    async def _call(
        self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str]
    ) -> dict[str, Any]:
        try:
            answer = await self._http.request(method, path, json=body, headers=headers)
        except httpx.HTTPError as error:
            raise self._silent() from error
        if not answer.is_success:
            raise _error(answer)
        document: dict[str, Any] = answer.json()
        return document

    def _silent(self) -> Unavailable:
        return Unavailable(f"The backend at {self._url} did not answer.", remedy="Start it with `fairsignal serve`.")


def _error(answer: httpx.Response) -> FairsignalError:
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    kind = _KINDS.get(answer.status_code, Unavailable if answer.status_code >= 500 else BadInput)
    return kind(
        str(problem.get("detail", f"HTTP {answer.status_code}")),
        remedy=str(problem.get("remedy", "")),
        code=str(problem.get("code", "error")),
    )
