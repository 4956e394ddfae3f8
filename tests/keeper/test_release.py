"""What a keeper answers to an advertiser's request, and which requests it does not answer."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from fairsignal.adapters.chain import recover_typed
from fairsignal.domain.eip712 import digest_of
from fairsignal.domain.errors import BadInput, IntegrityError, RateLimited, Refused
from fairsignal.domain.keeper_messages import (
    receipt_message,
    release_message,
)
from fairsignal.domain.keeper_shares import open_share
from fairsignal.domain.opening import open_with_shares
from fairsignal.domain.release import MAX_ITEMS, pack_items, pack_results
from fairsignal.domain.sealing import SealedProfile, parse_manifest, share_info
from fairsignal.domain.signal_record import canonical
from fairsignal.ports import PaidUse, ReleaseRequest
from tests.keeper.world import (
    CARS,
    CHAIN_ID,
    ITEM,
    NOW,
    OPERATOR,
    OTHER_REGISTRY,
    RECIPIENT,
    REGISTRY,
    SIGNAL,
    STRANGER,
    SUBJECT,
    TERMS,
    TRAVEL,
    USED,
    Kept,
    asked,
    open_kept,
    refusal,
    snapshot,
)

NO_ONE_LIKE_IT = b"\x0e" * 32


async def test_release_opens_the_category_and_its_receipt_verifies(kept: Kept, sealed: SealedProfile) -> None:
    request = asked()
    answer = await kept.keeper.release(request)
    (result,) = answer.results
    assert (result.digest, result.refused) == (sealed.digest, "")
    assert result.share is not None
    share = open_share(result.share, RECIPIENT, share_info(sealed.digest, TERMS.id, TRAVEL, 1))
    assert open_with_shares(parse_manifest(sealed.manifest), TRAVEL, {1: share}).signal == canonical(TRAVEL, SIGNAL)
    question = release_message(
        CHAIN_ID, REGISTRY, TERMS.id, pack_items(request.items), request.nonce, request.expires_at
    )
    receipt = receipt_message(CHAIN_ID, REGISTRY, digest_of(question), pack_results(answer.results), answer.released_at)
    assert recover_typed(receipt, answer.receipt) == kept.keeper.signer.address
    assert answer.released_at == NOW


async def test_third_party_cannot_open_a_release(kept: Kept, sealed: SealedProfile) -> None:
    (result,) = (await kept.keeper.release(asked())).results
    assert result.share is not None
    with pytest.raises(IntegrityError):
        open_share(result.share, b"\x09" * 32, share_info(sealed.digest, TERMS.id, TRAVEL, 1))
    with pytest.raises(IntegrityError):
        open_share(result.share, RECIPIENT, share_info(sealed.digest, TERMS.id, CARS, 1))


async def test_cohort_is_answered_item_by_item(kept: Kept, sealed: SealedProfile) -> None:
    kept.chain.snapshot = snapshot(
        sealed.digest, {0: PaidUse(SUBJECT, TRAVEL, USED), 2: PaidUse(SUBJECT, TRAVEL, USED)}
    )
    items = [dataclasses.replace(ITEM, use_index=index) for index in range(3)]
    answer = await kept.keeper.release(asked(*items))
    assert [result.refused for result in answer.results] == ["", "not-paid", ""]
    assert [result.share is None for result in answer.results] == [False, True, False]
    assert answer.results[1].digest == bytes(32)


async def test_keeper_without_the_shares_says_so(kept: Kept) -> None:
    kept.chain.snapshot = snapshot(NO_ONE_LIKE_IT)
    (result,) = (await kept.keeper.release(asked())).results
    assert (result.refused, result.share) == ("no-share", None)


async def test_campaign_without_a_right_is_refused_as_a_whole(kept: Kept, sealed: SealedProfile) -> None:
    final = dataclasses.replace(kept.chain.snapshot.final, campaign=None)
    kept.chain.snapshot = dataclasses.replace(kept.chain.snapshot, final=final)
    error = await refusal(kept.keeper.release(asked()))
    assert (type(error), error.code) == (Refused, "no-such-campaign")


@pytest.mark.parametrize(
    "change",
    [
        {"items": (dataclasses.replace(ITEM, use_index=1),)},
        {"items": (dataclasses.replace(ITEM, subject=STRANGER.address),)},
        {"items": (dataclasses.replace(ITEM, category=CARS),)},
        {"items": (ITEM, dataclasses.replace(ITEM, use_index=1))},
        {"terms": dataclasses.replace(TERMS, salt=2)},
        {"nonce": 5},
        {"expires_at": NOW + 121},
        {"signature": b""},
        {"signature": b"\x1b" * 65},
    ],
    ids=["use", "subject", "category", "further item", "campaign", "nonce", "expiry", "empty", "malformed"],
)
async def test_altered_request_is_not_the_advertisers(
    kept: Kept, sealed: SealedProfile, change: dict[str, Any]
) -> None:
    error = await refusal(kept.keeper.release(dataclasses.replace(asked(), **change)))
    assert (type(error), error.code) == (BadInput, "bad-signature")


@pytest.mark.parametrize(
    "request_",
    [asked(signer=STRANGER), asked(signer=OPERATOR), asked(chain_id=1), asked(registry=OTHER_REGISTRY)],
    ids=["a stranger", "the operator", "another chain", "another registry"],
)
async def test_request_is_the_advertisers_for_this_deployment(kept: Kept, request_: ReleaseRequest) -> None:
    assert (await refusal(kept.keeper.release(request_))).code == "bad-signature"


async def test_hint_where_to_look_is_not_signed(kept: Kept, sealed: SealedProfile) -> None:
    elsewhere = dataclasses.replace(ITEM, tx_hash=b"\x0f" * 32, block=1)
    answer = await kept.keeper.release(dataclasses.replace(asked(), items=(elsewhere,)))
    assert answer.results[0].share is not None


async def test_request_counts_once(kept: Kept, sealed: SealedProfile) -> None:
    request = asked()
    await kept.keeper.release(request)
    error = await refusal(kept.keeper.release(request))
    assert (type(error), error.code) == (BadInput, "request-replayed")
    assert (await kept.keeper.release(asked())).results[0].share is not None


@pytest.mark.parametrize(
    ("ahead", "taken"),
    [(-121, False), (-120, True), (0, True), (480, True), (481, False), (3_600, False), (-3_600, False)],
)
async def test_request_is_taken_while_the_clocks_agree_by_minutes(
    kept: Kept, sealed: SealedProfile, ahead: int, taken: bool
) -> None:
    """``ahead``: seconds by which the advertiser's clock is ahead of the keeper's; requests last two minutes."""
    request = asked(now=NOW + ahead)
    if taken:
        assert (await kept.keeper.release(request)).results[0].share is not None
    else:
        assert (await refusal(kept.keeper.release(request))).code == "request-expired"


async def test_replayed_request_stays_refused_until_it_has_expired(kept: Kept, sealed: SealedProfile) -> None:
    request = asked(now=NOW + 480)
    await kept.keeper.release(request)
    kept.clock.time = request.expires_at
    assert (await refusal(kept.keeper.release(request))).code == "request-replayed"
    await kept.keeper.release(asked(now=kept.clock.time + 1))
    assert (await refusal(kept.keeper.release(request))).code == "request-replayed"
    kept.clock.time += 1
    assert (await refusal(kept.keeper.release(request))).code == "request-expired"


async def test_request_names_each_use_once_and_not_too_many(kept: Kept) -> None:
    many = tuple(dataclasses.replace(ITEM, use_index=index) for index in range(MAX_ITEMS + 1))
    for items in ((), (ITEM, ITEM), (ITEM, dataclasses.replace(ITEM, subject=STRANGER.address)), many):
        error = await refusal(kept.keeper.release(dataclasses.replace(asked(), items=items)))
        assert (type(error), error.code) == (BadInput, "bad-items")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"items": (dataclasses.replace(ITEM, category=48),)}, "unknown-category"),
        ({"items": (dataclasses.replace(ITEM, category=-1),)}, "unknown-category"),
        ({"items": (dataclasses.replace(ITEM, use_index=1 << 40),)}, "bad-items"),
        ({"items": (dataclasses.replace(ITEM, subject="0x12"),)}, "bad-items"),
        ({"nonce": 1 << 256}, "bad-message"),
        ({"nonce": -1}, "bad-message"),
    ],
)
async def test_value_that_does_not_fit_is_bad_input(kept: Kept, change: dict[str, Any], code: str) -> None:
    error = await refusal(kept.keeper.release(dataclasses.replace(asked(), **change)))
    assert (type(error), error.code) == (BadInput, code)


async def test_releases_are_limited_per_advertiser_by_the_category(tmp_path: Path) -> None:
    kept = open_kept(tmp_path, rates={"deposits": "10/minute", "releases": "5/minute"})
    items = [dataclasses.replace(ITEM, use_index=index) for index in range(3)]
    await kept.keeper.release(asked(*items))
    error = await refusal(kept.keeper.release(asked(*items)))
    assert (type(error), error.code) == (RateLimited, "rate-limited")
    others = dataclasses.replace(TERMS, advertiser=STRANGER.address)
    await kept.keeper.release(asked(*items, signer=STRANGER, terms=others))  # another advertiser has its own limit
    await kept.close()
