"""The operator's backend as an ASGI application."""

from __future__ import annotations

from fastapi import Depends, FastAPI
from fastapi.middleware.cors import CORSMiddleware

from fairsignal import __version__
from fairsignal.api.bodies import limit_bodies
from fairsignal.api.dapp import mount_dapp
from fairsignal.api.deps import limit_address, require_scope
from fairsignal.api.described import describe_problems
from fairsignal.api.errors import install_error_handlers
from fairsignal.api.fast_lane import open_fast_lane
from fairsignal.api.guard import guard_answers
from fairsignal.api.metrics import Metrics, measure_requests
from fairsignal.api.routes import (
    auth,
    blobs,
    campaigns,
    catalogue,
    chats,
    claims,
    consents,
    decisions,
    epochs,
    erasures,
    health,
    me,
    metrics,
    my_uses,
    receipts,
    release,
    withdrawals,
)
from fairsignal.bootstrap.backend import Backend
from fairsignal.config import Settings

__all__ = ["create_app"]

_SMALL_BODY = 1024 * 1024
"""Bytes; a thousand of anything fits."""


def create_app(backend: Backend, settings: Settings) -> FastAPI:
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
    app.state.metrics = Metrics()
    app.state.public_rpc_url = settings.public_rpc_url
    install_error_handlers(app)
    # The last one added is the outermost.
    open_fast_lane(app, backend)
    limit_bodies(app, _SMALL_BODY, {"/v1/chats": settings.max_body_bytes})
    _open_to_dapps(app, settings.dapp_origins)
    guard_answers(app, settings.effective_public_url)
    measure_requests(app, app.state.metrics)
    app.include_router(health.router)
    app.include_router(metrics.router)
    app.include_router(auth.router)
    app.include_router(me.router)
    app.include_router(receipts.router)
    for module in (consents, campaigns, catalogue, release, erasures, blobs, epochs, withdrawals):
        app.include_router(module.router, dependencies=[Depends(limit_address)])
    app.include_router(chats.router, dependencies=[Depends(require_scope("chats"))])
    app.include_router(decisions.router)
    app.include_router(my_uses.router)
    app.include_router(claims.router)
    describe_problems(app)
    mount_dapp(app, settings)  # last: it takes every address that no route has
    return app


def _open_to_dapps(app: FastAPI, origins: list[str]) -> None:
    """Let pages of these origins read answers; never with cookies. Without any, no other site's page may."""
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key"],
            expose_headers=["Retry-After"],
            allow_credentials=False,
        )
