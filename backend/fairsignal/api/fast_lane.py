"""A short way to the one route that ad servers wait for.

FastAPI goes through all routers to find a route, and resolves its dependencies anew for every request: half of what a
single decision costs. The route is registered with FastAPI as well, for /openapi.json; here the same functions are
called without that.
"""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPBearer
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from fairsignal.api.deps import require_scope
from fairsignal.api.errors import problem_of
from fairsignal.api.routes.decisions import decisions
from fairsignal.bootstrap.backend import Backend
from fairsignal.domain.errors import FairsignalError

__all__ = ["open_fast_lane"]

_PATH = "/v1/decisions"


def open_fast_lane(app: FastAPI, backend: Backend) -> None:
    """To be called before other middleware is added: that is to stay around it."""
    app.add_middleware(_FastLane, backend=backend)


class _FastLane:
    """Plain ASGI."""

    def __init__(self, app: ASGIApp, backend: Backend) -> None:
        self._app = app
        self._backend = backend
        self._route = Route(_PATH, decisions, methods=["POST"])
        self._bearer = HTTPBearer(auto_error=False)
        self._authorise = require_scope("decisions")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != _PATH or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        scope["route"] = self._route  # what metrics call it
        request = Request(scope, receive)
        try:
            await self._authorise(request, self._backend, await self._bearer(request))
            answer = await decisions(request, self._backend)
        except (FairsignalError, RequestValidationError) as error:
            answer = problem_of(request, error)
        await answer(scope, receive, send)
