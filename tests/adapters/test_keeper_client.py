"""A keeper may say anything: the client turns nonsense into "unavailable" and nothing else."""

from __future__ import annotations

import asyncio
import dataclasses
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import aiohttp
import pytest

from fairsignal.adapters.keepers import HttpKeeperClient
from fairsignal.domain.errors import BadInput, FairsignalError, Refused, Unavailable
from fairsignal.domain.release import ItemResult
from fairsignal.market.open_released import sign_request
from fairsignal.ports import ErasedAnswer, KeeperInfo, ReleaseAnswer
from tests.keeper.world import ADVERTISER, ITEM, NOW, REGISTRY, SUBJECT, TERMS

SIGNATURE, KEY, DIGEST, SHARE = b"\1" * 65, b"\2" * 32, b"\3" * 32, b"\4" * 80


@dataclasses.dataclass
class Speaker:
    """A real HTTP server on loopback with one answer for everything, until another is set."""

    status: int = 200
    body: bytes = b"{}"
    headers: tuple[str, ...] = ()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        if lengths:
            await reader.readexactly(int(lengths[0]))
        lines = [f"HTTP/1.1 {self.status} X", f"content-length: {len(self.body)}", "connection: close", *self.headers]
        writer.write("\r\n".join([*lines, "", ""]).encode() + self.body)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def speaking(speaker: Speaker) -> AsyncIterator[HttpKeeperClient]:
    server = await asyncio.start_server(speaker.answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, aiohttp.ClientSession() as http:
        yield HttpKeeperClient(f"http://127.0.0.1:{port}", http)


def keeper_that_says(status: int, body: bytes, *headers: str) -> AbstractAsyncContextManager[HttpKeeperClient]:
    return speaking(Speaker(status, body, headers))


async def info(keeper: HttpKeeperClient) -> KeeperInfo:
    return await keeper.info()


async def deposit(keeper: HttpKeeperClient) -> None:
    await keeper.deposit(b"manifest", b"shares", 1, SIGNATURE)


async def release(keeper: HttpKeeperClient) -> ReleaseAnswer:
    return await keeper.release(sign_request(ADVERTISER, 1, REGISTRY, TERMS, [ITEM], NOW))


async def erase(keeper: HttpKeeperClient) -> ErasedAnswer:
    return await keeper.erase(TERMS.operator, SUBJECT, SIGNATURE)


Call = Callable[[HttpKeeperClient], Awaitable[Any]]
CALLS: list[Call] = [info, deposit, release, erase]


def hexed(data: bytes) -> str:
    return "0x" + data.hex()


RESULT = {"digest": hexed(DIGEST), "share": hexed(SHARE), "refused": "", "detail": ""}
GOOD: dict[Call, dict[str, Any]] = {
    info: {
        "address": ADVERTISER.address,
        "hpke_key": hexed(KEY),
        "expires_at": NOW,
        "signature": hexed(SIGNATURE),
    },
    release: {"results": [RESULT], "released_at": NOW, "receipt": hexed(SIGNATURE)},
    erase: {"erased_at": NOW, "receipt": hexed(SIGNATURE)},
}
GIVEN: dict[Call, Any] = {
    info: KeeperInfo(ADVERTISER.address, "", KEY, NOW, SIGNATURE),
    release: ReleaseAnswer((ItemResult(DIGEST, SHARE),), NOW, SIGNATURE),
    erase: ErasedAnswer(NOW, SIGNATURE),
}

NOT_HEX: list[Any] = [None, 5, True, [], {}, "", "0x", "0xzz", "0x1", "0x" + "11" * 31, "0x" + "11" * 33]
NOT_TIME: list[Any] = [None, "1", 1.5, True, [], -1, 1 << 40, 10**400]
NOT_TEXT: list[Any] = [None, 5, True, [], {}]
WRONG = {
    "address": NOT_TEXT,
    "hpke_key": NOT_HEX,
    "signature": NOT_HEX,
    "receipt": NOT_HEX,
    "digest": NOT_HEX,
    "share": [value for value in NOT_HEX if value is not None],
    "refused": NOT_TEXT,
    "detail": NOT_TEXT,
    "expires_at": NOT_TIME,
    "released_at": NOT_TIME,
    "erased_at": NOT_TIME,
    "results": [None, 5, "x", {}, [5], [None], [[]], [RESULT, {}]],
}


def malformed(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The document with each field wrong in turn, and left out in turn."""
    found = []
    for field in document:
        found += [{**document, field: value} for value in WRONG[field]]
        if field != "share":  # left out, it is refused
            found.append({name: value for name, value in document.items() if name != field})
    return found


async def unavailable(call: Call, answers: Iterable[Speaker]) -> None:
    """Each of the answers, and nothing else than this comes of it."""
    speaker = Speaker()
    async with speaking(speaker) as keeper:
        for answer in answers:
            speaker.status, speaker.body, speaker.headers = dataclasses.astuple(answer)
            with pytest.raises(Unavailable) as caught:
                await call(keeper)
            assert caught.value.code == "keeper-unavailable", answer.body[:200]


def said(document: Any) -> Speaker:
    return Speaker(200, json.dumps(document).encode())


@pytest.mark.parametrize("call", GOOD, ids=lambda call: call.__name__)
async def test_answer_is_read(call: Call) -> None:
    async with keeper_that_says(200, json.dumps({**GOOD[call], "more": 1}).encode()) as keeper:
        answer = await call(keeper)
        assert answer == (dataclasses.replace(GIVEN[info], url=keeper.url) if call is info else GIVEN[call])


@pytest.mark.parametrize("call", GOOD, ids=lambda call: call.__name__)
async def test_document_with_any_field_malformed_is_unavailable(call: Call) -> None:
    await unavailable(call, map(said, malformed(GOOD[call])))


async def test_result_with_any_field_malformed_is_unavailable() -> None:
    await unavailable(release, (said({**GOOD[release], "results": [RESULT, each]}) for each in malformed(RESULT)))


async def test_refused_item_has_no_share() -> None:
    result = {"digest": hexed(bytes(32)), "share": None, "refused": "no-consent", "detail": "Because."}
    async with keeper_that_says(200, json.dumps({**GOOD[release], "results": [result]}).encode()) as keeper:
        (read,) = (await release(keeper)).results
    assert read == ItemResult(bytes(32), None, "no-consent", "Because.")


NONSENSE = [b"", b"[]", b"null", b"5", b'"text"', b"\xff", b"{", b"[" * 100_000, b'{"a":' * 50_000, b"1" * 10_000]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.__name__)
async def test_nonsense_is_unavailable(call: Call) -> None:
    await unavailable(call, (Speaker(status, body) for body in NONSENSE for status in (200, 404, 500)))


async def test_encoding_that_is_none_is_unavailable() -> None:
    bodies = b"not gzip at all", gzip.compress(b"{}")[:-9]
    await unavailable(info, (Speaker(200, body, ("content-encoding: gzip",)) for body in bodies))


@pytest.mark.parametrize(
    ("status", "kind"), [(403, Refused), (404, Refused), (422, BadInput), (503, Unavailable), (500, Unavailable)]
)
@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.__name__)
async def test_problems_keep_their_rule(call: Call, status: int, kind: type[FairsignalError]) -> None:
    async with keeper_that_says(status, b'{"code": "some-rule", "detail": "Because."}') as keeper:
        with pytest.raises(kind) as caught:
            await call(keeper)
    assert caught.value.code == "some-rule"


async def test_problem_whose_fields_are_nonsense_is_an_error_of_ours() -> None:
    async with keeper_that_says(403, b'{"code": 5, "detail": [], "remedy": null}') as keeper:
        with pytest.raises(Refused):
            await keeper.info()


async def test_redirect_is_not_followed() -> None:
    async with keeper_that_says(302, b"{}", "location: http://127.0.0.1:1/") as keeper:
        with pytest.raises(Refused):
            await keeper.info()


async def test_nobody_listening_is_unavailable() -> None:
    async with keeper_that_says(200, b"{}") as keeper:
        url = keeper.url
    async with aiohttp.ClientSession() as http:
        with pytest.raises(Unavailable):
            await HttpKeeperClient(url, http).info()


async def test_answer_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every byte comes within a time-out per read, the whole answer never does."""
    monkeypatch.setattr("fairsignal.adapters.keepers.http._SECONDS", 0.3)

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 X\r\ncontent-length: 1000\r\n\r\n")
        try:
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.02)
        except ConnectionError:
            writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, aiohttp.ClientSession() as http, asyncio.timeout(30):
        with pytest.raises(Unavailable) as caught:
            await HttpKeeperClient(url, http).info()
    assert caught.value.code == "keeper-unavailable"
