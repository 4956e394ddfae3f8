"""``fairsignal storage``, as it is typed, on real directories, a real Kubo daemon and a pinning service."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from fairsignal.adapters.db import migrate, open_engine, unit_of_work_factory
from fairsignal.adapters.ipfs import ReplicatedBlobStore
from fairsignal.cli import main
from fairsignal.domain.cid import CHUNK, cid_of, digest_of
from fairsignal.ports import ProfileRow
from tests.adapters.ipfs.conftest import Kubo, kubo  # noqa: F401 - a fixture
from tests.adapters.ipfs.pinning_service import PinningService, serving

DATA = random.Random(1).randbytes(10_816)
CID = cid_of(DATA)


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


@dataclass
class Operator:
    """One operator's data directory and settings."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("FAIRSIGNAL_")}
        return inherited | {"COLUMNS": "100", "FAIRSIGNAL_DATA_DIR": str(self.folder), **self.settings}

    def run(self, *arguments: str | Path) -> Done:
        """The command within this process, which spares it the seconds of starting."""
        out, err = io.StringIO(), io.StringIO()
        mask = os.umask(0o022)
        with (
            mock.patch.dict(os.environ, self.environment, clear=True),
            mock.patch.object(sys, "argv", ["fairsignal", "storage", *map(str, arguments)]),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                main()
                code = 0
            except SystemExit as end:
                code = int(end.code or 0)
            finally:
                os.umask(mask)
        return Done(code, out.getvalue(), err.getvalue())

    def typed(self, *arguments: str | Path) -> Done:
        """The command as it is typed."""
        done = subprocess.run(
            [sys.executable, "-m", "fairsignal", "storage", *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env=self.environment,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def verify(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        done = self.run("verify", "--json", *arguments)
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    def file(self, cid: str = CID) -> Path:
        return self.folder / "blobs" / "objects" / cid[-3:-1] / cid

    def store(self, *blobs: bytes) -> None:
        """As an import of what another operator exported."""
        other = Operator(self.folder.parent / "other")
        for data in blobs:
            path = other.file(cid_of(data))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        car = self.folder.parent / "given.car"
        assert other.run("export", *(cid_of(data) for data in blobs), "--out", car).returncode == 0
        done = self.run("import", car)
        assert done.returncode == 0, done.stderr

    @property
    def database(self) -> str:
        return f"sqlite+aiosqlite:///{self.folder / 'backend.db'}"

    def has_profiles(self, manifests: Sequence[bytes], stored: bool = True) -> None:
        asyncio.run(self.save(manifests, stored))

    async def save(self, manifests: Sequence[bytes], stored: bool = True) -> None:
        engine = open_engine(self.database)
        await migrate(engine)
        async with unit_of_work_factory(engine)() as work:
            for number, manifest in enumerate(manifests):
                cid = cid_of(manifest)
                row = ProfileRow(f"0x{number:040x}", 1, digest_of(cid), cid, 0, manifest, (), stored=stored)
                await work.profiles.save(row)
        await engine.dispose()


def conditions(told: dict[str, Any]) -> list[list[str]]:
    return [[state["condition"] for state in blob["replicas"]] for blob in told["blobs"]]


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    return Operator(tmp_path / "data")


@pytest.fixture
def with_kubo(operator: Operator, kubo: Kubo) -> Operator:  # noqa: F811
    operator.settings |= {"FAIRSIGNAL_IPFS_API": kubo.api, "FAIRSIGNAL_BLOB_COPIES": "2"}
    return operator


@pytest.fixture
def with_all(with_kubo: Operator, kubo: Kubo, tmp_path: Path) -> Iterator[tuple[Operator, PinningService]]:  # noqa: F811
    service = PinningService()
    (tmp_path / "token").write_text(service.token + "\n")
    with serving(service.app()) as url:
        with_kubo.settings |= {
            "FAIRSIGNAL_PINNING_URL": url,
            "FAIRSIGNAL_PINNING_TOKEN_FILE": str(tmp_path / "token"),
            "FAIRSIGNAL_PINNING_GATEWAY": url,
            "FAIRSIGNAL_PINNING_ORIGINS": json.dumps([kubo.gateway_origin]),
        }
        yield with_kubo, service


def test_a_copy_corrupted_on_disk_is_found_and_healed_from_the_daemon(with_kubo: Operator) -> None:
    with_kubo.store(DATA)
    assert with_kubo.verify(CID)[0] == 0
    with_kubo.file().write_bytes(b"tampered")
    code, told = with_kubo.verify(CID)
    assert (code, conditions(told), told["bad"]) == (1, [["corrupt", "present"]], 1)
    code, told = with_kubo.verify(CID, "--heal")
    assert (code, conditions(told)) == (0, [["present", "present"]])
    assert told["blobs"][0]["healed"] == ["embedded"]
    assert with_kubo.file().read_bytes() == DATA
    assert with_kubo.verify(CID)[0] == 0


def test_a_copy_deleted_from_the_daemon_is_found_and_healed_from_the_disk(
    with_kubo: Operator,
    kubo: Kubo,  # noqa: F811
) -> None:
    with_kubo.store(DATA)
    kubo.run("pin", "rm", CID)
    kubo.run("block", "rm", CID)
    code, told = with_kubo.verify(CID)
    assert (code, conditions(told)) == (1, [["present", "missing"]])
    assert with_kubo.verify(CID, "--heal")[0] == 0
    assert kubo.run("cat", CID) == DATA
    assert CID in kubo.run("pin", "ls", "--type=recursive").decode()


def test_an_import_makes_the_copy_at_the_pinning_service_too(with_all: tuple[Operator, PinningService]) -> None:
    operator, service = with_all
    tree = random.Random(2).randbytes(2 * CHUNK)
    operator.store(DATA, tree)
    assert {kept.pin.cid for kept in service.kept.values()} == {CID, cid_of(tree)}
    code, told = operator.verify(CID, cid_of(tree))
    assert (code, conditions(told)) == (0, [["present"] * 3] * 2)
    service.kept.clear()
    assert operator.verify(CID)[0] == 1
    assert operator.verify(CID, "--heal") == (0, {"checked": 1, "healed": 1, "bad": 0, "blobs": told_healed()})


def told_healed() -> list[dict[str, Any]]:
    replicas = [{"name": name, "condition": "present", "detail": ""} for name in ("embedded", "kubo", "pinning")]
    return [{"cid": CID, "healed": ["pinning"], "replicas": replicas}]


def test_without_cids_all_profiles_of_the_database_are_checked(operator: Operator) -> None:
    manifests = [random.Random(number).randbytes(9_000) for number in range(20)]
    operator.store(*manifests)
    operator.has_profiles(manifests)
    assert operator.verify() == (0, {"checked": 20, "healed": 0, "bad": 0, "blobs": []})
    operator.file(cid_of(manifests[3])).write_bytes(b"")
    operator.file(cid_of(manifests[7])).unlink()
    code, told = operator.verify()
    assert (code, told["bad"]) == (1, 2)
    assert {blob["cid"]: blob["replicas"][0]["condition"] for blob in told["blobs"]} == {
        cid_of(manifests[3]): "corrupt",
        cid_of(manifests[7]): "missing",
    }
    # The only store lost them: the database has the manifests still.
    assert operator.verify("--heal")[1]["healed"] == 2
    assert operator.verify()[0] == 0
    assert operator.file(cid_of(manifests[7])).read_bytes() == manifests[7]


@pytest.mark.parametrize("meanwhile", ["erased", "replaced"])
def test_a_profile_that_is_erased_while_it_is_healed_does_not_come_back(operator: Operator, meanwhile: str) -> None:
    operator.store(DATA)
    operator.has_profiles([DATA])
    operator.file().unlink()
    heal = ReplicatedBlobStore.heal

    async def heal_and_lose_the_race(self: ReplicatedBlobStore, cid: str, spare: bytes | None = None) -> object:
        if meanwhile == "replaced":
            await operator.save([b"version 2"])
        else:
            engine = open_engine(operator.database)
            async with unit_of_work_factory(engine)() as work:
                await work.profiles.forget(f"0x{0:040x}")
            await engine.dispose()
        return await heal(self, cid, spare)

    with mock.patch.object(ReplicatedBlobStore, "heal", heal_and_lose_the_race):
        assert operator.verify("--heal")[1]["healed"] == 1
    assert operator.file().exists() == (meanwhile == "replaced")


def test_what_is_not_stored_yet_is_not_missed(operator: Operator) -> None:
    operator.folder.mkdir()
    operator.has_profiles([DATA], stored=False)
    assert operator.verify()[1]["checked"] == 0


def test_what_cannot_be_healed_stays_an_error(operator: Operator) -> None:
    code, told = operator.verify(CID, "--heal")
    assert (code, conditions(told), told["healed"]) == (1, [["missing"]], 0)


def test_a_store_that_does_not_answer_is_shown_and_fails(operator: Operator) -> None:
    operator.store(DATA)
    operator.settings["FAIRSIGNAL_IPFS_API"] = "/ip4/127.0.0.1/tcp/1"
    code, told = operator.verify(CID, "--heal")
    assert (code, conditions(told)) == (1, [["present", "unreachable"]])
    assert "No IPFS daemon answers" in told["blobs"][0]["replicas"][1]["detail"]


def test_the_table_names_cid_replicas_and_what_is_wrong(operator: Operator) -> None:
    operator.store(DATA)
    operator.file().write_bytes(b"tampered")
    done = operator.typed("verify", CID)
    assert done.returncode == 1
    assert CID in done.stdout
    assert "corrupt" in done.stdout
    assert f"{CID} embedded: What the embedded blob store holds" in done.stdout
    assert "1 blobs checked, 0 healed, 1 not whole" in done.stdout


def test_export_and_import_go_through_the_ipfs_command(
    operator: Operator,
    kubo: Kubo,  # noqa: F811
    tmp_path: Path,
) -> None:
    tree = random.Random(3).randbytes(3 * CHUNK)
    operator.store(DATA, tree)
    out = tmp_path / "out.car"
    done = operator.run("export", CID, cid_of(tree), "--out", out, "--json")
    assert json.loads(done.stdout) == {"cids": [CID, cid_of(tree)], "blocks": 5, "size": out.stat().st_size}
    kubo.run("dag", "import", str(out))
    assert kubo.run("cat", cid_of(tree)) == tree
    (tmp_path / "kubo.car").write_bytes(kubo.run("dag", "export", cid_of(tree)))
    third = Operator(tmp_path / "third")
    assert third.run("import", tmp_path / "kubo.car").returncode == 0
    assert third.verify(cid_of(tree))[0] == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["verify", "QmNotOurs"], "bad-cid"),
        (["export", CID, "--out", "{folder}/out.car"], "no-such-blob"),
        (["import", "{folder}/missing.car"], "bad-file"),
        (["import", "{folder}/bad.car"], "bad-car"),
    ],
)
def test_errors_have_a_code_and_a_remedy(operator: Operator, tmp_path: Path, arguments: list[str], code: str) -> None:
    (tmp_path / "bad.car").write_bytes(b"nonsense")
    done = operator.typed(*(argument.format(folder=tmp_path) for argument in arguments))
    assert done.returncode == 1
    assert f"[{code}]" in done.stderr
    assert "remedy" in done.stderr
    assert not (tmp_path / "out.car").exists()


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"FAIRSIGNAL_BLOB_COPIES": "2"}, "FAIRSIGNAL_BLOB_COPIES is 2, but there are 1 blob stores"),
        ({"FAIRSIGNAL_BLOB_COPIES": "0"}, "FAIRSIGNAL_BLOB_COPIES"),
        ({"FAIRSIGNAL_PINNING_URL": "http://pins.example"}, "only https may leave this machine"),
        ({"FAIRSIGNAL_PINNING_URL": "https://u:hunter2@pins.example"}, "FAIRSIGNAL_PINNING_TOKEN_FILE"),
        ({"FAIRSIGNAL_PINNING_GATEWAY": "ftp://pins.example"}, "FAIRSIGNAL_PINNING_GATEWAY"),
        ({"FAIRSIGNAL_PINNING_URL": "https://pins.example"}, "needs FAIRSIGNAL_PINNING_TOKEN_FILE"),
        (
            {"FAIRSIGNAL_PINNING_URL": "https://pins.example", "FAIRSIGNAL_PINNING_TOKEN_FILE": "/dev/null"},
            "FAIRSIGNAL_PINNING_ORIGINS",
        ),
        (
            {
                "FAIRSIGNAL_PINNING_URL": "https://pins.example",
                "FAIRSIGNAL_PINNING_TOKEN_FILE": "/dev/null",
                "FAIRSIGNAL_IPFS_API": "/ip4/127.0.0.1/tcp/1",
            },
            "does not hold one access token",
        ),
    ],
)
def test_a_wrong_setting_is_named_and_its_secret_is_not(
    operator: Operator, settings: dict[str, str], says: str
) -> None:
    operator.settings |= settings
    done = operator.run("verify", CID)
    assert done.returncode == 1
    assert says in done.stderr
    assert "hunter2" not in done.stderr + done.stdout
