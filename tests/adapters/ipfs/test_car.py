"""CAR files: what the real tools make of ours, what we make of theirs, and what is refused."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import libipld
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fairsignal.adapters.ipfs import EmbeddedBlobStore, export_car, import_car
from fairsignal.domain.cid import CHUNK, build, cid_of
from fairsignal.domain.errors import BadInput, FairsignalError, IntegrityError, NotFound, Unavailable
from tests.adapters.ipfs.trees import binary, bomb, node, text

if TYPE_CHECKING:
    from tests.adapters.ipfs.conftest import Kubo

IPFS_CAR = Path(__file__).parents[3] / "node_modules" / "ipfs-car" / "bin.js"
SIZES = [0, 10_816, CHUNK, CHUNK + 1, 176 * CHUNK]


def blob(size: int) -> bytes:
    return random.Random(size).randbytes(size)


async def exported(store: EmbeddedBlobStore, folder: Path, *blobs: bytes) -> tuple[Path, list[str]]:
    cids = [await store.put(data) for data in blobs]
    await export_car(cids, store, folder / "out.car")
    return folder / "out.car", cids


def ipfs_car(*arguments: str | Path) -> str:
    if not IPFS_CAR.is_file() or shutil.which("node") is None:
        missing = "npm's ipfs-car is not installed: run `python3 scripts/setup.py node-dev`"
        if os.environ.get("FAIRSIGNAL_REQUIRE_KUBO") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    done = subprocess.run(
        ["node", IPFS_CAR, *arguments], capture_output=True, text=True, timeout=60, check=False, env=os.environ
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def stored(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "store" / "objects").rglob("*") if path.is_file())


# --- other people's tools -------------------------------------------------------------------------------------------


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


# --- bad files ------------------------------------------------------------------------------------------------------


def section(raw_cid: bytes, data: bytes) -> bytes:
    return length(len(raw_cid) + len(data)) + raw_cid + data


def length(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def header(roots: Sequence[bytes], version: int = 1) -> bytes:
    encoded = libipld.encode_dag_cbor({"roots": list(roots), "version": version})
    return length(len(encoded)) + encoded


RAW = binary("raw", b"hello")
GOOD = header([RAW]) + section(RAW, b"hello")
LONE_NODE = node(RAW, binary("raw", b"absent"))
FOLDER = b"\x12" + length(40) + b"\x0a\x24" + RAW + b"\x12\x00"


def tree(data: bytes, *others: bytes) -> bytes:
    raw = binary("dag-pb", data)
    return header([raw]) + section(raw, data) + b"".join(section(binary("raw", other), other) for other in others)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "bad-car"),
        (b"\x00", "bad-car"),
        (b"PK\x03\x04 a zip, not a CAR", "bad-car"),
        (b"\xff" * 64, "bad-car"),
        (length(1 << 40) + b"x", "bad-car"),
        (length(9) + b"\xa1gversio", "bad-car"),
        (length(100_000) + b"\x81" * 100_000, "bad-car"),
        (b"\x0a\xa1gversion\x02" + bytes(60), "bad-car"),  # CARv2's pragma
        (header([RAW], version=3), "bad-car"),
        (header([b"no CID"]), "bad-car"),
        (header([b"\x12\x20" + bytes(32)]), "bad-car"),  # CIDv0
        (header([b"\x01\x71\x12\x20" + bytes(32)]), "bad-car"),  # dag-cbor
        (header([]), "incomplete-car"),
        (header([RAW]), "incomplete-car"),
        (GOOD[:-1], "bad-car"),
        (GOOD + b"\x00", "bad-car"),
        (GOOD + b"\x80", "bad-car"),
        (GOOD + b"\x80" * 12, "bad-car"),
        (GOOD + length(3 << 20) + bytes(3 << 20), "bad-car"),
        (GOOD + section(b"\x01\x55\x00\x05hello" + bytes(27), b""), "bad-car"),  # an identity hash
        (header([RAW]) + section(RAW, b"hellO"), "cid-mismatch"),
        (GOOD + section(binary("raw", b"other"), b"tampered"), "cid-mismatch"),
        (tree(LONE_NODE, b"hello"), "incomplete-car"),
        (tree(node(RAW), b"hello"), "not-a-blob"),
        (tree(b"\xff\xff\xff"), "not-a-blob"),
        (tree(b"\x12\x7f"), "not-a-blob"),
        (tree(b"\x12\x02\x0a\x00"), "not-a-blob"),
        (tree(b"\x0b"), "not-a-blob"),
        (tree(b""), "not-a-blob"),
    ],
)
async def test_a_bad_file_is_refused_with_a_remedy_and_nothing_is_stored(
    embedded_store: EmbeddedBlobStore, tmp_path: Path, content: bytes, code: str
) -> None:
    (tmp_path / "bad.car").write_bytes(content)
    with pytest.raises((BadInput, IntegrityError)) as caught:
        await import_car(tmp_path / "bad.car", embedded_store)
    assert caught.value.code == code
    assert caught.value.remedy
    assert stored(tmp_path) == []


async def test_one_bad_block_at_the_end_keeps_the_good_roots_before_it_out(
    embedded_store: EmbeddedBlobStore, tmp_path: Path
) -> None:
    source = EmbeddedBlobStore(tmp_path / "source")
    car, _ = await exported(source, tmp_path, b"good", blob(3 * CHUNK))
    data = bytearray(car.read_bytes())
    data[-1] ^= 1
    car.write_bytes(data)
    with pytest.raises(IntegrityError):
        await import_car(car, embedded_store)
    assert stored(tmp_path) == []


async def test_small_trees_that_unfold_into_endless_blobs_are_refused(
    embedded_store: EmbeddedBlobStore, tmp_path: Path
) -> None:
    root, blocks = bomb(levels=6)
    raw = {cid: binary("dag-pb" if cid.startswith("bafybei") else "raw", data) for cid, data in blocks.items()}
    assert all(text(raw[cid]) == cid for cid in blocks)
    content = header([raw[root]]) + b"".join(section(raw[cid], data) for cid, data in blocks.items())
    (tmp_path / "bomb.car").write_bytes(content)
    with pytest.raises(BadInput) as caught:
        await import_car(tmp_path / "bomb.car", embedded_store)
    assert "more blocks" in caught.value.message


async def test_a_blob_that_is_too_large_is_refused(embedded_store: EmbeddedBlobStore, tmp_path: Path) -> None:
    source = EmbeddedBlobStore(tmp_path / "source")
    for data in (blob(5 * CHUNK), blob(100)):
        car, _ = await exported(source, tmp_path, data)
        with pytest.raises(BadInput):
            await import_car(car, embedded_store, max_bytes=min(4 * CHUNK, len(data) - 1))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
async def test_whatever_is_done_to_a_file_only_whole_blobs_come_of_it(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("car")
    blobs = [b"small", bytes(CHUNK) + b"tree"]
    car, cids = await exported(EmbeddedBlobStore(folder / "source"), folder, *blobs)
    content = bytearray(car.read_bytes())
    places = st.one_of(st.integers(0, 400), st.integers(0, len(content) - 1))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(places)
        match data.draw(st.sampled_from(["flip", "cut", "insert", "repeat"])):
            case "flip":
                content[at % len(content)] ^= data.draw(st.integers(1, 255))
            case "cut":
                del content[at : at + data.draw(st.integers(1, 100))]
            case "insert":
                content[at:at] = data.draw(st.binary(min_size=1, max_size=50))
            case _:
                content[at:at] = content[at : at + 300]
    car.write_bytes(content)
    store = EmbeddedBlobStore(folder / "store")
    try:
        done = await import_car(car, store)
    except FairsignalError:
        assert stored(folder) == []
    else:
        assert set(done.cids) <= set(cids)
        assert stored(folder) == sorted(done.cids)
    finally:
        shutil.rmtree(folder)


# --- files ----------------------------------------------------------------------------------------------------------


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
