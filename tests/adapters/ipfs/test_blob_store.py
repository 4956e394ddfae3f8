"""The contract of ``ports.BlobStore``, for every adapter."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from fairsignal.adapters.ipfs import EmbeddedBlobStore, KuboBlobStore
from fairsignal.domain.cid import CHUNK, cid_of
from fairsignal.domain.errors import BadInput, NotFound
from fairsignal.ports import BlobStore

if TYPE_CHECKING:
    from tests.adapters.ipfs.conftest import Kubo

from tests.adapters.ipfs.blobs import SIZES, blob


@pytest.mark.parametrize("size", SIZES)
async def test_every_size_comes_back_as_it_was_put(store: BlobStore, size: int) -> None:
    data = blob(size)
    cid = await store.put(data)
    assert cid == cid_of(data)
    assert await store.has(cid)
    assert await store.get(cid) == data


@pytest.mark.parametrize("size", SIZES)
async def test_all_stores_and_the_ipfs_command_name_the_same_cid(
    embedded_store: EmbeddedBlobStore, kubo_store: KuboBlobStore, kubo: Kubo, size: int
) -> None:
    data = blob(size)
    said = kubo.run("add", "--quieter", "--only-hash", "--cid-version=1", "--chunker=size-262144", stdin=data)
    assert await embedded_store.put(data) == await kubo_store.put(data) == said.decode().strip()


async def test_putting_the_same_bytes_twice_changes_nothing(store: BlobStore) -> None:
    data = blob(1000)
    assert await store.put(data) == await store.put(data)
    assert await store.get(cid_of(data)) == data


async def test_what_was_never_put_is_not_found(store: BlobStore) -> None:
    absent = cid_of(b"never put anywhere")
    assert not await store.has(absent)
    with pytest.raises(NotFound) as caught:
        await store.get(absent)
    assert caught.value.remedy


@pytest.mark.parametrize("size", [12, 3 * CHUNK + 5])
async def test_what_is_deleted_is_gone(store: BlobStore, size: int) -> None:
    cid = await store.put(blob(size))
    assert await store.delete(cid)
    assert not await store.has(cid)
    with pytest.raises(NotFound):
        await store.get(cid)
    assert not await store.delete(cid)


async def test_deleting_one_blob_keeps_another_that_shares_its_blocks(store: BlobStore) -> None:
    shared = blob(2 * CHUNK)
    kept, dropped = shared + b"kept", shared + b"dropped"
    await store.put(kept)
    await store.delete(await store.put(dropped))
    assert await store.get(cid_of(kept)) == kept


@pytest.mark.parametrize(
    "text", ["", "../../etc/passwd", "QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n", "b", "bafk"]
)
async def test_only_a_canonical_cid_is_accepted(store: BlobStore, text: str) -> None:
    for call in (store.get, store.has, store.delete):
        with pytest.raises(BadInput) as caught:
            await call(text)
        assert caught.value.code == "bad-cid"


async def test_many_calls_at_once_do_not_disturb_each_other(store: BlobStore) -> None:
    blobs = [blob(10_000 + n) for n in range(24)]
    cids = await asyncio.gather(*(store.put(data) for data in blobs))
    assert await asyncio.gather(*(store.get(cid) for cid in cids)) == blobs
