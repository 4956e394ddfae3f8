"""Signing in with a wallet, at a running backend."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from fairsignal.adapters.chain import LocalSigner
from fairsignal.cli.local_stack import Stack
from tests.e2e.signing_in import later, message, new_nonce, personal_signature, sign_in, signed_body


@pytest.fixture
async def http(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=stack.url, timeout=30) as client:
        yield client


@pytest.fixture
def signer() -> LocalSigner:
    return LocalSigner(secrets.token_bytes(32))


def code_of(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


async def verified(http: httpx.AsyncClient, body: dict[str, Any]) -> tuple[int, str]:
    return code_of(await http.post("/v1/auth/verify", json=body))


async def test_a_wallet_signs_in_and_out(http: httpx.AsyncClient, stack: Stack, signer: LocalSigner) -> None:
    headers = await sign_in(http, stack.url, signer)
    session = (await http.get("/v1/auth/session", headers=headers)).json()
    assert session["address"] == signer.address
    assert (await http.post("/v1/auth/logout", headers=headers)).status_code == 204
    assert code_of(await http.get("/v1/auth/session", headers=headers)) == (401, "session-ended")


async def test_logging_out_everywhere_ends_all_sessions_of_the_wallet_only(
    http: httpx.AsyncClient, stack: Stack, signer: LocalSigner
) -> None:
    other = await sign_in(http, stack.url, LocalSigner(secrets.token_bytes(32)))
    first, second = await sign_in(http, stack.url, signer), await sign_in(http, stack.url, signer)
    await http.post("/v1/auth/logout", headers=first, json={"everywhere": True})
    assert (await http.get("/v1/auth/session", headers=second)).status_code == 401
    assert (await http.get("/v1/auth/session", headers=other)).status_code == 200


async def test_nobody_is_signed_in_without_a_session(http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/auth/session")
    assert code_of(answer) == (401, "sign-in-needed")
    assert answer.headers["www-authenticate"] == "Bearer"
    for token in ("wrong", "fss_" + "x" * 43, "fsk_0123456789ab_" + "x" * 43):
        answer = await http.get("/v1/auth/session", headers={"Authorization": f"Bearer {token}"})
        assert code_of(answer) == (401, "session-ended")


async def test_a_nonce_serves_one_attempt(http: httpx.AsyncClient, stack: Stack, signer: LocalSigner) -> None:
    body = await signed_body(http, stack.url, signer)
    answers = await asyncio.gather(*(http.post("/v1/auth/verify", json=body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 403, 403, 403]
    assert await verified(http, body) == (403, "nonce-used")


async def test_a_wrong_signature_uses_the_nonce_up(http: httpx.AsyncClient, stack: Stack, signer: LocalSigner) -> None:
    body = await signed_body(http, stack.url, signer)
    forged = body | {"signature": personal_signature(secrets.token_bytes(32), body["message"])}
    assert await verified(http, forged) == (403, "bad-signature")
    assert await verified(http, body) == (403, "nonce-used")


@pytest.mark.parametrize(
    "signature", ["0x", "0x00", "0x" + "ff" * 65, "0x" + "6492" * 16, "0x" + "00" * 64 + "6492" * 16]
)
async def test_what_is_no_signature_signs_nobody_in(
    http: httpx.AsyncClient, stack: Stack, signer: LocalSigner, signature: str
) -> None:
    body = await signed_body(http, stack.url, signer)
    assert await verified(http, body | {"signature": signature}) == (403, "bad-signature")


async def test_a_nonce_of_ones_own_making_does_not_count(
    http: httpx.AsyncClient, stack: Stack, signer: LocalSigner
) -> None:
    assert await verified(http, await signed_body(http, stack.url, signer, nonce="a" * 32)) == (403, "nonce-used")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"domain": "evil.example"}, "wrong-domain"),
        ({"scheme": "https"}, "wrong-domain"),
        ({"uri": "http://evil.example"}, "wrong-uri"),
        ({"chain_id": 1}, "wrong-chain"),
        ({"issued_at": later(-600)}, "message-expired"),
        ({"issued_at": later(+600)}, "message-expired"),
        ({"expiration_time": later(-600)}, "message-expired"),
        ({"not_before": later(+600)}, "message-expired"),
    ],
)
async def test_a_message_counts_here_and_now_only(
    http: httpx.AsyncClient, stack: Stack, signer: LocalSigner, changes: dict[str, Any], code: str
) -> None:
    assert await verified(http, await signed_body(http, stack.url, signer, **changes)) == (403, code)


async def test_a_clock_that_is_half_a_minute_wrong_does_no_harm(
    http: httpx.AsyncClient, stack: Stack, signer: LocalSigner
) -> None:
    ahead = await signed_body(http, stack.url, signer, issued_at=later(30), not_before=later(30))
    assert (await http.post("/v1/auth/verify", json=ahead)).status_code == 200
    behind = await signed_body(http, stack.url, signer, issued_at=later(-40), expiration_time=later(-30))
    assert (await http.post("/v1/auth/verify", json=behind)).status_code == 200


@pytest.mark.parametrize(
    "text", ["hello", "x" * 2_000, "evil.example wants you to sign in with your Ethereum account:"]
)
async def test_what_is_no_message_is_refused(http: httpx.AsyncClient, text: str) -> None:
    assert await verified(http, {"message": text, "signature": "0x"}) == (422, "bad-sign-in")


async def test_text_that_reads_differently_than_it_was_signed_is_refused(
    http: httpx.AsyncClient, stack: Stack, signer: LocalSigner
) -> None:
    text = message(stack.url, signer.address, await new_nonce(http)) + "\n"
    signature = personal_signature(signer._key.secret, text)
    assert await verified(http, {"message": text, "signature": signature}) == (422, "bad-sign-in")


async def test_a_cookie_is_for_pages_of_the_backend_itself(
    http: httpx.AsyncClient, stack: Stack, signer: LocalSigner
) -> None:
    body = await signed_body(http, stack.url, signer) | {"keep": "cookie"}
    assert await verified(http, body) == (403, "cross-site")
    own = {"Origin": stack.url}
    answer = await http.post("/v1/auth/verify", json=body, headers=own)
    assert answer.json()["token"] is None
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert (await http.get("/v1/auth/session")).json()["address"] == signer.address
    for origin in ({}, {"Origin": "null"}, {"Origin": "http://evil.example"}):
        assert code_of(await http.post("/v1/auth/logout", headers=origin)) == (403, "cross-site")
    assert (await http.post("/v1/auth/logout", headers=own)).status_code == 204
    assert (await http.get("/v1/auth/session")).status_code == 401
