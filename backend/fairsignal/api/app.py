"""The operator's backend as an ASGI application."""

from __future__ import annotations

from fastapi import Depends, FastAPI

from fairsignal import __version__
from fairsignal.api.bodies import limit_bodies
from fairsignal.api.deps import require_scope
from fairsignal.api.errors import install_error_handlers
from fairsignal.api.routes import auth, blobs, campaigns, chats, consents, decisions, erasures, health, release
from fairsignal.bootstrap.backend import Backend
from fairsignal.config import Settings

__all__ = ["create_app"]


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
    install_error_handlers(app)
    limit_bodies(app, settings.max_body_bytes)
    for module in (health, auth, consents, campaigns, release, erasures, blobs):
        app.include_router(module.router)
    app.include_router(chats.router, dependencies=[Depends(require_scope("chats"))])
    app.include_router(decisions.router)
    return app
