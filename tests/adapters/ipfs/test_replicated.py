"""One blob in several places: how many copies, and which is read."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import pytest

from fairsignal.adapters.ipfs import KuboBlobStore, PinningBlobStore, ReplicatedBlobStore
from fairsignal.domain.cid import CHUNK, cid_of
from fairsignal.domain.errors import BadInput, IntegrityError, NotFound, Unavailable
from tests.adapters.ipfs.pinning_service import PinningService

if TYPE_CHECKING:
    from tests.adapters.ipfs.conftest import Kubo

from tests.adapters.ipfs.folders import DATA, Folder, block_file, conditions, unreachable


async def test_put_returns_with_enough_copies_and_the_last_follows(
    replicas: ReplicatedBlobStore, folders: list[Folder]
) -> None:
    folders[0].gate.clear()
    cid = await replicas.put(DATA)
    assert [await folder.has(cid) for folder in folders] == [False, True, True]
    folders[0].gate.set()
    await replicas.settle()
    assert conditions(await replicas.verify(cid)) == ["present"] * 3


async def test_put_waits_while_copies_are_missing(replicas: ReplicatedBlobStore, folders: list[Folder]) -> None:
    for folder in folders[:2]:
        folder.gate.clear()
    putting = asyncio.create_task(replicas.put(DATA))
    done, _ = await asyncio.wait([putting], timeout=0.2)
    assert not done
    folders[1].gate.set()
    assert await putting == cid_of(DATA)


async def test_too_few_copies_name_the_stores_that_do_not_have_it(folders: list[Folder]) -> None:
    store = ReplicatedBlobStore([folders[0], unreachable()], copies=2)
    with pytest.raises(Unavailable) as caught:
        await store.put(DATA)
    assert caught.value.code == "too-few-copies"
    assert "1 of 2" in caught.value.message
    assert "kubo: No IPFS daemon answers" in caught.value.message
    assert "first" not in caught.value.message
    assert await folders[0].has(cid_of(DATA))
    await store.close()


async def test_one_store_less_does_not_matter_while_enough_have_it(folders: list[Folder]) -> None:
    store = ReplicatedBlobStore([unreachable(), *folders[:2]], copies=2)
    cid = await store.put(DATA)
    assert await store.get(cid) == DATA
    await store.settle()
    assert conditions(await store.verify(cid)) == ["unreachable", "present", "present"]
    await store.close()


async def test_the_pinning_service_fetches_what_the_daemon_got(
    replicated_store: ReplicatedBlobStore, service: PinningService
) -> None:
    data = random.Random(6).randbytes(CHUNK + 1)
    cid = await replicated_store.put(data)
    assert conditions(await replicated_store.verify(cid)) == ["present"] * 3
    assert cid in service.blocks


async def test_nothing_is_asked_of_a_service_when_there_is_nothing_to_fetch_from(
    pinning_store: PinningBlobStore, service: PinningService
) -> None:
    store = ReplicatedBlobStore([unreachable(), pinning_store])
    with pytest.raises(Unavailable) as caught:
        await store.put(DATA)
    assert "pinning: There is no replica to fetch from" in caught.value.message
    assert "POST /pins" not in service.log


@pytest.mark.parametrize("copies", [0, 4])
def test_more_copies_than_stores_are_refused(folders: list[Folder], copies: int) -> None:
    with pytest.raises(BadInput) as caught:
        ReplicatedBlobStore(folders, copies)
    assert "FAIRSIGNAL_BLOB_COPIES" in caught.value.message


async def test_a_liar_is_skipped_and_healed(replicas: ReplicatedBlobStore, folders: list[Folder]) -> None:
    cid = await replicas.put(DATA)
    await replicas.settle()
    folders[0].tamper(cid)
    assert await replicas.get(cid) == DATA
    await replicas.settle()
    assert folders[0].file(cid).read_bytes() == DATA


async def test_a_daemon_that_lies_is_healed_on_its_own_disk(
    kubo: Kubo, kubo_store: KuboBlobStore, folders: list[Folder]
) -> None:
    store = ReplicatedBlobStore([kubo_store, folders[0]], copies=2)
    data = random.Random(7).randbytes(4_000)
    cid = await store.put(data)
    block = block_file(kubo, data)
    block.write_bytes(b"x" * 4_000)
    assert await store.get(cid) == data
    await store.settle()
    assert block.read_bytes() == data
    assert kubo.run("cat", cid) == data


async def test_all_copies_bad_is_an_integrity_error_and_none_a_not_found(
    replicas: ReplicatedBlobStore, folders: list[Folder]
) -> None:
    cid = await replicas.put(DATA)
    await replicas.settle()
    for folder in folders:
        folder.tamper(cid)
    with pytest.raises(IntegrityError) as caught:
        await replicas.get(cid)
    assert "first, second, third" in caught.value.message
    await replicas.delete(cid)
    with pytest.raises(NotFound):
        await replicas.get(cid)


async def test_a_silent_store_might_have_it(folders: list[Folder]) -> None:
    store = ReplicatedBlobStore([folders[0], unreachable()])
    for call in (store.get(cid_of(DATA)), store.has(cid_of(DATA)), store.delete(cid_of(DATA))):
        with pytest.raises(Unavailable):
            await call
    await store.close()
