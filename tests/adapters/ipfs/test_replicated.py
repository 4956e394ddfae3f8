"""One blob in several places: how many copies, which is read, and how a bad one is found and healed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fairsignal.adapters.ipfs import EmbeddedBlobStore, KuboBlobStore, PinningBlobStore, ReplicatedBlobStore
from fairsignal.domain.cid import CHUNK, build, cid_of
from fairsignal.domain.errors import BadInput, IntegrityError, NotFound, Unavailable
from tests.adapters.ipfs.pinning_service import PinningService

if TYPE_CHECKING:
    from tests.adapters.ipfs.conftest import Kubo

DATA = random.Random(5).randbytes(9_232)


class Folder(EmbeddedBlobStore):
    """A second and third embedded store, told apart by name; a gate holds its writes up."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder
        self.name = folder.name
        self.gate = asyncio.Event()
        self.gate.set()

    async def put(self, data: bytes) -> str:
        await self.gate.wait()
        return await super().put(data)

    def file(self, cid: str) -> Path:
        (found,) = self.folder.rglob(cid)
        return found

    def tamper(self, cid: str) -> None:
        self.file(cid).write_bytes(b"other bytes")


def unreachable() -> KuboBlobStore:
    return KuboBlobStore("/ip4/127.0.0.1/tcp/1", timeout=timedelta(seconds=1))


@pytest.fixture
def folders(tmp_path: Path) -> list[Folder]:
    return [Folder(tmp_path / name) for name in ("first", "second", "third")]


@pytest.fixture
async def replicas(folders: list[Folder]) -> AsyncIterator[ReplicatedBlobStore]:
    store = ReplicatedBlobStore(folders, copies=2)
    yield store
    for folder in folders:
        folder.gate.set()
    await store.close()


def conditions(states: object) -> list[str]:
    return [state.condition for state in states]  # type: ignore[attr-defined]


# --- put ------------------------------------------------------------------------------------------------------------


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


# --- get ------------------------------------------------------------------------------------------------------------


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


# --- verify and heal ------------------------------------------------------------------------------------------------


async def test_heal_makes_missing_and_corrupt_copies_whole(
    replicas: ReplicatedBlobStore, folders: list[Folder]
) -> None:
    cid = await replicas.put(DATA)
    await replicas.settle()
    folders[0].tamper(cid)
    folders[1].file(cid).unlink()
    assert conditions(await replicas.verify(cid)) == ["corrupt", "missing", "present"]
    assert conditions(await replicas.heal(cid)) == ["present"] * 3
    assert [await folder.get(cid) for folder in folders] == [DATA] * 3


async def test_heal_takes_a_spare_when_no_copy_is_left_but_no_other_bytes(
    replicas: ReplicatedBlobStore, folders: list[Folder]
) -> None:
    cid = cid_of(DATA)
    assert conditions(await replicas.heal(cid)) == ["missing"] * 3
    assert conditions(await replicas.heal(cid, spare=b"other bytes")) == ["missing"] * 3
    assert not list(folders[0].folder.rglob("b*"))
    assert conditions(await replicas.heal(cid, spare=DATA)) == ["present"] * 3


@pytest.mark.parametrize("damage", ["leaf", "root", "lost leaf", "lost root", "unpinned"])
async def test_a_tree_damaged_anywhere_in_the_daemons_repository_is_seen_and_healed(
    kubo: Kubo, kubo_store: KuboBlobStore, folders: list[Folder], damage: str
) -> None:
    store = ReplicatedBlobStore([folders[0], kubo_store], copies=2)
    data = random.Random(damage).randbytes(3 * CHUNK)
    cid = await store.put(data)
    blocks = build(data)[1]
    file = block_file(kubo, (blocks[-1] if "root" in damage else blocks[1]).data)
    if damage == "unpinned":
        kubo.run("pin", "rm", cid)
    elif "lost" in damage:
        file.unlink()
    else:
        file.write_bytes(b"\xff" + file.read_bytes()[1:])
    expected = "corrupt" if damage in ("leaf", "root") else "missing"
    assert conditions(await store.verify(cid)) == ["present", expected]
    assert conditions(await store.heal(cid)) == ["present", "present"]
    assert kubo.run("cat", cid) == data
    assert cid in kubo.run("pin", "ls", "--type=recursive").decode()


async def test_a_pin_that_was_lost_is_made_again(
    replicated_store: ReplicatedBlobStore, service: PinningService
) -> None:
    cid = await replicated_store.put(DATA)
    service.kept.clear()
    assert conditions(await replicated_store.verify(cid)) == ["present", "present", "missing"]
    assert conditions(await replicated_store.heal(cid)) == ["present"] * 3


async def test_a_gateway_that_lies_is_corrupt_until_the_blob_is_pinned_anew(
    replicated_store: ReplicatedBlobStore, service: PinningService
) -> None:
    cid = await replicated_store.put(DATA)
    (kept,) = service.kept.values()
    kept.blocks[cid] = b"other"
    assert conditions(await replicated_store.verify(cid))[2] == "corrupt"
    assert conditions(await replicated_store.heal(cid))[2] == "present"


# --- erase ----------------------------------------------------------------------------------------------------------


async def test_erase_reports_for_every_replica_and_can_be_repeated(folders: list[Folder]) -> None:
    silent = unreachable()
    store = ReplicatedBlobStore([folders[0], silent, folders[1]])
    cid = await store.put(DATA)
    await store.settle()
    await folders[1].delete(cid)
    reports = await store.erase(cid)
    assert [(report.name, report.ok, report.detail) for report in reports][::2] == [
        ("first", True, "removed"),
        ("second", True, "was not there"),
    ]
    assert (reports[1].name, reports[1].ok) == ("kubo", False)
    assert "No IPFS daemon answers" in reports[1].detail
    again = await store.erase(cid)
    assert [report.ok for report in again] == [True, False, True]
    await store.close()


async def test_erase_leaves_nothing_at_the_daemon_and_the_service(
    replicated_store: ReplicatedBlobStore, kubo: Kubo, service: PinningService
) -> None:
    data = random.Random(8).randbytes(2 * CHUNK)
    cid = await replicated_store.put(data)
    assert all(report.ok for report in await replicated_store.erase(cid))
    refs = kubo.run("refs", "local").decode().split()
    assert not {block.cid for block in build(data)[1]} & set(refs)
    assert (service.kept, service.blocks) == ({}, {})


@pytest.mark.parametrize("damage", ["root", "lost root"])
async def test_a_damaged_tree_can_still_be_erased(kubo: Kubo, kubo_store: KuboBlobStore, damage: str) -> None:
    data = random.Random(damage + "erase").randbytes(2 * CHUNK)
    cid = await kubo_store.put(data)
    file = block_file(kubo, build(data)[1][-1].data)
    if damage == "root":
        file.write_bytes(b"\xff" * 50)
    else:
        file.unlink()
    await kubo_store.delete(cid)
    assert cid not in kubo.run("pin", "ls", "--type=recursive").decode()
    assert cid not in kubo.run("refs", "local").decode()


async def test_what_is_written_in_the_background_does_not_come_back_after_an_erasure(
    replicated_store: ReplicatedBlobStore, embedded_store: EmbeddedBlobStore, kubo: Kubo, service: PinningService
) -> None:
    store = ReplicatedBlobStore(replicated_store._stores, copies=1)
    for number in range(12):
        service.hold = 0.01 * (number % 4)
        data = random.Random(f"race {number}").randbytes(60_000)
        cid = await store.put(data)
        await asyncio.sleep(0.004 * number)
        assert all(report.ok for report in await store.erase(cid))
        await asyncio.sleep(0.05)
        assert conditions(await store.verify(cid)) == ["missing"] * 3
        assert service.kept == {}
    await store.settle()


async def test_a_put_that_an_erasure_stops_says_so(replicas: ReplicatedBlobStore, folders: list[Folder]) -> None:
    for folder in folders:
        folder.gate.clear()
    putting = asyncio.create_task(replicas.put(DATA))
    while not replicas._writes.is_writing(cid_of(DATA), "first"):  # noqa: ASYNC110 - there is no event for it
        await asyncio.sleep(0.001)
    await replicas.erase(cid_of(DATA))
    with pytest.raises(Unavailable) as caught:
        await putting
    assert "being erased" in caught.value.message
    assert not await replicas.has(cid_of(DATA))


def block_file(kubo: Kubo, data: bytes) -> Path:
    (found,) = (
        path
        for path in (kubo.repository / "blocks").rglob("*.data")
        if path.stat().st_size == len(data) and path.read_bytes() == data
    )
    return found
