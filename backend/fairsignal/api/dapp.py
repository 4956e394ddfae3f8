"""The dApp's built files (web/), served beside the API under a policy that lets nothing else in."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from fairsignal.config import Settings

__all__ = ["STATIC", "mount_dapp"]

STATIC = Path(__file__).parent / "static"
"""Where `npm --prefix web run build` puts the dApp; part of the package, not of the repository."""

_NOT_BUILT = "The dApp is not built here: run `make app` (needs Node.js). The API is described at /openapi.json.\n"
_API = ("v1", "healthz", "readyz", "metrics", "openapi.json")
_YEAR = "public, max-age=31536000, immutable"


def content_security_policy(connect: list[str]) -> str:
    """Only our own files and, for reading, the named addresses: no inline script, no frame, no form, no third party."""
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src " + " ".join(["'self'", *sorted(set(connect))]),
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )


class _Dapp(StaticFiles):
    """Static files; an unknown address gets the dApp, which says so, and an unknown API route does not."""

    def __init__(self, folder: Path, policy: str) -> None:
        super().__init__(directory=folder, html=True)
        # What else browsers are told about every answer, `api.guard` adds.
        self._policy = policy

    async def get_response(self, path: str, scope: Scope) -> Response:
        _refuse_api(path)
        # Starlette answers what it does not find with 404.html, which is the dApp: it says that there is no such page.
        response = await super().get_response(path, scope)
        response.headers["Content-Security-Policy"] = self._policy
        # Names under assets/ hold a hash of what is in them.
        response.headers["Cache-Control"] = _YEAR if path.startswith("assets/") else "no-cache"
        return response


async def _not_built(scope: Scope, receive: Receive, send: Send) -> None:
    _refuse_api(str(scope["path"]))
    await PlainTextResponse(_NOT_BUILT, status_code=404)(scope, receive, send)


def _refuse_api(path: str) -> None:
    """Unknown routes of the API are answered as problems and not as pages."""
    if path.lstrip("/").split("/", 1)[0] in _API:
        raise HTTPException(404)


def mount_dapp(app: FastAPI, settings: Settings, folder: Path = STATIC) -> None:
    """Serve the dApp at ``/``, below every route that is already there."""
    if not (folder / "index.html").exists():
        app.mount("/", _not_built, name="dapp")
        return
    addresses = [settings.public_rpc_url, *settings.keeper_urls]
    policy = content_security_policy([_origin(address) for address in addresses if address])
    app.mount("/", _Dapp(folder, policy), name="dapp")


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
