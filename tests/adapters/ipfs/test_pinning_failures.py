"""What can go wrong with a pinning service and a gateway of others: each ends as an error of ours, in time."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from pydantic import SecretStr

from fairsignal.domain.cid import CHUNK, build, cid_of
from fairsignal.domain.errors import IntegrityError, NotFound, Unavailable
from tests.adapters.ipfs.opened import TOKEN, answering, opened
from tests.adapters.ipfs.pinning_service import PinningService
from tests.adapters.ipfs.trees import bomb

DATA = b"sealed" * 100
CID = cid_of(DATA)


# --- the service refuses, fails or lies -----------------------------------------------------------------------


def failure(reason: str) -> bytes:
    return json.dumps({"error": {"reason": reason, "details": f"you sent {TOKEN.get_secret_value()}"}}).encode()


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        (400, "pinning-refused", "BAD_REQUEST"),
        (401, "pinning-unauthorized", "FAIRSIGNAL_PINNING_TOKEN_FILE"),
        (403, "pinning-unauthorized", "FAIRSIGNAL_PINNING_TOKEN_FILE"),
        (404, "pinning-no-api", "FAIRSIGNAL_PINNING_URL"),
        (409, "pinning-funds", "Pay"),
        (418, "pinning-refused", "418"),
        (302, "pinning-refused", "302"),
        (429, "store-unavailable", "429"),
        (500, "store-unavailable", "500"),
        (503, "store-unavailable", "503"),
    ],
)
async def test_every_refusal_is_an_error_of_ours_with_a_remedy(status: int, code: str, says: str) -> None:
    reply = Response(failure("BAD_REQUEST"), status, {"location": "http://127.0.0.1:1/"})
    with answering(lambda _request: reply) as url:
        async with opened(url) as store:
            for call in (store.put(DATA), store.has(CID), store.delete(CID)):
                with pytest.raises(Unavailable) as caught:
                    await call
                assert caught.value.code == code
                assert says in str(caught.value)
                assert TOKEN.get_secret_value() not in str(caught.value) + repr(caught.value.__cause__)
            assert (await store.state(CID)).condition == "unreachable"


async def test_a_wrong_token_is_refused_by_the_real_service(service: PinningService) -> None:
    async with opened(service.url) as store:
        with pytest.raises(Unavailable) as caught:
            await store.has(CID)
    assert (caught.value.code, "UNAUTHORIZED" in caught.value.message) == ("pinning-unauthorized", True)


async def test_an_account_without_funds_is_told(service: PinningService) -> None:
    service.funds = False
    async with opened(service.url, token=SecretStr(service.token)) as store:
        with pytest.raises(Unavailable) as caught:
            await store.put(DATA)
    assert (caught.value.code, "INSUFFICIENT_FUNDS" in caught.value.message) == ("pinning-funds", True)


def pin(cid: str = CID, status: str = "pinned", number: int = 0, **more: Any) -> dict[str, Any]:
    created = f"2026-01-01T00:00:{number:02}Z"
    return {
        "requestid": f"r{number}",
        "status": status,
        "created": created,
        "pin": {"cid": cid},
        "delegates": [],
    } | more


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>hello</html>",
        b"[]",
        b"{}",
        b'{"count": 1, "results": [{}]}',
        b"[" * 100_000,
        json.dumps({"count": -1, "results": []}).encode(),
        json.dumps({"count": 1, "results": [pin(status="lost")]}).encode(),
        json.dumps({"count": 1, "results": [pin(requestid="")]}).encode(),
        json.dumps({"count": 9, "results": [pin(created="yesterday")]}).encode(),
        json.dumps({"count": 9, "results": [pin()]}).encode(),  # the same page for ever
    ],
)
async def test_an_answer_that_makes_no_sense_is_told_as_such(body: bytes) -> None:
    with answering(lambda _request: Response(body, 200)) as url:
        async with opened(url) as store:
            for call in (store.has(CID), store.delete(CID)):
                with pytest.raises(Unavailable) as caught:
                    await call
                assert caught.value.code == "pinning-nonsense"


async def test_a_service_that_ignores_the_filter_loses_none_of_other_peoples_pins() -> None:
    removed: list[str] = []

    def answer(request: Request) -> Response:
        if request.method == "DELETE":
            removed.append(request.url.path)
            return Response(status_code=202)
        listed = [pin(cid_of(b"theirs"), number=1), pin(number=2), pin(cid_of(b"hers"), number=3)]
        return Response(json.dumps({"count": 3, "results": listed}))

    with answering(answer) as url:
        async with opened(url) as store:
            assert await store.delete(CID)
    assert removed == ["/pins/r2"]


async def test_a_service_that_pins_something_else_is_found_out() -> None:
    def answer(request: Request) -> Response:
        if request.method == "POST":
            return Response(json.dumps(pin(cid_of(b"other"))), 202)
        return Response(json.dumps({"count": 0, "results": []}))

    with answering(answer) as url:
        async with opened(url) as store:
            with pytest.raises(Unavailable) as caught:
                await store.put(DATA)
    assert caught.value.code == "pinning-nonsense"


async def test_a_connection_lost_once_is_tried_again(service: PinningService) -> None:
    calls = []

    def answer(_request: Request) -> Response:
        calls.append(1)
        return Response(status_code=503) if len(calls) < 3 else Response(json.dumps({"count": 1, "results": [pin()]}))

    with answering(answer) as url:
        async with opened(url) as store:
            assert await store.has(CID)
    assert len(calls) == 3


@pytest.mark.parametrize("what", ["drip", "flood"])
async def test_a_slow_or_endless_answer_is_cut_off(what: str) -> None:
    async def body() -> AsyncIterator[bytes]:
        while True:
            yield b" " * (1 if what == "drip" else 1 << 20)
            await asyncio.sleep(0.05 if what == "drip" else 0)

    with answering(lambda _request: StreamingResponse(body())) as url:
        async with opened(url, seconds=2) as store:
            started = time.monotonic()
            for call in (store.has(CID), store.get(CID)):
                with pytest.raises(Unavailable) as caught:
                    await call
                assert caught.value.code == ("store-timeout" if what == "drip" else "store-unavailable")
            assert time.monotonic() - started < 6


async def test_nobody_there_is_unavailable() -> None:
    async with opened("http://127.0.0.1:1") as store:
        with pytest.raises(Unavailable) as caught:
            await store.has(CID)
    assert "FAIRSIGNAL_PINNING_URL" in caught.value.remedy


# --- the gateway ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [100, 3 * CHUNK])
async def test_a_gateway_that_gives_other_bytes_is_found_out(size: int) -> None:
    cid = cid_of(bytes(size))
    with answering(lambda _request: Response(b"other bytes")) as url:
        async with opened(url) as store:
            with pytest.raises(IntegrityError) as caught:
                await store.get(cid)
    assert caught.value.code == "cid-mismatch"


async def test_a_gateway_that_lies_about_one_leaf_is_found_out() -> None:
    cid, blocks = build(bytes(CHUNK) + b"\1" * CHUNK + b"\2")
    served = {block.cid: block.data for block in blocks}
    served[blocks[1].cid] = b"\3" * CHUNK
    with answering(lambda request: Response(served[request.url.path.removeprefix("/ipfs/")])) as url:
        async with opened(url) as store:
            with pytest.raises(IntegrityError):
                await store.get(cid)


@pytest.mark.parametrize(
    ("status", "error"), [(404, NotFound), (410, NotFound), (301, Unavailable), (502, Unavailable)]
)
async def test_what_the_gateway_does_not_give(status: int, error: type[Exception]) -> None:
    with answering(lambda _request: Response(status_code=status, headers={"location": "http://127.0.0.1:1"})) as url:
        async with opened(url) as store:
            with pytest.raises(error):
                await store.get(CID)


async def test_a_small_tree_that_unfolds_into_an_endless_one_is_refused() -> None:
    root, served = bomb(levels=6)
    with answering(lambda request: Response(served[request.url.path.removeprefix("/ipfs/")])) as url:
        async with opened(url) as store:
            with pytest.raises(IntegrityError) as caught:
                await store.get(root)
    assert "more blocks" in caught.value.message


async def test_the_gateway_never_sees_the_token() -> None:
    seen: list[str | None] = []

    def answer(request: Request) -> Response:
        seen.append(request.headers.get("authorization"))
        return Response(DATA)

    with answering(answer) as url:
        async with opened(url) as store:
            assert await store.get(CID) == DATA
    assert seen == [None]
