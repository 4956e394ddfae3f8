"""CAR files are written and read whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fairsignal.adapters.ipfs import EmbeddedBlobStore, export_car, import_car
from fairsignal.domain.cid import cid_of
from fairsignal.domain.errors import BadInput, NotFound, Unavailable

if TYPE_CHECKING:
    pass

from tests.adapters.ipfs.cars import exported, stored


async def test_an_export_that_fails_leaves_the_old_file_and_no_other(
    embedded_store: EmbeddedBlobStore, tmp_path: Path
) -> None:
    (tmp_path / "out.car").write_bytes(b"yesterday's")
    cid = await embedded_store.put(b"data")
    with pytest.raises(NotFound):
        await export_car([cid, cid_of(b"absent")], embedded_store, tmp_path / "out.car")
    assert (tmp_path / "out.car").read_bytes() == b"yesterday's"
    assert not list(tmp_path.glob(".out.car*"))  # noqa: ASYNC240 - a look at a test's folder


@pytest.mark.parametrize("target", ["no-folder/out.car", "store"])
async def test_a_file_that_cannot_be_written_is_told(
    embedded_store: EmbeddedBlobStore, tmp_path: Path, target: str
) -> None:
    cid = await embedded_store.put(b"data")
    with pytest.raises(BadInput) as caught:
        await export_car([cid], embedded_store, tmp_path / target)
    assert caught.value.code == "bad-file"


async def test_a_missing_file_and_a_bad_cid_are_told(embedded_store: EmbeddedBlobStore, tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        await import_car(tmp_path / "missing.car", embedded_store)
    with pytest.raises(BadInput):
        await export_car(["QmNo"], embedded_store, tmp_path / "out.car")


async def test_an_import_that_a_store_ends_half_way_can_be_repeated(tmp_path: Path) -> None:
    class Full(EmbeddedBlobStore):
        room = 1

        async def put(self, data: bytes) -> str:
            if self.room == 0:
                raise Unavailable("full")
            self.room -= 1
            return await super().put(data)

    car, cids = await exported(EmbeddedBlobStore(tmp_path / "source"), tmp_path, b"one", b"two")
    store = Full(tmp_path / "store")
    with pytest.raises(Unavailable):
        await import_car(car, store)
    assert stored(tmp_path) == [cids[0]]
    store.room = 9
    await import_car(car, store)
    assert stored(tmp_path) == sorted(cids)
