"""One measured task in a process of its own, so that its peak of memory is its own:

    python -m bench.settle.task totals|build|proofs FOLDER USES PEOPLE START

-> JSON on standard output. ``FOLDER/backend.db`` holds the uses.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.settle.scene import CHAIN_ID, DECIMALS, OPERATOR, Scene, SceneChain
from fairsignal.adapters.db import open_engine, unit_of_work_factory
from fairsignal.adapters.ipfs import EmbeddedBlobStore
from fairsignal.domain.merkle import MerkleTree, pack_leaf, unpack_leaves
from fairsignal.epochs.follow import ChainFollower
from fairsignal.market.build_epoch import EpochBuilder
from fairsignal.ports import EpochRow

MARKET = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
_PROOFS = 20_000


def peak_mb() -> float:
    """Most memory this process ever held."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


async def totals(scene: Scene, folder: Path) -> dict[str, Any]:
    """Everybody's total out of the database, and the tree over them."""
    before, started = peak_mb(), time.perf_counter()
    leaves = await _leaves(scene, folder)
    summed = time.perf_counter()
    tree = MerkleTree.build(leaves)
    done = time.perf_counter()
    (folder / "leaves.bin").write_bytes(leaves)
    return {
        "totals_s": round(summed - started, 3),
        "tree_s": round(done - summed, 3),
        "build_s": round(done - started, 3),
        "peak_mb": peak_mb(),
        "before_mb": before,
        "root": tree.root.hex(),
        "leaves": len(tree),
    }


async def _leaves(scene: Scene, folder: Path) -> bytearray:
    engine = open_engine(f"sqlite+aiosqlite:///{folder / 'backend.db'}")
    leaves, subject, total = bytearray(), "", 0
    async with unit_of_work_factory(engine)() as work:
        async for portion in work.use_log.stream(0, scene.last_block):
            for use in portion:
                if use.subject != subject:
                    if subject:
                        leaves += pack_leaf(bytes.fromhex(subject[2:]), total)
                    subject, total = use.subject, 0
                total += use.share
    leaves += pack_leaf(bytes.fromhex(subject[2:]), total)
    await engine.dispose()
    return leaves


class _Covered:
    """The market's side: every escrow is large enough."""

    async def escrows(self, _: str, campaigns: Sequence[bytes]) -> list[int]:
        return [1 << 90] * len(campaigns)


async def build(scene: Scene, folder: Path) -> dict[str, Any]:
    """The whole epoch: every use checked against the chain's record, log parts encrypted and stored, tree, index."""
    engine = open_engine(f"sqlite+aiosqlite:///{folder / 'backend.db'}")
    chain = SceneChain(scene)
    builder = EpochBuilder(
        units=unit_of_work_factory(engine),
        blobs=EmbeddedBlobStore(folder / "blobs"),
        chain=ChainFollower(chain),
        times=chain,
        settlements=_Covered(),  # type: ignore[arg-type]  # nothing else of it is asked
        decimals=DECIMALS,
        chain_id=CHAIN_ID,
        market=MARKET,
        operator=OPERATOR,
        scratch=folder / "scratch",
    )
    row = EpochRow(1, 1, scene.last_block, scene.block_time(scene.last_block), b"\7" * 32)
    await builder.chain.upto(scene.last_block)  # that took the indexing of as many consents, not the epoch's uses
    before, started = peak_mb(), time.perf_counter()
    built = await builder.build(row)
    seconds = time.perf_counter() - started
    await engine.dispose()
    done = built.row
    parts = sum(file.stat().st_size for file in (folder / "blobs").rglob("*") if file.is_file())
    return {
        "whole_s": round(seconds, 2),
        "uses": done.uses,
        "voided": len(built.voided),
        "peak_mb": peak_mb(),
        "before_mb": before,
        "log_mb": round(parts / 1e6, 1),
        "root": done.root.hex(),
        "total": str(done.total),
        "debits": done.debits.hex(),
        "log_digest": done.log_digest.hex(),
    }


async def proofs(_: Scene, folder: Path) -> dict[str, Any]:
    """Proofs of random people."""
    tree = MerkleTree.build((folder / "leaves.bin").read_bytes())
    subjects = [subject for subject, _ in unpack_leaves(tree.leaves)]
    asked = random.Random(2).choices(subjects, k=_PROOFS)  # noqa: S311 - the same people on every run
    started = time.perf_counter()
    for subject in asked:
        tree.claim_of(subject)
    return {"proofs_per_s": round(_PROOFS / (time.perf_counter() - started))}


def main() -> None:
    task, folder, uses, people, start = sys.argv[1:]
    scene = Scene(int(uses), int(people), int(start))
    run = {"totals": totals, "build": build, "proofs": proofs}[task]
    print(json.dumps(asyncio.run(run(scene, Path(folder)))))


if __name__ == "__main__":
    main()
