"""``fairsignal audit`` as people run it: what it prints, and its exit codes."""

from __future__ import annotations

import asyncio
import json
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from fairsignal.adapters.keys.key_file import encode_key_file
from fairsignal.cli.app import app
from fairsignal.domain.cid import cid_of_digest
from tests.audit.scene import AUDITOR, Epoch, Scene, use


@dataclass
class Done:
    code: int
    output: str
    errors: str

    @property
    def report(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.output)
        return document


async def run(*arguments: str) -> Done:
    """The command in a thread of this process: starting Python takes seconds."""
    runner = CliRunner(env={"COLUMNS": "250"})
    done = await asyncio.to_thread(runner.invoke, app, ["audit", *arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Done(done.exit_code, done.stdout, done.stderr)


@pytest.fixture
async def settled(scene: Scene) -> Epoch:
    anna = await scene.person()
    terms = await scene.campaign()
    draft = scene.draft([terms], {anna: [use(await scene.node.mine())]}, await scene.node.mine())
    return await scene.settle(draft)


def where(scene: Scene) -> list[str]:
    chain = scene.node.chain
    return ["--rpc-url", chain.rpc_url, "--deployment", str(chain.deployment), "--operator", scene.operator]


async def test_an_honest_epoch_ends_with_0(scene: Scene, settled: Epoch, tmp_path: Path) -> None:
    key = tmp_path / "auditor.json"
    key.write_bytes(encode_key_file(AUDITOR, "a passphrase"))
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("a passphrase\n")
    keys = ["--key-file", str(key), "--passphrase-file", str(passphrase)]
    told = await run(*where(scene), *keys, "--blobs", scene.blobs_url)
    assert told.code == 0, told
    assert "Nothing is wrong in what was checked." in told.output
    assert "✓ consent, price, floor and cap of each use (1 uses)" in told.output

    done = await run(*where(scene), *keys, "--blobs", scene.blobs_url, "--epoch", "1", "--json")
    assert done.code == 0, done
    assert (done.report["verdict"], done.report["epochs"][0]["uses"]) == ("honest", 1)
    assert done.report["epochs"][0]["log"] == cid_of_digest(settled.digest)


async def test_without_a_key_it_ends_with_0_and_says_what_it_did_not_check(scene: Scene, settled: Epoch) -> None:
    told = await run(*where(scene), "--blobs", scene.blobs_url)
    assert told.code == 0, told
    assert "? the 1 uses themselves" in told.output
    assert "no --key-file is given" in told.output


async def test_a_finding_ends_with_1(scene: Scene, settled: Epoch) -> None:
    cid = cid_of_digest(settled.digest)
    scene.blobs.held[cid] += b" "
    told = await run(*where(scene), "--blobs", scene.blobs_url)
    assert told.code == 1, told
    assert "✗ log-altered" in told.output
    assert "1 findings." in told.output
    done = await run(*where(scene), "--blobs", scene.blobs_url, "--json")
    assert (done.code, done.report["verdict"]) == (1, "findings")
    (finding,) = done.report["epochs"][0]["findings"]
    assert (finding["rule"], cid in finding["evidence"]) == ("log-altered", True)


async def test_what_cannot_be_reached_ends_with_2(scene: Scene, settled: Epoch, tmp_path: Path) -> None:
    for places in ([], ["--blobs", "http://127.0.0.1:9"]):
        told = await run(*where(scene), *places)
        assert told.code == 2, told
        assert "It could not all be checked." in told.output
    no_node = await run("--rpc-url", "http://127.0.0.1:9", "--deployment", str(scene.node.chain.deployment))
    assert (no_node.code, "did not answer" in no_node.errors) == (2, True), no_node
    no_epoch = await run(*where(scene), "--blobs", scene.blobs_url, "--epoch", "9")
    assert (no_epoch.code, "no-such-epoch" in no_epoch.errors) == (2, True), no_epoch
    no_keeper = await run(*where(scene), "--keeper", "http://127.0.0.1:9")
    assert (no_keeper.code, "keeper-unavailable" in no_keeper.errors) == (2, True), no_keeper


async def test_a_folder_of_receipts_is_read(scene: Scene, settled: Epoch, tmp_path: Path) -> None:
    receipt = {
        "campaign": "0x" + "11" * 32,
        "use_index": 0,
        "digest": "0x" + "22" * 32,
        "released_at": scene.midnight,
        "signature": "0x" + "33" * 65,
    }
    (tmp_path / "keeper-1.json").write_text(json.dumps({"receipts": [receipt], "next": None}))
    told = await run(*where(scene), "--blobs", scene.blobs_url, "--receipts", str(tmp_path))
    assert told.code == 2, told
    assert "? 1 receipts: They are not signed by a keeper of this deployment." in told.output
    (tmp_path / "other.json").write_text("[]")
    told = await run(*where(scene), "--receipts", str(tmp_path))
    assert (told.code, "bad-receipt" in told.errors) == (2, True), told


async def test_a_new_auditors_key_is_for_its_owner_alone_and_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "auditor.json"
    told = await run("--new-key", str(path))
    assert told.code == 0, told
    public = json.loads(path.read_text())["public_key"]
    assert f"FAIRSIGNAL_AUDITOR_KEYS: 0x{public}" in told.output
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    again = await run("--new-key", str(path))
    assert again.code == 2, again
    assert path.read_bytes() == before
