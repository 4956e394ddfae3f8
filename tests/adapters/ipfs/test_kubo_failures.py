"""Kubo daemons and gateways that lie, stall, break off, or are none."""

from __future__ import annotations

import json
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar

import pytest

from fairsignal.adapters.ipfs import KuboBlobStore
from fairsignal.domain.cid import CHUNK, cid_of
from fairsignal.domain.errors import BadInput, IntegrityError, Unavailable

if TYPE_CHECKING:
    from tests.adapters.ipfs.conftest import Kubo

from tests.adapters.ipfs.blobs import MIB, blob


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
