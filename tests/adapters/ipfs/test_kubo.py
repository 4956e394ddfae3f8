"""What is special to Kubo: its blocks, its pins, its settings."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fairsignal.adapters.ipfs import KuboBlobStore
from fairsignal.domain.cid import CHUNK, build, cid_of, verify_block
from fairsignal.domain.errors import IntegrityError, Unavailable

if TYPE_CHECKING:
    from tests.adapters.ipfs.conftest import Kubo

from tests.adapters.ipfs.blobs import blob


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
