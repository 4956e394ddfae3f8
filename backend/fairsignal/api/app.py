"""The operator's backend as an ASGI application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response

from fairsignal import __version__
from fairsignal.api.errors import body_too_large, install_error_handlers
from fairsignal.api.routes import blobs, campaigns, chats, consents, decisions, health, release
from fairsignal.bootstrap import Backend

__all__ = ["create_app"]


def create_app(backend: Backend, *, max_body_bytes: int) -> FastAPI:
    """Build the application over a backend that the caller opened and closes."""
    app = FastAPI(
        title="Fairsignal",
        version=__version__,
        summary="Consent, metering and pay-out for advertising signals drawn from people's own chats.",
        # FastAPI's pages for these load scripts from a third party; /openapi.json says the same.
        docs_url=None,
        redoc_url=None,
    )
    app.state.backend = backend
    install_error_handlers(app)
    limit_bodies(app, max_body_bytes)
    for module in (health, consents, chats, campaigns, decisions, release, blobs):
        app.include_router(module.router)
    return app


def limit_bodies(app: FastAPI, limit: int) -> None:
    """Refuse bodies that are declared larger than ``limit`` bytes, or that do not say how large they are."""

    @app.middleware("http")
    async def check_length(request: Request, proceed: Callable[[Request], Awaitable[Response]]) -> Response:
        length = request.headers.get("content-length")
        chunked = "transfer-encoding" in request.headers
        if chunked or (length is not None and (not length.isdigit() or int(length) > limit)):
            return body_too_large(limit)
        return await proceed(request)
