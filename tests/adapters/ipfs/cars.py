"""CAR files of these tests, and npm's command for them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fairsignal.adapters.ipfs import EmbeddedBlobStore, export_car
from fairsignal.domain.cid import CHUNK

if TYPE_CHECKING:
    pass


IPFS_CAR = Path(__file__).parents[3] / "node_modules" / "ipfs-car" / "bin.js"
SIZES = [0, 10_816, CHUNK, CHUNK + 1, 176 * CHUNK]


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
