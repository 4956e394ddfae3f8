"""Ways in which a keeper may lie about what it was asked for."""

from __future__ import annotations

import dataclasses

from fairsignal.adapters.chain import LocalSigner
from fairsignal.domain.hpke import new_private_key
from fairsignal.domain.release import ItemResult
from fairsignal.ports import ReleaseAnswer, ReleaseRequest
from tests.keeper.world import CARS, ITEM, NOW, SUBJECT, TERMS, TRAVEL
from tests.market.keepers import FakeKeeper, sealed_market

OTHER = "0x00000000000000000000000000000000000000B2"
MARKET, PROFILES = sealed_market([SUBJECT, OTHER])
"""Never changed: sealing takes a while."""


def _shares(keeper: FakeKeeper) -> tuple[bytes, list[bytes]]:
    return keeper.shares[SUBJECT]


def wrong_share(keeper: FakeKeeper, request: ReleaseRequest) -> ReleaseAnswer:
    digest, _ = _shares(keeper)
    return keeper.signed(request, (keeper.released(request, ITEM, digest, b"\1" * 32),))


def share_that_is_no_scalar(keeper: FakeKeeper, request: ReleaseRequest) -> ReleaseAnswer:
    digest, _ = _shares(keeper)
    return keeper.signed(request, (keeper.released(request, ITEM, digest, b"\xff" * 32),))


def share_of_another_length(keeper: FakeKeeper, request: ReleaseRequest) -> ReleaseAnswer:
    digest, shares = _shares(keeper)
    return keeper.signed(request, (keeper.released(request, ITEM, digest, shares[TRAVEL][:31]),))


def share_of_another_category(keeper: FakeKeeper, request: ReleaseRequest) -> ReleaseAnswer:
    digest, shares = _shares(keeper)
    return keeper.signed(request, (keeper.released(request, ITEM, digest, shares[CARS]),))


def share_sealed_for_another_category(keeper: FakeKeeper, request: ReleaseRequest) -> ReleaseAnswer:
    digest, shares = _shares(keeper)
    elsewhere = dataclasses.replace(ITEM, category=CARS)
    return keeper.signed(request, (keeper.released(request, elsewhere, digest, shares[TRAVEL]),))


def share_sealed_to_another_key(keeper: FakeKeeper, request: ReleaseRequest) -> ReleaseAnswer:
    digest, shares = _shares(keeper)
    return keeper.signed(request, (keeper.released(request, ITEM, digest, shares[TRAVEL], new_private_key()),))


def share_of_another_campaign(keeper: FakeKeeper, request: ReleaseRequest) -> ReleaseAnswer:
    digest, shares = _shares(keeper)
    other = dataclasses.replace(request, terms=dataclasses.replace(TERMS, salt=9))
    return keeper.signed(request, (keeper.released(other, ITEM, digest, shares[TRAVEL]),))


def share_of_another_keeper(keeper: FakeKeeper, request: ReleaseRequest) -> ReleaseAnswer:
    digest, shares = _shares(MARKET.keepers[keeper.index % 5])
    return keeper.signed(request, (keeper.released(request, ITEM, digest, shares[TRAVEL]),))


def garbage(keeper: FakeKeeper, request: ReleaseRequest) -> ReleaseAnswer:
    digest, _ = _shares(keeper)
    return keeper.signed(request, (ItemResult(digest, b"garbage"),))


def forged_receipt(keeper: FakeKeeper, request: ReleaseRequest) -> ReleaseAnswer:
    forger = dataclasses.replace(keeper, signer=LocalSigner(b"\x77" * 32))
    return FakeKeeper.signed(forger, request, (keeper.result(request, ITEM),))


def malformed_receipt(keeper: FakeKeeper, request: ReleaseRequest) -> ReleaseAnswer:
    return dataclasses.replace(forged_receipt(keeper, request), receipt=b"\x1b" * 65)


def receipt_of_another_request(keeper: FakeKeeper, request: ReleaseRequest) -> ReleaseAnswer:
    return keeper.signed(dataclasses.replace(request, nonce=request.nonce + 1), (keeper.result(request, ITEM),))


def receipt_of_other_results(keeper: FakeKeeper, request: ReleaseRequest) -> ReleaseAnswer:
    signed = keeper.signed(request, (keeper.result(request, ITEM),))
    return dataclasses.replace(signed, results=(keeper.result(request, ITEM),))  # HPKE: sealed anew, other bytes


def receipt_of_another_time(keeper: FakeKeeper, request: ReleaseRequest) -> ReleaseAnswer:
    return dataclasses.replace(keeper.signed(request, (keeper.result(request, ITEM),)), released_at=NOW + 1)


def time_that_does_not_exist(keeper: FakeKeeper, request: ReleaseRequest) -> ReleaseAnswer:
    return dataclasses.replace(keeper.signed(request, (keeper.result(request, ITEM),)), released_at=1 << 60)


def no_results(keeper: FakeKeeper, request: ReleaseRequest) -> ReleaseAnswer:
    return keeper.signed(request, ())


def too_many_results(keeper: FakeKeeper, request: ReleaseRequest) -> ReleaseAnswer:
    return keeper.signed(request, (keeper.result(request, ITEM),) * 2)


def digest_of_another_manifest(keeper: FakeKeeper, request: ReleaseRequest) -> ReleaseAnswer:
    digest, shares = keeper.shares[OTHER]
    return keeper.signed(request, (keeper.released(request, ITEM, digest, shares[TRAVEL]),))


def right_share_under_another_digest(keeper: FakeKeeper, request: ReleaseRequest) -> ReleaseAnswer:
    _, shares = _shares(keeper)
    return keeper.signed(request, (keeper.released(request, ITEM, keeper.shares[OTHER][0], shares[TRAVEL]),))


def digest_that_is_none(keeper: FakeKeeper, request: ReleaseRequest) -> ReleaseAnswer:
    return keeper.signed(request, (dataclasses.replace(keeper.result(request, ITEM), digest=b""),))


LIES = [
    wrong_share,
    share_that_is_no_scalar,
    share_of_another_length,
    share_of_another_category,
    share_sealed_for_another_category,
    share_sealed_to_another_key,
    share_of_another_campaign,
    share_of_another_keeper,
    garbage,
    forged_receipt,
    malformed_receipt,
    receipt_of_another_request,
    receipt_of_other_results,
    receipt_of_another_time,
    time_that_does_not_exist,
    no_results,
    too_many_results,
    digest_of_another_manifest,
    right_share_under_another_digest,
    digest_that_is_none,
]
