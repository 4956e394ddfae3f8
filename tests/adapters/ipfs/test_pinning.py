"""The pinning service as replica, and its protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from fairsignal.adapters.ipfs import KuboBlobStore, PinningApi, PinningBlobStore, read_token
from fairsignal.domain.cid import CHUNK, build, cid_of
from fairsignal.domain.errors import BadInput, Unavailable
from tests.adapters.ipfs.opened import opened
from tests.adapters.ipfs.pinning_service import PinningService

if TYPE_CHECKING:
    from tests.adapters.ipfs.conftest import Kubo

DATA = b"sealed" * 100
CID = cid_of(DATA)


async def test_the_service_fetches_the_bytes_and_the_gateway_gives_them_back(
    pinning_store: PinningBlobStore, kubo_store: KuboBlobStore, service: PinningService
) -> None:
    data = bytes(CHUNK) + b"more"
    await kubo_store.put(data)
    assert (await pinning_store.state(cid_of(data))).condition == "missing"
    cid = await pinning_store.put(data)
    assert cid == cid_of(data)
    assert set(service.blocks) == {block.cid for block in build(data)[1]}
    assert await pinning_store.has(cid)
    assert await pinning_store.get(cid) == data
    assert (await pinning_store.state(cid)).condition == "present"


async def test_put_waits_through_queued_and_pinning(
    pinning_store: PinningBlobStore, kubo_store: KuboBlobStore, service: PinningService
) -> None:
    await kubo_store.put(DATA)
    service.hold = 0.3
    putting = asyncio.create_task(pinning_store.put(DATA))
    seen = set()
    while not putting.done():
        seen.add((await pinning_store.state(CID)).detail)
        await asyncio.sleep(0.02)
    await putting
    assert {"its pin is queued", "its pin is pinning"} <= seen


async def test_what_is_pinned_is_not_asked_for_again(
    pinning_store: PinningBlobStore, kubo_store: KuboBlobStore, service: PinningService
) -> None:
    await kubo_store.put(DATA)
    await pinning_store.put(DATA)
    await pinning_store.put(DATA)
    assert service.log.count("POST /pins") == 1


async def test_a_request_that_is_under_way_is_waited_for(
    pinning_store: PinningBlobStore, kubo_store: KuboBlobStore, service: PinningService
) -> None:
    await kubo_store.put(DATA)
    service.hold = 0.2
    first = asyncio.create_task(pinning_store.put(DATA))
    assert await asyncio.to_thread(service.asked.wait, 10)
    await pinning_store.put(DATA)
    await first
    assert service.log.count("POST /pins") == 1


async def test_a_pin_that_failed_is_told_and_made_anew_next_time(
    pinning_store: PinningBlobStore, kubo_store: KuboBlobStore, service: PinningService
) -> None:
    data = b"where no origin has it"
    with pytest.raises(Unavailable) as caught:
        await pinning_store.put(data)
    assert caught.value.code == "pin-failed"
    assert (await pinning_store.state(cid_of(data))).detail == "its pin is failed"
    await kubo_store.put(data)
    await pinning_store.put(data)
    assert [kept.status for kept in service.kept.values()] == ["pinned"]


async def test_a_pin_that_takes_too_long_is_told_apart(kubo: Kubo, service: PinningService) -> None:
    service.hold = 30
    async with opened(service.url, token=SecretStr(service.token), patience=0.3) as store:
        with pytest.raises(Unavailable) as caught:
            await store.put(DATA)
    assert caught.value.code == "pin-pending"


async def test_delete_removes_every_request_on_every_page_and_nothing_else(service: PinningService) -> None:
    service.hold, service.per_page = 60, 3
    api = PinningApi(service.url, SecretStr(service.token), timeout=timedelta(seconds=5))
    for _ in range(10):
        await api.add(CID, "fairsignal", [])
    other = await api.add(cid_of(b"other"), "fairsignal", [])
    for status, kept in zip(["pinned", "failed", "pinning", "queued"], service.kept.values(), strict=False):
        kept.status = status  # type: ignore[assignment]
    assert len(await api.requests(CID)) == 10
    store = PinningBlobStore(api, None)
    assert await store.delete(CID)
    assert list(service.kept) == [other.requestid]
    assert not await store.delete(CID)
    await store.close()


async def test_a_pin_removed_while_it_is_made_ends_the_waiting(service: PinningService) -> None:
    service.hold = 60
    async with opened(service.url, token=SecretStr(service.token)) as store:
        putting = asyncio.create_task(store.put(DATA))
        assert await asyncio.to_thread(service.asked.wait, 10)
        await store.delete(CID)
        with pytest.raises(Unavailable) as caught:
            await putting
    assert caught.value.code == "pin-removed"


async def test_a_cancelled_put_leaves_no_request_behind_that_delete_would_not_find(service: PinningService) -> None:
    service.hold = 60
    async with opened(service.url, token=SecretStr(service.token)) as store:
        for pause in (0.0, 0.002, 0.004, 0.008, 0.016):
            putting = asyncio.create_task(store.put(DATA))
            await asyncio.sleep(pause)
            putting.cancel()
            await asyncio.wait([putting])
            await store.delete(CID)
            await asyncio.sleep(0.05)
            assert service.kept == {}


async def test_without_a_gateway_reading_says_so_and_the_state_is_the_services_word(
    kubo: Kubo, kubo_store: KuboBlobStore, service: PinningService
) -> None:
    await kubo_store.put(DATA)
    async with opened(service.url, token=SecretStr(service.token), gateway=None, kubo=kubo) as store:
        await store.put(DATA)
        with pytest.raises(Unavailable) as caught:
            await store.get(CID)
        state = await store.state(CID)
    assert caught.value.code == "no-gateway"
    assert "FAIRSIGNAL_PINNING_GATEWAY" in caught.value.remedy
    assert (state.condition, "by the service's word" in state.detail) == ("present", True)


async def test_origins_are_the_providers_and_it_is_asked_to_dial_the_delegates(service: PinningService) -> None:
    class Node:
        dialled: Sequence[str] = ()

        async def addresses(self) -> list[str]:
            return [f"/ip4/127.0.0.1/tcp/{port}" for port in range(1, 30)]

        async def connect(self, addresses: Sequence[str]) -> None:
            self.dialled = addresses
            raise Unavailable("cannot dial: a hint only")

    node = Node()
    service.hold = 60
    api = PinningApi(service.url, SecretStr(service.token), timeout=timedelta(seconds=5))
    store = PinningBlobStore(api, None, provider=node, patience=timedelta(seconds=0.2))
    with pytest.raises(Unavailable):
        await store.put(DATA)
    (kept,) = service.kept.values()
    assert kept.pin.origins == [f"/ip4/127.0.0.1/tcp/{port}" for port in range(1, 21)]
    assert kept.pin.name == "fairsignal"
    assert node.dialled == service.delegates
    await store.close()


@pytest.mark.parametrize("content", [b"", b"  \n", b"two words", b"two\nlines", "süß".encode()])
def test_a_file_without_one_token_is_refused_and_not_quoted(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "token").write_bytes(content)
    with pytest.raises(BadInput) as caught:
        read_token(tmp_path / "token")
    assert "words" not in str(caught.value)


def test_the_token_is_read_without_its_line_break_and_never_shown(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("abc123\n")
    token = read_token(tmp_path / "token")
    assert token.get_secret_value() == "abc123"
    store = PinningBlobStore(PinningApi("http://127.0.0.1:1", token, timeout=timedelta(seconds=1)), None)
    assert "abc123" not in repr(store) + repr(vars(store)) + repr(token)
    with pytest.raises(BadInput):
        read_token(tmp_path / "missing")
