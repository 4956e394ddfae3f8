"""The contract of ``ports.BlobStore``, for every adapter, and what is special to each."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

from fairsignal.adapters.ipfs import EmbeddedBlobStore, KuboBlobStore
from fairsignal.domain.cid import CHUNK, build, cid_of, verify_block
from fairsignal.domain.errors import BadInput, IntegrityError, NotFound, Unavailable
from fairsignal.ports import BlobStore

if TYPE_CHECKING:
    from tests.adapters.ipfs.conftest import Kubo

MIB = 1024 * 1024
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, MIB, 46 * MIB]


def blob(size: int) -> bytes:
    return random.Random(size).randbytes(size)


# --- every store ----------------------------------------------------------------------------------------------------


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


# --- embedded -------------------------------------------------------------------------------------------------------


def file_of(folder: Path, cid: str) -> Path:
    (found,) = folder.rglob(cid)
    return found


@pytest.mark.parametrize("size", [500, CHUNK + 500])
async def test_a_tampered_file_is_detected_and_putting_again_heals_it(tmp_path: Path, size: int) -> None:
    store = EmbeddedBlobStore(tmp_path)
    data = blob(size)
    cid = await store.put(data)
    file_of(tmp_path, cid).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(IntegrityError) as caught:
        await store.get(cid)
    assert caught.value.code == "cid-mismatch"
    await store.put(data)
    assert await store.get(cid) == data


async def test_another_process_sees_what_was_put(tmp_path: Path) -> None:
    cid = await EmbeddedBlobStore(tmp_path).put(b"shared")
    assert await EmbeddedBlobStore(tmp_path).get(cid) == b"shared"


async def test_an_abandoned_unfinished_write_is_swept_and_a_fresh_one_is_left_alone(tmp_path: Path) -> None:
    EmbeddedBlobStore(tmp_path)
    old, fresh = tmp_path / "tmp" / "old.tmp", tmp_path / "tmp" / "fresh.tmp"
    old.write_bytes(b"half")
    fresh.write_bytes(b"half")
    os.utime(old, (time.time() - 7200, time.time() - 7200))
    EmbeddedBlobStore(tmp_path)
    assert not old.exists()
    assert fresh.exists()


async def test_a_directory_that_cannot_be_written_is_unavailable_with_a_remedy(tmp_path: Path) -> None:
    store = EmbeddedBlobStore(tmp_path)
    (tmp_path / "tmp").rmdir()
    with pytest.raises(Unavailable) as caught:
        await store.put(b"data")
    assert "permissions" in caught.value.remedy
    assert isinstance(caught.value.__cause__, OSError)


async def test_a_store_path_that_is_a_file_is_unavailable_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(Unavailable) as caught:
        EmbeddedBlobStore(tmp_path / "taken")
    assert caught.value.code == "blob-directory"


_ENDLESS_WRITER = """
import asyncio, random, sys
from pathlib import Path
from fairsignal.adapters.ipfs import EmbeddedBlobStore

async def main():
    store = EmbeddedBlobStore(Path(sys.argv[1]))
    number = 0
    while True:
        cid = await store.put(random.Random(number).randbytes(200_000 + number))
        print(cid, flush=True)
        number += 1

asyncio.run(main())
"""


@pytest.mark.parametrize("lines", [1, 3, 8, 20])
async def test_a_killed_writer_leaves_only_whole_blobs_and_loses_none_it_reported(tmp_path: Path, lines: int) -> None:
    reported = await asyncio.to_thread(kill_a_writer, tmp_path, lines)
    store = EmbeddedBlobStore(tmp_path)
    on_disk = [path.name for path in (tmp_path / "objects").rglob("b*") if path.is_file()]
    assert set(reported) <= set(on_disk)
    for cid in on_disk:
        await store.get(cid)  # verified: raises on anything half-written


def kill_a_writer(folder: Path, lines: int) -> list[str]:
    """Let a process put blobs until it has reported some, kill it anywhere, -> the CIDs it reported."""
    process = subprocess.Popen([sys.executable, "-c", _ENDLESS_WRITER, str(folder)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    reported = [process.stdout.readline().decode().strip() for _ in range(lines)]
    time.sleep(random.Random(lines).random() / 200)  # anywhere within a write
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate()
    return reported + rest.decode().split()


# --- Kubo -----------------------------------------------------------------------------------------------------------


async def test_what_kubo_keeps_are_the_blocks_that_we_compute(kubo_store: KuboBlobStore, kubo: Kubo) -> None:
    data = blob(CHUNK * 3 + 77)
    cid = await kubo_store.put(data)
    root, blocks = build(data)
    assert root == cid
    for block in blocks:
        raw = kubo.run("block", "get", block.cid)
        assert raw == block.data
        verify_block(block.cid, raw)


async def test_put_pins_and_delete_unpins(kubo_store: KuboBlobStore, kubo: Kubo) -> None:
    cid = await kubo_store.put(blob(4321))
    assert cid in kubo.run("pin", "ls", "--type=recursive").decode()
    await kubo_store.delete(cid)
    assert cid not in kubo.run("pin", "ls", "--type=recursive").decode()


async def test_a_daemon_whose_import_settings_differ_still_gives_the_same_cid(
    kubo_store: KuboBlobStore, kubo: Kubo, tmp_path: Path
) -> None:
    data = blob(180 * CHUNK)
    kubo.run("config", "--json", "Import.UnixFSFileMaxLinks", "1024")
    try:
        assert await kubo_store.put(data) == cid_of(data)
    finally:
        kubo.run("config", "--json", "Import.UnixFSFileMaxLinks", "174")


async def test_a_block_corrupted_in_the_daemons_repository_is_never_returned(kubo: Kubo, tmp_path: Path) -> None:
    # A daemon of its own, as its repository is damaged under its feet.
    data = blob(5000)
    cid = cid_of(data)
    repository = tmp_path / "repository"
    alone = replace(kubo, repository=repository, api="")
    alone.run("init", "--profile=test,server")
    alone.run("add", "--cid-version=1", "--quieter", stdin=data)
    (stored,) = (path for path in (repository / "blocks").rglob("*.data") if path.read_bytes() == data)
    stored.write_bytes(b"other" + data[5:])
    with running_daemon(alone) as api:
        store = KuboBlobStore(api, timeout=timedelta(seconds=10))
        with pytest.raises(IntegrityError):
            await store.get(cid)
        await store.close()


@contextmanager
def running_daemon(kubo: Kubo) -> Iterator[str]:
    process = subprocess.Popen(
        [kubo.binary, "daemon", "--offline"], env=kubo.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if b"Daemon is ready" in line:
                break
        yield (kubo.repository / "api").read_text().strip()
    finally:
        process.terminate()
        process.communicate(timeout=20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("form", ["http://127.0.0.1:{}", "/ip4/127.0.0.1/tcp/{}"])
async def test_an_unreachable_daemon_is_unavailable_and_the_remedy_says_what_to_do(form: str) -> None:
    store = KuboBlobStore(form.format(free_port()), timeout=timedelta(seconds=2))
    for call in (store.put(b"x"), store.get(cid_of(b"x")), store.has(cid_of(b"x")), store.delete(cid_of(b"x"))):
        with pytest.raises(Unavailable) as caught:
            await call
        assert "ipfs daemon" in caught.value.remedy
        assert "FAIRSIGNAL_IPFS_API" in caught.value.remedy
        assert caught.value.__cause__ is not None
    await store.close()


class Gateway(BaseHTTPRequestHandler):
    """Answers `cat` as a daemon would, with whatever bytes the test chose."""

    protocol_version = "HTTP/1.1"
    answer: ClassVar[Callable[[BaseHTTPRequestHandler], None]]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        type(self).answer(self)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@contextmanager
def gateway(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    handler = type("Chosen", (Gateway,), {"answer": staticmethod(answer)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes, kind: str = "text/plain") -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@pytest.mark.parametrize("size", [100, CHUNK * 2])
async def test_a_lying_gateway_is_found_out(size: int) -> None:
    asked, told = blob(size), b"\0" + blob(size)[1:]
    with gateway(lambda handler: send(handler, 200, told)) as url:
        store = KuboBlobStore(url, timeout=timedelta(seconds=5))
        with pytest.raises(IntegrityError) as caught:
            await store.get(cid_of(asked))
        assert caught.value.code == "cid-mismatch"
        await store.close()


async def test_a_gateway_that_files_bytes_under_another_cid_is_found_out() -> None:
    said = json.dumps({"Name": "bytes", "Hash": cid_of(b"something else"), "Size": "1"}).encode()
    with gateway(lambda handler: send(handler, 200, said, "application/json")) as url:
        store = KuboBlobStore(url, timeout=timedelta(seconds=5))
        with pytest.raises(IntegrityError):
            await store.put(b"mine")
        await store.close()


async def test_an_endless_answer_is_cut_off() -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"\0" * 65536)
        except OSError:
            handler.close_connection = True

    with gateway(endless) as url:
        store = KuboBlobStore(url, timeout=timedelta(seconds=20), max_bytes=MIB)
        with pytest.raises(IntegrityError):
            await store.get(cid_of(b"x"))
        await store.close()


@pytest.mark.parametrize("pause", [0.05, 10.0], ids=["drip", "silence"])
async def test_a_daemon_that_stalls_is_given_up_on_in_time(pause: float) -> None:
    released = threading.Event()

    def stall(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        try:
            while not released.wait(pause):
                handler.wfile.write(b"\0")
        except OSError:
            handler.close_connection = True

    with gateway(stall) as url:
        store = KuboBlobStore(url, timeout=timedelta(seconds=1))
        started = time.monotonic()
        with pytest.raises(Unavailable) as caught:
            await store.get(cid_of(b"x"))
        assert caught.value.code == "ipfs-timeout"
        assert time.monotonic() - started < 5
        released.set()
        await store.close()


async def test_a_connection_dropped_once_is_retried() -> None:
    data = blob(300)
    calls = []

    def drop_first(handler: BaseHTTPRequestHandler) -> None:
        calls.append(handler.path)
        if len(calls) == 1:
            handler.connection.shutdown(socket.SHUT_RDWR)
            handler.close_connection = True
        else:
            send(handler, 200, data)

    with gateway(drop_first) as url:
        store = KuboBlobStore(url, timeout=timedelta(seconds=5))
        assert await store.get(cid_of(data)) == data
        assert len(calls) == 2
        await store.close()


@pytest.mark.parametrize("body", [b"<html>hello</html>", b'{"unexpected": 1}'])
@pytest.mark.parametrize("status", [200, 403, 500])
async def test_a_server_that_is_no_ipfs_daemon_is_unavailable(status: int, body: bytes) -> None:
    with gateway(lambda handler: send(handler, status, body, "application/json")) as url:
        store = KuboBlobStore(url, timeout=timedelta(seconds=5))
        with pytest.raises(Unavailable):
            await store.put(b"x")
        await store.close()


@pytest.mark.parametrize(
    "address", ["ftp://127.0.0.1", "127.0.0.1:5001", "http://u:hunter2@h:1/path", "http://h:99999"]
)
def test_a_malformed_address_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(BadInput) as caught:
        KuboBlobStore(address, timeout=timedelta(seconds=1))
    assert "hunter2" not in str(caught.value)


async def test_a_malformed_multiaddr_is_refused() -> None:
    store = KuboBlobStore("/ip4/no/such", timeout=timedelta(seconds=1))
    with pytest.raises(BadInput):
        await store.put(b"x")
    await store.close()


def test_a_password_in_the_address_is_not_shown() -> None:
    store = KuboBlobStore("http://user:hunter2@127.0.0.1:5001", timeout=timedelta(seconds=1))
    assert "hunter2" not in repr(store)
    assert "hunter2" not in repr(vars(store))


def test_the_daemon_of_these_tests_is_a_real_one(kubo: Kubo) -> None:
    assert shutil.which(str(kubo.binary))
    assert kubo.run("version", "--number").strip().startswith(b"0.")
