"""What routes need, taken from the application's state. Coroutines: a plain function would be sent to a thread."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request, Response, Security
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from fairsignal.bootstrap.backend import Backend
from fairsignal.domain.access import Scope
from fairsignal.domain.errors import Refused, Unauthenticated
from fairsignal.ports import SessionRow

__all__ = [
    "BackendDep",
    "Person",
    "Session",
    "check_own_page",
    "cookie_name",
    "limit_address",
    "limit_sign_in",
    "require_scope",
    "set_session_cookie",
]

_COOKIE = "fairsignal_session"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

_operator_key = HTTPBearer(scheme_name="operatorKey", description="An operator's API key.", auto_error=False)
_bearer_session = HTTPBearer(scheme_name="session", description="A session's token.", auto_error=False)
_cookie_session = APIKeyCookie(
    name=_COOKIE,
    scheme_name="sessionCookie",
    description="The same as a cookie, `__Host-` in front of its name under https.",
    auto_error=False,
)
_Bearer = HTTPAuthorizationCredentials | None


async def _backend(request: Request) -> Backend:
    backend: Backend = request.app.state.backend
    return backend


BackendDep = Annotated[Backend, Depends(_backend)]


async def limit_address(request: Request, backend: BackendDep) -> None:
    """For routes that anybody may ask: so many requests per network address."""
    await backend.access.limit("requests", _network(request), 1)


async def limit_sign_in(request: Request, backend: BackendDep) -> None:
    """The same for signing in, which costs more."""
    await backend.access.limit("attempts to sign in", _network(request), 1)


def _network(request: Request) -> str:
    """The address that asks; of IPv6 the /64, since a single host has one to itself."""
    host = "" if request.client is None else request.client.host
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return host if address.version == 4 else str(ipaddress.ip_network((address.packed, 64), strict=False))


def require_scope(scope: Scope) -> Callable[..., Awaitable[str]]:
    """A dependency that lets in the operator's servers whose API key has the scope -> the key's id.

    The id is empty where no key is asked for: on a local chain, on loopback, until the first key is made.
    """

    async def authorised(
        request: Request, backend: BackendDep, given: Annotated[_Bearer, Security(_operator_key)]
    ) -> str:
        try:
            key_id = await backend.access.keys.authorise(None if given is None else given.credentials, scope)
        except Unauthenticated:
            await backend.access.limit("requests", _network(request), 1)  # of guesses as well
            raise
        if key_id:
            await backend.access.limit("requests of a key", key_id, 1)
        return key_id

    return authorised


async def _session(
    request: Request,
    backend: BackendDep,
    given: Annotated[_Bearer, Security(_bearer_session)],
    _documented: Annotated[str | None, Security(_cookie_session)],
) -> SessionRow:
    access = backend.access
    await access.limit("requests", _network(request), 1)
    token = request.cookies.get(cookie_name(backend)) if given is None else given.credentials
    if token is None:
        raise Unauthenticated(
            "This route is for people and advertisers who signed in.",
            remedy="Sign in with POST /v1/auth/nonce and POST /v1/auth/verify.",
            code="sign-in-needed",
        )
    if given is None and request.method not in _SAFE:
        check_own_page(request, backend)
    session = await access.sign_in.session(token)
    await access.limit("requests of a wallet", session.address, 1)
    return session


async def _person(session: Annotated[SessionRow, Depends(_session)]) -> str:
    return session.address


Session = Annotated[SessionRow, Depends(_session)]
"""Whoever signed in."""
Person = Annotated[str, Depends(_person)]
"""The checksummed address of whoever signed in: a person, or an advertiser."""


def check_own_page(request: Request, backend: Backend) -> None:
    """Against forged requests: browsers send cookies by themselves, but they also say which page asks.

    Raises:
        Refused: another site's page, or no page.
    """
    if request.headers.get("origin") != backend.access.public_url:
        raise Refused(
            "With a cookie, only pages of this backend itself may change anything.",
            remedy="Send the session's token as `Authorization: Bearer`.",
            code="cross-site",
        )


def cookie_name(backend: Backend) -> str:
    """``__Host-``: browsers take it over https from this host only, no subdomain can set it."""
    return f"__Host-{_COOKIE}" if _is_https(backend) else _COOKIE


def set_session_cookie(response: Response, backend: Backend, token: str, seconds: int) -> None:
    """``HttpOnly``: scripts cannot read it. ``SameSite=Strict``: browsers do not send it from other sites."""
    response.set_cookie(
        cookie_name(backend),
        token,
        max_age=seconds,
        path="/",
        secure=_is_https(backend),
        httponly=True,
        samesite="strict",
    )


def _is_https(backend: Backend) -> bool:
    return backend.access.public_url.startswith("https:")
