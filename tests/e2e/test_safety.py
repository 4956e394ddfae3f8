"""What every answer carries, and how much anybody may ask."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from fairsignal.cli.local_stack import Stack
from tests.e2e.in_process import Inside, inside

DAPP = "https://app.example"


@pytest.fixture(scope="module")
async def public(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Inside]:
    """Known under https, with a dApp elsewhere, and low limits."""
    async with inside(
        stack,
        tmp_path_factory.mktemp("public"),
        public_url="https://signals.example",
        dapp_origins=[DAPP],
        public_rate="5/hour",
        sign_in_rate="3/hour",
    ) as opened:
        yield opened


def from_address(app: Inside, host: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app.app, client=(host, 1234), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=app.url)


@pytest.mark.parametrize("path", ["/healthz", "/openapi.json", "/v1/nowhere", "/v1/auth/session"])
async def test_every_answer_keeps_browsers_careful(public: Inside, path: str) -> None:
    headers = (await public.http.get(path)).headers
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["strict-transport-security"].startswith("max-age=")


async def test_without_https_browsers_are_not_told_to_insist_on_it(stack: Stack) -> None:
    async with httpx.AsyncClient(base_url=stack.url) as http:
        answer = await http.get("/healthz")
    assert "strict-transport-security" not in answer.headers
    assert "server" not in answer.headers


async def test_what_nobody_foresaw_is_a_problem_without_its_text(
    public: Inside, capfd: pytest.CaptureFixture[str]
) -> None:
    @public.app.get("/breaks")
    async def breaks() -> None:
        raise RuntimeError("a person's words")

    routes = public.app.router.routes
    routes.insert(0, routes.pop())  # before the dApp, which takes every address that no route has

    answer = await public.http.get("/breaks", headers={"Origin": DAPP})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    said = capfd.readouterr()
    assert "unexpected error" in said.out + said.err
    assert "a person's words" not in answer.text + said.out + said.err


async def test_only_the_dapps_origins_may_read_answers(public: Inside) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    for origin, allowed in ((DAPP, True), ("https://evil.example", False), ("null", False)):
        answer = await public.http.get("/healthz", headers={"Origin": origin})
        assert (answer.headers.get("access-control-allow-origin") == origin) is allowed
        preflight = await public.http.options("/v1/auth/verify", headers={"Origin": origin} | asked)
        assert (preflight.headers.get("access-control-allow-origin") == origin) is allowed
        assert "access-control-allow-credentials" not in preflight.headers


async def test_without_dapps_no_other_site_may_read_answers(stack: Stack) -> None:
    async with httpx.AsyncClient(base_url=stack.url) as http:
        answer = await http.get("/healthz", headers={"Origin": DAPP})
    assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_one_address_may_ask_so_often_and_no_more(public: Inside) -> None:
    async with from_address(public, "192.0.2.1") as http, from_address(public, "192.0.2.2") as other:
        for _ in range(5):
            assert (await http.get("/v1/operator")).status_code == 200
        answer = await http.get("/v1/operator")
        assert (answer.status_code, answer.json()["code"]) == (429, "rate-limited")
        assert 0 < int(answer.headers["retry-after"]) <= 3_600
        assert (await http.get("/healthz")).status_code == 200
        assert (await other.get("/v1/operator")).status_code == 200


async def test_addresses_of_one_ipv6_network_count_as_one(public: Inside) -> None:
    for host in range(5):
        async with from_address(public, f"2001:db8::{host}") as http:
            assert (await http.get("/v1/operator")).status_code == 200
    async with from_address(public, "2001:db8::ffff:1") as http:
        assert (await http.get("/v1/operator")).status_code == 429
    async with from_address(public, "2001:db8:0:1::1") as http:
        assert (await http.get("/v1/operator")).status_code == 200


async def test_nobodys_word_is_taken_for_where_a_request_comes_from(public: Inside) -> None:
    async with from_address(public, "192.0.2.3") as http:
        for number in range(5):
            await http.get("/v1/operator", headers={"X-Forwarded-For": f"198.51.100.{number}"})
        assert (await http.get("/v1/operator", headers={"X-Forwarded-For": "198.51.100.9"})).status_code == 429


async def test_signing_in_and_guessing_keys_are_limited(public: Inside) -> None:
    async with from_address(public, "192.0.2.4") as http:
        statuses = [(await http.post("/v1/auth/nonce")).status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
        guess = {"Authorization": "Bearer fsk_0123456789ab_" + "x" * 43}
        statuses = [(await http.post("/v1/uses", headers=guess)).status_code for _ in range(6)]
        assert statuses == [401] * 5 + [429]


async def test_bodies_are_limited_by_route(public: Inside) -> None:
    async with from_address(public, "192.0.2.5") as http:
        large = {"Content-Length": str(1024 * 1024 + 1)}
        answer = await http.post("/v1/release", headers=large)
        assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")
        assert (await http.post("/v1/chats", headers=large)).status_code != 413
        assert (await http.post("/v1/chats", headers={"Content-Length": str(1 << 30)})).status_code == 413


async def test_a_person_signs_in_on_a_dapp_that_is_named_only(public: Inside, tmp_path: Path) -> None:
    from fairsignal.adapters.chain import LocalSigner
    from tests.e2e.signing_in import sign_in, signed_body

    signer = LocalSigner(b"\7" * 32)
    async with from_address(public, "192.0.2.6") as http:
        assert "Authorization" in await sign_in(http, DAPP, signer)
        body = await signed_body(http, "https://other.example", signer)
    async with from_address(public, "192.0.2.7") as http:
        assert (await http.post("/v1/auth/verify", json=body)).json()["code"] == "wrong-domain"


async def test_under_https_the_cookie_is_for_this_host_only(public: Inside) -> None:
    from fairsignal.adapters.chain import LocalSigner
    from tests.e2e.signing_in import signed_body

    async with from_address(public, "192.0.2.8") as http:
        body = await signed_body(http, public.url, LocalSigner(b"\7" * 32)) | {"keep": "cookie"}
        assert (await http.post("/v1/auth/verify", json=body, headers={"Origin": DAPP})).status_code == 403
        answer = await http.post("/v1/auth/verify", json=body, headers={"Origin": public.url})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-fairsignal_session=fss_")
    assert "; Secure" in cookie
    assert "; Path=/" in cookie
    assert "Domain" not in cookie
