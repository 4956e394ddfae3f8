"""After a final revocation the shares are gone, and whatever is left together opens nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import sqlite3
import time
from pathlib import Path

import pytest

from fairsignal.adapters.keepers import SqliteDepositBox
from fairsignal.adapters.keys.key_ring import KeyRing
from fairsignal.domain.categories import BY_SLUG
from fairsignal.domain.errors import FairsignalError, IntegrityError
from fairsignal.domain.keeper_shares import open_deposit
from fairsignal.domain.opening import open_with_shares
from fairsignal.domain.sealing import Manifest
from fairsignal.domain.shamir import SCALAR_BYTES
from tests.e2e.erasing import request_body
from tests.keepers_e2e.deals import KEEPERS, RELEASED, Market, refused

TRAVEL = BY_SLUG["travel"].bit
_FILES = ("keeper.db", "keeper.db-wal", "requests.db", "requests.db-wal")


class Seizure:
    """Copies of every disk: all keepers' databases and keys, and the backend's database."""

    def __init__(self, market: Market, to: Path) -> None:
        shutil.rmtree(to, ignore_errors=True)
        self.keepers = []
        for index, environment in enumerate(market.stack.keeper_environments, start=1):
            source, target = Path(environment["FAIRSIGNAL_KEEPER_DATA_DIR"]), to / f"keeper-{index}"
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("*-shm"))
            self.keepers.append(target)
        self.backend = to / "backend.db"
        live = Path(market.stack.backend_environment["FAIRSIGNAL_DATA_DIR"]) / "backend.db"
        with (
            contextlib.closing(sqlite3.connect(live)) as database,
            contextlib.closing(sqlite3.connect(self.backend)) as copy,
        ):
            database.backup(copy)

    async def shares(self, manifest: Manifest) -> dict[int, bytes]:
        """By keeper: from its database, else from the operator's copy of what was sealed to it."""
        found = {}
        sealed = self._operators_copies(manifest)
        for index, directory in enumerate(self.keepers, start=1):
            ring = KeyRing(directory / "keys", None, clear_allowed=True)
            box = SqliteDepositBox(directory / "keeper.db", ring.hpke_key("storage"))
            deposit = await box.get(manifest.header.operator, manifest.header.subject, manifest.header.digest)
            await box.close()
            if deposit is not None:
                found[index] = deposit.shares[TRAVEL * SCALAR_BYTES :][:SCALAR_BYTES]
                continue
            for name in ring.names():
                try:
                    shares = open_deposit(manifest, sealed[index - 1], index, ring.hpke_key(name))
                except (FairsignalError, IndexError):
                    continue
                found[index] = shares[TRAVEL]
        return found

    def _operators_copies(self, manifest: Manifest) -> list[bytes]:
        with sqlite3.connect(self.backend) as db:
            rows = db.execute("SELECT deposits FROM profiles WHERE subject = ?", (manifest.header.subject,)).fetchall()
        return [bytes.fromhex(text) for (row,) in rows for text in json.loads(row)]

    def mentions(self, needle: bytes) -> list[str]:
        """The keepers' files that hold these bytes."""
        return [
            f"{directory.name}/{name}"
            for directory in self.keepers
            for name in _FILES
            if (directory / name).exists() and needle in (directory / name).read_bytes()
        ]


async def swept(market: Market, subject: str) -> None:
    """Wait until no keeper holds anything of a subject."""
    deadline = time.monotonic() + 15
    for environment in market.stack.keeper_environments:
        path = Path(environment["FAIRSIGNAL_KEEPER_DATA_DIR"]) / "keeper.db"
        while True:
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5) as db:
                (left,) = db.execute("SELECT count(*) FROM deposits WHERE subject = ?", (subject,)).fetchone()
            db.close()
            if not left:
                break
            assert time.monotonic() < deadline, f"{path} still holds {left} deposits"
            await asyncio.sleep(0.1)


async def test_after_final_revocation_everything_that_is_left_opens_nothing(market: Market, tmp_path: Path) -> None:
    deal = await market.paid_deal()
    manifest = await market.manifest(deal.person)
    unused = [await deal.request() for _ in range(3)]
    before = Seizure(market, tmp_path / "before")
    stolen = await before.shares(manifest)
    # The attempt below is a real one: with all disks seized before, it succeeds.
    assert open_with_shares(manifest, TRAVEL, stolen).signal is not None
    assert len(before.mentions(deal.person.address.encode())) >= 5
    blobs = sealed_rows(before, deal.person.address)
    assert all(before.mentions(blob[:64]) for blob in blobs)

    await market.revoke(deal.person)
    assert await market.answers(unused[0]) == refused("no-consent")
    await market.stack.chain.finalize()
    await swept(market, deal.person.address)

    after = Seizure(market, tmp_path / "after")
    left = await after.shares(manifest)
    assert left == {}
    assert [place for blob in blobs for place in after.mentions(blob[:64])] == []
    with pytest.raises(IntegrityError):
        open_with_shares(manifest, TRAVEL, left)
    assert await market.answers(unused[1]) == refused("no-consent")
    # Two keepers that kept what they should have deleted are one too few.
    kept = {index: stolen[index] for index in (1, 2)}
    with pytest.raises(IntegrityError, match="Only 2 valid shares, 3 are needed"):
        open_with_shares(manifest, TRAVEL, kept | left)

    # Consent given anew, and paid for, does not bring the old record back: it has to be sealed again.
    await market.next_second()
    await market.grant(deal.person, version=3)
    await market.pay(deal)
    await market.stack.chain.finalize()
    assert await market.answers(await deal.request()) == refused("no-share")
    assert set(await market.answers(unused[2])) <= {"use-before-grant"}
    await market.send_chats(deal.person)
    await market.stack.chain.finalize()
    assert await market.answers(await deal.request()) == RELEASED


async def test_request_for_erasure_is_obeyed_at_the_head_at_once_and_deletes_nothing_before_it_is_final(
    market: Market, tmp_path: Path
) -> None:
    deal = await market.paid_deal()
    manifest = await market.manifest(deal.person)
    assert await market.answers(await deal.request()) == RELEASED
    requests = [await deal.request() for _ in range(2)]
    await market.api.post("/v1/erasures", await request_body(deal.person, market.operator))
    assert await market.answers(requests[0]) == refused("erasure-requested")
    assert len(await Seizure(market, tmp_path / "disks").shares(manifest)) == KEEPERS
    await market.stack.chain.finalize()
    await swept(market, deal.person.address)
    assert set(await market.answers(requests[1])) <= {"erasure-requested", "no-profile"}


async def test_superseded_shares_are_swept_and_the_new_ones_stay(market: Market, tmp_path: Path) -> None:
    deal = await market.paid_deal()
    old = await market.manifest(deal.person)
    await market.send_chats(deal.person)
    await market.stack.chain.finalize()
    deadline = time.monotonic() + 15
    while shares := await Seizure(market, tmp_path / "disks").shares(old):
        assert time.monotonic() < deadline, f"keepers {sorted(shares)} still have the old version"
        await asyncio.sleep(0.5)
    assert await market.answers(await deal.request()) == RELEASED


def sealed_rows(seizure: Seizure, subject: str) -> list[bytes]:
    """Each keeper's encrypted shares of a subject, as they lie in its file."""
    rows = []
    for directory in seizure.keepers:
        with sqlite3.connect(directory / "keeper.db") as db:
            rows += [row for (row,) in db.execute("SELECT shares FROM deposits WHERE subject = ?", (subject,))]
        db.close()
    return rows
