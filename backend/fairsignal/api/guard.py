"""What every answer carries, whichever route gave it: headers that keep browsers careful, and no stack traces."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fairsignal.api.errors import unexpected

__all__ = ["guard_answers"]

_HEADERS = {
    # An answer of the API is no page: nothing in it runs, loads, or is framed.
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
_HSTS = "max-age=63072000; includeSubDomains"


def guard_answers(app: FastAPI, public_url: str) -> None:
    """Add the headers to every answer that does not bring its own; turn what nobody foresaw into a problem."""
    headers = _HEADERS | ({"Strict-Transport-Security": _HSTS} if public_url.startswith("https:") else {})
    app.add_middleware(_Guard, headers=headers)


class _Guard:
    """Plain ASGI, like the limit on bodies."""

    def __init__(self, app: ASGIApp, headers: dict[str, str]) -> None:
        self._app = app
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                given = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(h for h in self._headers if h[0] not in given)]
            await send(message)

        try:
            await self._app(scope, receive, guarded)
        except Exception as error:
            if started:
                raise
            await unexpected(scope["path"], error)(scope, receive, guarded)
