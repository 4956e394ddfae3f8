"""Bytes that were altered on the way, or on a disk: noticed by whoever reads them next."""

from __future__ import annotations

import secrets
import shutil
import sqlite3
from pathlib import Path

import pytest

from fairsignal.adapters.chain import LocalSigner
from fairsignal.domain.categories import BY_SLUG
from fairsignal.domain.cid import cid_of_digest
from fairsignal.domain.errors import Unavailable
from fairsignal.domain.sealing import parse_manifest
from fairsignal.domain.shamir import commit
from tests.e2e.actors import Someone
from tests.keepers_e2e.deals import RELEASED, Deal, Market, conducts, opened
from tests.keepers_e2e.forgery import Sealed, hand_over, sealed_by
from tests.keepers_e2e.misbehaving import blob_server

TRAVEL = BY_SLUG["travel"].bit


@pytest.fixture
def person(market: Market) -> Someone:
    return Someone(market.wallets[0])


@pytest.fixture
def sealed(market: Market, person: Someone) -> Sealed:
    return sealed_by(market, person)


def data_of(market: Market, index: int) -> Path:
    return Path(market.stack.keeper_environments[index]["FAIRSIGNAL_KEEPER_DATA_DIR"])


async def test_untampered_deposit_is_kept(market: Market, sealed: Sealed) -> None:
    """Or the tests below would prove nothing."""
    assert await hand_over(market, sealed.manifest, sealed.shares[1]) == "kept"
    assert await hand_over(market, sealed.manifest, sealed.shares[1]) == "kept"  # sent again after a crash


async def test_altered_share_is_refused(market: Market, sealed: Sealed) -> None:
    shares = list(sealed.shares[1])
    shares[TRAVEL] = secrets.token_bytes(32)
    assert await hand_over(market, sealed.manifest, shares) == "bad-share"


async def test_another_keepers_shares_are_refused(market: Market, sealed: Sealed) -> None:
    assert await hand_over(market, sealed.manifest, sealed.shares[2]) == "bad-share"


async def test_missing_share_is_refused(market: Market, sealed: Sealed) -> None:
    assert await hand_over(market, sealed.manifest, sealed.shares[1][:-1]) == "bad-share"


@pytest.mark.parametrize("which", [0, 1, 2])
async def test_altered_commitment_is_refused(market: Market, sealed: Sealed, which: int) -> None:
    """The operator signs what it altered: only the keeper's check of every share finds it."""
    (other,) = commit([4_711])
    slot = sealed_commitments(sealed)
    manifest = sealed.with_slot(TRAVEL, commitments=(*slot[:which], other, *slot[which + 1 :]))
    assert await hand_over(market, manifest, sealed.shares[1]) == "bad-share"


async def test_commitment_that_is_no_point_is_refused(market: Market, sealed: Sealed) -> None:
    slot = sealed_commitments(sealed)
    manifest = sealed.with_slot(TRAVEL, commitments=(*slot[:-1], b"\xff" * 33))
    assert await hand_over(market, manifest, sealed.shares[1]) == "bad-commitment"


async def test_manifest_altered_after_sealing_is_refused(market: Market, sealed: Sealed) -> None:
    altered = sealed.with_slot(TRAVEL, ciphertext=secrets.token_bytes(112))
    told = {
        "signature kept": await hand_over(
            market, altered, sealed.shares[1], sealed_for=sealed.manifest, signed_for=sealed.manifest
        ),
        "signed anew": await hand_over(market, altered, sealed.shares[1], sealed_for=sealed.manifest),
    }
    assert told == {"signature kept": "bad-signature", "signed anew": "does-not-open"}


async def test_deposit_sealed_for_another_chain_or_registry_is_refused(market: Market, person: Someone) -> None:
    for context in ({"chain_id": 1}, {"registry": person.reader.reader.deployment.signal_market}):
        elsewhere = sealed_by(market, person, **context)
        assert await hand_over(market, elsewhere.manifest, elsewhere.shares[1]) == "wrong-context"


async def test_deposit_for_another_keeper_is_refused(market: Market, sealed: Sealed) -> None:
    assert await hand_over(market, sealed.manifest, sealed.shares[2], index=2, to=1) == "bad-signature"


async def test_deposit_that_the_operator_did_not_sign_is_refused(market: Market, sealed: Sealed) -> None:
    stranger = LocalSigner(secrets.token_bytes(32))
    assert await hand_over(market, sealed.manifest, sealed.shares[1], signer=stranger) == "bad-signature"


async def test_deposit_in_another_operators_name_is_refused(market: Market, person: Someone) -> None:
    foreign = sealed_by(market, person, operator=market.wallets[7].address)
    assert await hand_over(market, foreign.manifest, foreign.shares[1]) == "bad-signature"


@pytest.mark.parametrize("kind", ["noise", "one bit", "cut short", "another profile"])
async def test_gateway_that_returns_other_bytes_is_noticed(market: Market, shared_deal: Deal, kind: str) -> None:
    good = await blob_of(market, shared_deal.person)
    bad = {
        "noise": secrets.token_bytes(len(good)),
        "one bit": good[:-1] + bytes((good[-1] ^ 1,)),
        "cut short": good[: len(good) // 2],
        "another profile": sealed_by(market, shared_deal.person).manifest,
    }[kind]
    async with blob_server(lambda cid: bad) as url:
        (item,) = (await market.open(shared_deal, blobs=url)).items
    assert not item.opened
    assert item.refused in ("cid-mismatch", "manifest-mismatch")
    async with blob_server(lambda cid: good) as url:
        assert opened(await market.open(shared_deal, blobs=url))


async def test_keepers_row_that_was_altered_is_not_released_and_the_others_serve(market: Market) -> None:
    deal = await market.paid_deal()
    with sqlite3.connect(data_of(market, 0) / "keeper.db", timeout=5) as db:
        changed = db.execute(
            "UPDATE deposits SET shares = randomblob(length(shares)) WHERE subject = ?", (deal.person.address,)
        )
        assert changed.rowcount == 1
    db.close()
    assert await market.answers(await deal.request()) == ["keeper-database", *RELEASED[1:]]
    assert opened(await market.open(deal))


async def test_keeper_whose_database_is_truncated_does_not_start_and_the_others_serve(
    market: Market, shared_deal: Deal, tmp_path: Path
) -> None:
    stack, database = market.stack, data_of(market, 0) / "keeper.db"
    stack.keepers[0].stop()
    assert not database.with_name("keeper.db-wal").exists()  # or it would make good what is cut off
    shutil.copy(database, tmp_path)
    with database.open("rb+") as file:
        file.truncate(database.stat().st_size // 2)
    with pytest.raises(Unavailable, match=r"ended with exit code 1(.|\n)*keeper-database"):
        await stack.restart_keeper(0)
    said = stack.keepers[0].log.read_text()
    assert "remedy" in said
    assert "Traceback" not in said
    released = await market.open(shared_deal)
    assert opened(released)
    assert conducts(released).get(1, "silent") == "silent"
    shutil.copy(tmp_path / "keeper.db", database)  # with which the next test starts it again


def sealed_commitments(sealed: Sealed) -> tuple[bytes, ...]:
    return parse_manifest(sealed.manifest).slots[TRAVEL].commitments


async def blob_of(market: Market, person: Someone) -> bytes:
    digest = await market.wallets[0].reader.digest_of(market.operator, person.address)
    return await market.api.get_bytes(f"/v1/blobs/{cid_of_digest(digest)}")
