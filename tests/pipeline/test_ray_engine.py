"""On a real Ray cluster of this machine: the same records as the local engine, on loopback, whatever dies.

Slow: starting Ray and a worker takes a quarter of a minute each time.
"""

from __future__ import annotations

import functools
import ipaddress
import os
import re
import socket
import tempfile
from pathlib import Path

import pytest

from fairsignal.pipeline.extract_files import FileRecord, extract_files
from tests.pipeline import file_extractors
from tests.pipeline.test_extract_files import NOW, export

pytest.importorskip("pyarrow")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

LISTENING = "0A"
CHATS = Path(__file__).parents[2] / "examples/chats"


def descendants(root: int) -> set[int]:
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    found = {root}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def addresses_in_use() -> set[str]:
    """What this process and its descendants listen on or talk to."""
    sockets = set()
    for pid in descendants(os.getpid()):
        for link in Path(f"/proc/{pid}/fd").glob("*"):
            try:
                target = str(link.readlink())
            except OSError:
                continue
            if match := re.fullmatch(r"socket:\[(\d+)\]", target):
                sockets.add(match[1])
    addresses = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            _, local, remote, state, *rest = line.split()
            if rest[5] in sockets:
                words = bytes.fromhex((local if state == LISTENING else remote).split(":")[0])
                packed = b"".join(words[place : place + 4][::-1] for place in range(0, len(words), 4))
                addresses.add(socket.inet_ntop(socket.AF_INET if table == "tcp" else socket.AF_INET6, packed))
    return addresses


def is_loopback(address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    return (getattr(parsed, "ipv4_mapped", None) or parsed).is_loopback


def folders() -> set[Path]:
    return set(Path("/tmp").glob("fairsignal-*")) | set(Path(tempfile.gettempdir()).glob("fairsignal-*"))


def test_records_are_those_of_the_local_engine_and_all_stays_on_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    broken = tmp_path / "broken.json"
    broken.write_text('[{"mapping": {')
    files = sorted(CHATS.glob("*/conversations.json"))
    files = [*files[:2], tmp_path / "missing.json", broken, *files[2:]]
    addresses: set[str] = set()
    before, processes = folders(), descendants(os.getpid())

    def run(**options: object) -> list[FileRecord]:
        return list(extract_files(files, extractor=file_extractors.real, now=NOW, explain=True, **options))  # type: ignore[arg-type]

    on_ray = run(engine="ray", workers=2, progress=lambda done: addresses.update(addresses_in_use()))
    assert [record.path for record in on_ray] == [str(path) for path in files]
    assert on_ray == run()
    assert sum(record.profile is not None and bool(record.profile["signals"]) for record in on_ray) == len(files) - 2
    assert len(addresses) >= 1
    assert [address for address in addresses if not is_loopback(address)] == []
    assert folders() == before
    assert list(home.iterdir()) == []
    assert descendants(os.getpid()) <= processes


def test_a_file_that_kills_its_worker_costs_only_itself(tmp_path: Path) -> None:
    log = tmp_path / "log"
    files = [
        export(tmp_path / "1.jsonl", "tent one", "tent two"),
        export(tmp_path / "2.jsonl", "secret tent", "please die"),
        export(tmp_path / "3.jsonl", "cat one", "cat two"),
        export(tmp_path / "4.jsonl", "please crash"),
    ]
    factory = functools.partial(file_extractors.words, log)
    records = list(extract_files(files, extractor=factory, now=NOW, engine="ray", workers=1))
    assert [record.path for record in records] == [str(path) for path in files]
    codes = [record.error and record.error["code"] for record in records]
    assert codes == [None, "worker-lost", None, "internal"]
    assert "secret" not in repr(records)
    opened = log.read_text().split()
    assert len(opened) == len(set(opened))  # once in every worker
