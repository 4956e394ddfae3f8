"""Whatever is sent to a route, the answer is one of those that /openapi.json describes, and never a failure of ours."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.schemas import BaseSchema

from fairsignal.adapters.chain import LocalSigner
from fairsignal.cli.local_stack import Stack
from tests.e2e.signing_in import sign_in
from tests.e2e.test_routes_by_role import ROUTES

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
FEW = 20
MANY = int(os.environ.get("FAIRSIGNAL_FUZZ_EXAMPLES", "1500"))
"""CI sets fewer: all routes with all examples take a quarter of an hour."""


@pytest.fixture(scope="module")
def schema(stack: Stack) -> BaseSchema:
    return schemathesis.openapi.from_url(f"{stack.url}/openapi.json")


@pytest.fixture
async def signed_in(stack: Stack) -> AsyncIterator[dict[str, str]]:
    async with httpx.AsyncClient(base_url=stack.url, timeout=30) as http:
        yield await sign_in(http, stack.url, LocalSigner(secrets.token_bytes(32)))


def bombard(schema: BaseSchema, route: str, headers: dict[str, str], examples: int) -> None:
    """Half of what is sent has the documented form, half of it has not."""
    method, path = route.split(" ")
    operation = schema[path][method.lower()]
    cases = [operation.as_strategy(generation_mode=GenerationMode.POSITIVE)]
    if list(operation.iter_parameters()) or operation.body:
        cases.append(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    # Routes for operators are open on a local chain; what a session opens is told by the table of roles.
    sent = headers if ROUTES[route] == "signed in" else {}

    seen: set[int] = set()

    with requests.Session() as http:

        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=examples == FEW,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=st.one_of(cases))
        def send(case: schemathesis.Case) -> None:
            for name in ("Authorization", "authorization"):
                case.headers.pop(name, None)
            answer = case.call_and_validate(session=http, headers=sent, checks=CHECKS, timeout=60)
            seen.add(answer.status_code)

        send()
    # Otherwise nothing but the way to the route was tried. Without anything to name in its path, 404 is its own answer.
    assert seen - {401, 405, 413, 429} - ({404} if "{" in path else set()), seen


@pytest.mark.parametrize("route", ROUTES)
def test_route_answers_as_described(schema: BaseSchema, route: str, signed_in: dict[str, str]) -> None:
    bombard(schema, route, signed_in, FEW)


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("route", ROUTES)
def test_route_answers_as_described_whatever_is_sent(schema: BaseSchema, route: str, signed_in: dict[str, str]) -> None:
    bombard(schema, route, signed_in, MANY)
