"""CAR files that are refused, with nothing of them stored."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import libipld
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fairsignal.adapters.ipfs import EmbeddedBlobStore, import_car
from fairsignal.domain.cid import CHUNK
from fairsignal.domain.errors import BadInput, FairsignalError, IntegrityError
from tests.adapters.ipfs.trees import binary, bomb, node, text

if TYPE_CHECKING:
    pass

from tests.adapters.ipfs.blobs import blob
from tests.adapters.ipfs.cars import exported, stored


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
