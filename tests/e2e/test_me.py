"""What a person sees of their own data, and that nobody else does."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from fairsignal.bootstrap.wallets import Wallet, dev_wallets, open_wallet
from fairsignal.cli.api_client import ApiClient
from fairsignal.cli.local_stack import Stack
from tests.e2e.actors import TRAVEL_CHATS, Buyer, Someone, confirm
from tests.e2e.signing_in import sign_in

SHARE = 35_001
"""Of a price of 50,001: 70 %, rounded up."""


@pytest.fixture
async def http(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=stack.url, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
async def two_wallets(stack: Stack) -> AsyncIterator[list[Wallet]]:
    async with AsyncExitStack() as resources:
        yield [
            await resources.enter_async_context(open_wallet(stack.chain.rpc_url, stack.chain.deployment, signer))
            for signer in dev_wallets(3)[1:]
        ]


@pytest.fixture(scope="module")
async def paid(stack: Stack, api: ApiClient, two_wallets: list[Wallet]) -> Someone:
    """A person with a profile, whose signal was used once."""
    person, buyer = Someone(two_wallets[0]), Buyer(two_wallets[1])
    await api.post("/v1/consents/relay", await person.grant_body(stack.operator.address, ["travel", "cooking"]))
    await api.post("/v1/chats", person.chats_body(TRAVEL_CHATS))
    terms = await buyer.open(api, stack.operator.address, ["travel"])
    await confirm(api, await buyer.token(api, terms, person.address), "own-data-1")
    return person


@pytest.fixture
async def mine(http: httpx.AsyncClient, stack: Stack, paid: Someone) -> dict[str, str]:
    return await sign_in(http, stack.url, paid.signer)


@pytest.fixture
async def theirs(http: httpx.AsyncClient, stack: Stack, paid: Someone) -> dict[str, str]:
    return await sign_in(http, stack.url, Someone(paid.reader).signer)


async def read(http: httpx.AsyncClient, path: str, headers: dict[str, str]) -> dict[str, Any]:
    answer = await http.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def test_a_person_sees_the_profile_that_is_attested(
    http: httpx.AsyncClient, stack: Stack, paid: Someone, mine: dict[str, str]
) -> None:
    profile = await read(http, "/v1/me/profile", mine)
    attested = await paid.reader.reader.digest_of(stack.operator.address, paid.address)
    assert profile["digest"] == "0x" + attested.hex()
    assert (profile["attested"], profile["stored"], profile["keepers"]) == (True, True, [1, 2, 3])
    assert profile["categories"] == ["travel"]


async def test_a_person_sees_each_consent_as_it_is_stored(
    http: httpx.AsyncClient, stack: Stack, mine: dict[str, str]
) -> None:
    found = await read(http, "/v1/me/consents", mine)
    assert found["operator"] == stack.operator.address
    assert [(own["purpose"], own["in_force"], own["version"]) for own in found["consents"]] == [(1, True, 1)]
    assert found["consents"][0]["categories"] == ["travel", "cooking"]


async def test_a_person_sees_what_was_earned(http: httpx.AsyncClient, mine: dict[str, str]) -> None:
    found = await read(http, "/v1/me/earnings", mine)
    assert found["at_once"] == [{"purpose": 1, "earned": str(SHARE), "claimed": "0"}]
    assert (found["settled"]["earned"], found["settled"]["claimed"]) == ("0", "0")


async def test_an_export_holds_what_the_operator_knows_and_no_chat(
    http: httpx.AsyncClient, paid: Someone, mine: dict[str, str]
) -> None:
    answer = await http.get("/v1/me/export", headers=mine)
    assert answer.headers["content-disposition"].startswith("attachment")
    export = answer.json()
    assert export["address"] == paid.address
    assert {"profiles", "profile_blobs", "sessions", "uses"} <= set(export["tables"])
    assert [row["subject"] for row in export["tables"]["uses"]] == [paid.address]
    for text in TRAVEL_CHATS:
        assert text not in json.dumps(export, ensure_ascii=False)


async def test_somebody_else_sees_nothing_of_it(http: httpx.AsyncClient, paid: Someone, theirs: dict[str, str]) -> None:
    assert (await http.get("/v1/me/profile", headers=theirs)).json()["code"] == "no-profile"
    assert (await read(http, "/v1/me/consents", theirs))["consents"] == []
    assert (await read(http, "/v1/me/earnings", theirs))["at_once"] == []
    export = await read(http, "/v1/me/export", theirs)
    assert set(export["tables"]) == {"sessions"}
    assert paid.address.lower() not in json.dumps(export).lower()
