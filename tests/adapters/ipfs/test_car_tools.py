"""What the real tools make of our CAR files, and what we make of theirs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fairsignal.adapters.ipfs import EmbeddedBlobStore, import_car
from fairsignal.domain.cid import CHUNK, build, cid_of
from fairsignal.domain.errors import BadInput

if TYPE_CHECKING:
    from tests.adapters.ipfs.conftest import Kubo

from tests.adapters.ipfs.blobs import blob
from tests.adapters.ipfs.cars import SIZES, exported, ipfs_car, stored


@pytest.mark.parametrize("size", SIZES)
async def test_the_ipfs_command_imports_what_we_export(
    kubo: Kubo, embedded_store: EmbeddedBlobStore, tmp_path: Path, size: int
) -> None:
    data = blob(size) + b"ours"
    car, (cid,) = await exported(embedded_store, tmp_path, data)
    assert cid in kubo.run("dag", "import", "--stats", str(car)).decode()
    assert kubo.run("cat", cid) == data


@pytest.mark.parametrize("size", SIZES)
async def test_we_import_what_the_ipfs_command_exports(
    kubo: Kubo, embedded_store: EmbeddedBlobStore, tmp_path: Path, size: int
) -> None:
    data = blob(size) + b"theirs"
    cid = kubo.run("add", "--quieter", "--cid-version=1", stdin=data).decode().strip()
    (tmp_path / "kubo.car").write_bytes(kubo.run("dag", "export", cid))
    done = await import_car(tmp_path / "kubo.car", embedded_store)
    assert done.cids == (cid,)
    assert await embedded_store.get(cid) == data


@pytest.mark.parametrize("size", SIZES)
async def test_one_blobs_file_is_byte_by_byte_that_of_the_ipfs_command(
    kubo: Kubo, embedded_store: EmbeddedBlobStore, tmp_path: Path, size: int
) -> None:
    car, (cid,) = await exported(embedded_store, tmp_path, blob(size))
    kubo.run("add", "--quieter", "--cid-version=1", stdin=blob(size))
    assert car.read_bytes() == kubo.run("dag", "export", cid)


async def test_several_blobs_in_one_file_with_blocks_in_common(
    kubo: Kubo, embedded_store: EmbeddedBlobStore, tmp_path: Path
) -> None:
    common = blob(2 * CHUNK)
    blobs = [common, common + b"more", b"small"]
    car, cids = await exported(embedded_store, tmp_path, *blobs)
    assert car.stat().st_size < 2 * CHUNK + 2000
    kubo.run("dag", "import", str(car))
    other = EmbeddedBlobStore(tmp_path / "other")
    assert (await import_car(car, other)).cids == tuple(cids)
    for cid, data in zip(cids, blobs, strict=True):
        assert kubo.run("cat", cid) == await other.get(cid) == data


@pytest.mark.parametrize("size", [10_816, 3 * CHUNK])
async def test_npms_ipfs_car_reads_what_we_export(embedded_store: EmbeddedBlobStore, tmp_path: Path, size: int) -> None:
    car, (cid,) = await exported(embedded_store, tmp_path, blob(size))
    assert ipfs_car("roots", car).split() == [cid]
    assert set(ipfs_car("blocks", car).split()) == {block.cid for block in build(blob(size))[1]}
    ipfs_car("unpack", car, "--output", tmp_path / "unpacked")
    assert (tmp_path / "unpacked").read_bytes() == blob(size)


async def test_we_import_what_npms_ipfs_car_packs(embedded_store: EmbeddedBlobStore, tmp_path: Path) -> None:
    data = blob(10_816)
    (tmp_path / "manifest").write_bytes(data)
    ipfs_car("pack", tmp_path / "manifest", "--no-wrap", "--output", tmp_path / "packed.car")
    assert (await import_car(tmp_path / "packed.car", embedded_store)).cids == (cid_of(data),)
    assert await embedded_store.get(cid_of(data)) == data


async def test_what_npms_ipfs_car_cuts_or_wraps_in_another_way_is_refused(
    embedded_store: EmbeddedBlobStore, tmp_path: Path
) -> None:
    (tmp_path / "large").write_bytes(blob(5 * CHUNK))
    ipfs_car("pack", tmp_path / "large", "--no-wrap", "--output", tmp_path / "large.car")
    ipfs_car("pack", tmp_path / "large", "--output", tmp_path / "folder.car")
    for car in ("large.car", "folder.car"):
        with pytest.raises(BadInput) as caught:
            await import_car(tmp_path / car, embedded_store)
        assert caught.value.code == "not-a-blob"
        assert "ipfs add --cid-version=1" in caught.value.remedy
    assert stored(tmp_path) == []
