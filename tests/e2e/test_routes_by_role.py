"""Every route by every role: who is let in is written down here, and a route that is not fails."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator
from typing import Literal

import pytest
from fastapi.routing import iter_route_contexts

from fairsignal.access.api_keys import create_key
from fairsignal.cli.local_stack import Stack
from fairsignal.domain.access import SCOPES, Scope, digest_of_secret, new_session_token
from fairsignal.ports import SessionRow
from tests.e2e.in_process import Inside, inside

Access = Literal["anybody", "signed in"] | Scope

ROUTES: dict[str, Access] = {
    "GET /healthz": "anybody",
    "GET /readyz": "anybody",
    "GET /metrics": "metrics",
    "GET /v1/operator": "anybody",
    "POST /v1/auth/nonce": "anybody",
    "POST /v1/auth/verify": "anybody",
    "GET /v1/auth/session": "signed in",
    "POST /v1/auth/logout": "signed in",
    "GET /v1/blobs/{cid}": "anybody",
    "POST /v1/campaigns": "anybody",  # the voucher is the advertiser's signature
    "GET /v1/campaigns/{campaign}": "signed in",
    "GET /v1/catalogue": "anybody",
    "POST /v1/chats": "chats",
    "GET /v1/claims/{subject}": "signed in",
    "POST /v1/claims/relay": "anybody",  # each claim is its subject's signature
    "POST /v1/consents/check": "anybody",  # the chain says the same to everybody
    "POST /v1/consents/relay": "anybody",  # the grant is the person's signature
    "POST /v1/consents/relay-batch": "anybody",
    "POST /v1/consents/relay-revocation": "anybody",
    "POST /v1/consents/relay-revocation-of-all": "anybody",
    "POST /v1/withdrawals/relay": "anybody",
    "POST /v1/decisions": "decisions",
    "POST /v1/uses": "uses",
    "GET /v1/epochs": "anybody",  # the chain says the same
    "GET /v1/epochs/{number}": "anybody",
    "POST /v1/erasures": "anybody",  # the request is the person's signature
    "GET /v1/erasures/{subject}": "anybody",  # the chain has the request; receipts are for everybody to check
    "GET /v1/me/uses": "signed in",
    "GET /v1/me/profile": "signed in",
    "GET /v1/me/consents": "signed in",
    "GET /v1/me/earnings": "signed in",
    "GET /v1/me/export": "signed in",
    "GET /v1/me/receipts": "signed in",
    "GET /v1/me/receipts/{purpose}": "signed in",
    "POST /v1/release": "anybody",  # the request is the advertiser's signature
}
ROLES = ("nobody", "person", "other person", "advertiser", "key without the scope", "key with the scope")
_REFUSALS = {"sign-in-needed", "session-ended", "api-key-needed", "api-key-unknown", "scope-missing"}
_FILLED = {
    "purpose": "1",
    "cid": "b" + "a" * 58,
    "subject": "0x" + "00" * 19 + "01",
    "campaign": "0x" + "01" * 32,
    "number": "1",
}


@pytest.fixture(scope="module")
async def guarded(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Inside]:
    async with inside(stack, tmp_path_factory.mktemp("roles")) as opened:
        yield opened


@pytest.fixture(scope="module")
async def keys(guarded: Inside) -> dict[frozenset[Scope], str]:
    """By what they open: each scope alone, and all but it."""
    sets = [frozenset({scope}) for scope in SCOPES] + [frozenset(SCOPES) - {scope} for scope in SCOPES]
    made = {}
    for wanted in sets:
        scopes = tuple(scope for scope in SCOPES if scope in wanted)
        _, made[wanted] = await create_key(
            guarded.backend.units, int(time.time()), label="a test", scopes=scopes, lifetime=None
        )
    return made


async def session_of(guarded: Inside, address: str) -> str:
    token, now = new_session_token(), int(time.time())
    async with guarded.backend.units() as work:
        await work.sessions.add(SessionRow(digest_of_secret(token), address, now, now + 600))
    return token


async def token_of(guarded: Inside, keys: dict[frozenset[Scope], str], role: str, access: Access) -> str | None:
    if role == "nobody":
        return None
    if not role.startswith("key"):
        return await session_of(guarded, f"0x00000000000000000000000000000000000000A{ROLES.index(role)}")
    scope: Scope = access if access in SCOPES else "admin"  # type: ignore[assignment]  # mypy does not narrow by `in`
    return keys[frozenset({scope}) if role == "key with the scope" else frozenset(SCOPES) - {scope}]


def expected(role: str, access: Access) -> tuple[int, str] | None:
    """How the role is turned away; None where it is let in."""
    if access == "anybody":
        return None
    is_key, is_session = role.startswith("key"), role not in ("nobody",) and not role.startswith("key")
    if access == "signed in":
        return None if is_session else (401, "session-ended" if is_key else "sign-in-needed")
    if role == "key with the scope":
        return None
    if role == "key without the scope":
        return 403, "scope-missing"
    return 401, "api-key-unknown" if is_session else "api-key-needed"


def test_every_route_is_in_the_table(guarded: Inside) -> None:
    found = {
        f"{method} {route.path}"
        for route in iter_route_contexts(guarded.app.routes)
        for method in route.methods or {"ANY METHOD"}
    }
    the_dapp = "ANY METHOD "  # files, mounted below all routes
    assert found == set(ROUTES) | {"GET /openapi.json", "HEAD /openapi.json", the_dapp}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("route", ROUTES)
async def test_route_lets_in_whom_the_table_says(
    guarded: Inside, keys: dict[frozenset[Scope], str], route: str, role: str
) -> None:
    access = ROUTES[route]
    token = await token_of(guarded, keys, role, access)
    method, path = route.split(" ")
    answer = await guarded.http.request(
        method, path.format(**_FILLED), headers={} if token is None else {"Authorization": f"Bearer {token}"}
    )
    problem = answer.json() if answer.headers["content-type"] == "application/problem+json" else {}
    wanted = expected(role, access)
    if wanted is None:
        assert answer.status_code not in (401, 500)
        assert problem.get("code") not in _REFUSALS
    else:
        assert (answer.status_code, problem["code"]) == wanted


@pytest.mark.parametrize("route", [route for route, access in ROUTES.items() if access != "anybody"])
async def test_made_up_tokens_open_nothing(guarded: Inside, route: str) -> None:
    method, path = route.split(" ")
    for token in (secrets.token_urlsafe(32), new_session_token(), "fsk_0123456789ab_" + "x" * 43, "' OR 1=1 --"):
        answer = await guarded.http.request(
            method, path.format(**_FILLED), headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code == 401


async def test_a_session_that_expired_is_over(guarded: Inside) -> None:
    token = new_session_token()
    async with guarded.backend.units() as work:
        await work.sessions.add(SessionRow(digest_of_secret(token), _FILLED["subject"], 1, int(time.time())))
    answer = await guarded.http.get("/v1/auth/session", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "session-ended")
