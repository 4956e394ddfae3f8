"""Bad copies are found and healed, and all are erased."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import pytest

from fairsignal.adapters.ipfs import EmbeddedBlobStore, KuboBlobStore, ReplicatedBlobStore
from fairsignal.domain.cid import CHUNK, build, cid_of
from fairsignal.domain.errors import Unavailable
from tests.adapters.ipfs.pinning_service import PinningService

if TYPE_CHECKING:
    from tests.adapters.ipfs.conftest import Kubo

from tests.adapters.ipfs.folders import DATA, Folder, block_file, conditions, unreachable


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
