"""What a keeper deletes on an operator's word, which the chain has to confirm."""

from __future__ import annotations

from typing import Any

import pytest

from fairsignal.adapters.chain import LocalSigner, recover_typed
from fairsignal.domain.errors import BadInput, Refused
from fairsignal.domain.keeper_messages import (
    erased_message,
    erasure_message,
)
from fairsignal.domain.sealing import SealedProfile
from tests.keeper.world import (
    CHAIN_ID,
    NOW,
    OPERATOR,
    OTHER_REGISTRY,
    REGISTRY,
    STRANGER,
    SUBJECT,
    Kept,
    asked,
    refusal,
    standstill,
    stored,
)


def erasure(kept: Kept, signer: LocalSigner = OPERATOR, **change: Any) -> bytes:
    signed: dict[str, Any] = {"chain_id": CHAIN_ID, "registry": REGISTRY, "subject": SUBJECT}
    signed |= {"keeper": kept.keeper.signer.address}
    return signer.sign_typed(erasure_message(**(signed | change)))


async def test_erasure_deletes_and_answers_with_a_receipt_every_time(kept: Kept, sealed: SealedProfile) -> None:
    kept.chain.standing = {"finalized": {SUBJECT: standstill(sealed.digest, erasure_open=True)}}
    for _ in range(2):
        answer = await kept.keeper.erase(OPERATOR.address, SUBJECT, erasure(kept))
        receipt = erased_message(CHAIN_ID, REGISTRY, OPERATOR.address, SUBJECT, answer.erased_at)
        assert recover_typed(receipt, answer.receipt) == kept.keeper.signer.address
        assert not await stored(kept, sealed)
    (result,) = (await kept.keeper.release(asked())).results
    assert result.refused == "no-share"
    assert {tag for tag, _ in kept.chain.asked} == {"finalized"}


async def test_erasure_that_the_subject_did_not_ask_for_is_refused(kept: Kept, sealed: SealedProfile) -> None:
    kept.chain.standing = {"finalized": {SUBJECT: standstill(sealed.digest)}}
    error = await refusal(kept.keeper.erase(OPERATOR.address, SUBJECT, erasure(kept)))
    assert (type(error), error.code) == (Refused, "no-erasure-request")
    assert await stored(kept, sealed)


async def test_what_came_after_a_confirmed_erasure_stays(kept: Kept, sealed: SealedProfile) -> None:
    def confirmed(at: int) -> None:
        kept.chain.standing = {"finalized": {SUBJECT: standstill(sealed.digest, erasure_confirmed_at=at)}}

    confirmed(NOW - 1)
    await kept.keeper.erase(OPERATOR.address, SUBJECT, erasure(kept))
    assert await stored(kept, sealed)
    confirmed(NOW)
    await kept.keeper.erase(OPERATOR.address, SUBJECT, erasure(kept))
    assert not await stored(kept, sealed)


@pytest.mark.parametrize(
    "change",
    [
        {"signer": STRANGER},
        {"keeper": STRANGER.address},
        {"subject": STRANGER.address},
        {"chain_id": 1},
        {"registry": OTHER_REGISTRY},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_erasure_must_be_signed_by_the_operator_for_this_keeper(
    kept: Kept, sealed: SealedProfile, change: dict[str, Any]
) -> None:
    kept.chain.standing = {"finalized": {SUBJECT: standstill(sealed.digest, erasure_open=True)}}
    error = await refusal(kept.keeper.erase(OPERATOR.address, SUBJECT, erasure(kept, **change)))
    assert (type(error), error.code) == (BadInput, "bad-signature")
    assert await stored(kept, sealed)


async def test_operator_erases_nothing_of_another_operators(kept: Kept, sealed: SealedProfile) -> None:
    kept.chain.standing = {"finalized": {SUBJECT: standstill(erasure_open=True)}}
    await kept.keeper.erase(STRANGER.address, SUBJECT, erasure(kept, STRANGER))
    assert await stored(kept, sealed)
