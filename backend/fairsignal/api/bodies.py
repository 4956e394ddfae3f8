"""How much a request may bring."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from fairsignal.api.errors import body_too_large

__all__ = ["limit_bodies"]


def limit_bodies(app: FastAPI, limit: int, larger: Mapping[str, int] | None = None) -> None:
    """Refuse bodies that are declared larger than ``limit`` bytes, or that do not say how large they are.

    Args:
        larger: path -> its own limit, bytes.
    """
    app.add_middleware(_LimitBodies, limit=limit, larger=larger or {})


class _LimitBodies:
    """Plain ASGI: Starlette's decorator starts tasks for every request, half a millisecond of them."""

    def __init__(self, app: ASGIApp, limit: int, larger: Mapping[str, int]) -> None:
        self._app, self._limit, self._larger = app, limit, larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            length = headers.get("content-length")
            limit = self._larger.get(scope["path"], self._limit)
            chunked = "transfer-encoding" in headers
            if chunked or (length is not None and (not length.isdigit() or int(length) > limit)):
                await body_too_large(limit)(scope, receive, send)
                return
        await self._app(scope, receive, send)
