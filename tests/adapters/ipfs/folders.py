"""Several stores in folders, told apart by name."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from fairsignal.adapters.ipfs import EmbeddedBlobStore, KuboBlobStore

if TYPE_CHECKING:
    from tests.adapters.ipfs.conftest import Kubo


DATA = random.Random(5).randbytes(9_232)


class Folder(EmbeddedBlobStore):
    """A second and third embedded store, told apart by name; a gate holds its writes up."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder
        self.name = folder.name
        self.gate = asyncio.Event()
        self.gate.set()

    async def put(self, data: bytes) -> str:
        await self.gate.wait()
        return await super().put(data)

    def file(self, cid: str) -> Path:
        (found,) = self.folder.rglob(cid)
        return found

    def tamper(self, cid: str) -> None:
        self.file(cid).write_bytes(b"other bytes")


def unreachable() -> KuboBlobStore:
    return KuboBlobStore("/ip4/127.0.0.1/tcp/1", timeout=timedelta(seconds=1))


def conditions(states: object) -> list[str]:
    return [state.condition for state in states]  # type: ignore[attr-defined]


def block_file(kubo: Kubo, data: bytes) -> Path:
    (found,) = (
        path
        for path in (kubo.repository / "blocks").rglob("*.data")
        if path.stat().st_size == len(data) and path.read_bytes() == data
    )
    return found
