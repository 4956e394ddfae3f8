"""What routes need, taken from the application's state. Coroutines: a plain function would be sent to a thread."""

from __future__ import annotations

import hashlib
import hmac
from typing import Annotated

from fastapi import Depends, HTTPException, Request

from fairsignal.bootstrap.backend import Backend

__all__ = ["BackendDep", "require_operator"]


async def _backend(request: Request) -> Backend:
    backend: Backend = request.app.state.backend
    return backend


BackendDep = Annotated[Backend, Depends(_backend)]


async def require_operator(request: Request) -> None:
    """Let in the operator's own servers: ``Authorization: Bearer <API key>``, if keys are configured."""
    known: list[str] = request.app.state.api_key_hashes
    if not known:
        return
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    given = hashlib.sha256(key.encode()).hexdigest()
    if scheme.lower() != "bearer" or not any(hmac.compare_digest(given, expected.lower()) for expected in known):
        raise HTTPException(401, "This route is for the operator's servers: send a valid API key.")
