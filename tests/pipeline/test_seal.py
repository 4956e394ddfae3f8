from __future__ import annotations

import hashlib
import itertools
import os
import statistics
from dataclasses import replace

import pytest

from fairsignal.domain.categories import BY_SLUG, INTERESTS
from fairsignal.domain.cid import cid_of, digest_of
from fairsignal.domain.errors import BadInput, IntegrityError
from fairsignal.domain.hpke import new_private_key, public_key_of
from fairsignal.domain.keeper_shares import open_deposit, open_share, reseal_share
from fairsignal.domain.opening import open_own, open_slot, open_with_shares
from fairsignal.domain.sealing import (
    HEADER_BYTES,
    SLOTS,
    KeeperKey,
    Manifest,
    SealContext,
    SealedProfile,
    parse_manifest,
    share_info,
)
from fairsignal.domain.shamir import combine
from fairsignal.domain.signal_record import canonical
from fairsignal.domain.signals import ExtractionReport, Intent, ScreenedProfile, Signal
from fairsignal.pipeline.seal import seal

DAY = 86_400
CONTEXT = SealContext(
    chain_id=31337,
    registry="0x5FbDB2315678afecb367f032d93F642f64180aa3",
    operator="0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
    subject="0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    version=1,
)
SUBJECT_KEY = new_private_key()
KEEPER_KEYS = [new_private_key() for _ in range(5)]
CAMPAIGN = hashlib.sha256(b"campaign").digest()


def profile(*slugs: str) -> ScreenedProfile:
    signals = tuple(Signal(slug, 0.8, 3, 20_000 * DAY, 20_010 * DAY, Intent.EXPLORING, "en") for slug in slugs)
    return ScreenedProfile(signals, ExtractionReport(9, 9, {}, {}, "model"))


FULL = profile(*(category.slug for category in INTERESTS))


def sealed_with(
    what: ScreenedProfile, threshold: int = 3, count: int = 5, context: SealContext = CONTEXT
) -> SealedProfile:
    keepers = [KeeperKey(index, public_key_of(KEEPER_KEYS[index - 1])) for index in range(1, count + 1)]
    return seal(what, context, public_key_of(SUBJECT_KEY), keepers, threshold)


def shares_of(sealed: SealedProfile) -> dict[int, list[bytes]]:
    manifest = parse_manifest(sealed.manifest)
    return {
        deposit.index: open_deposit(manifest, deposit.sealed, deposit.index, KEEPER_KEYS[deposit.index - 1])
        for deposit in sealed.deposits
    }


def tampered(sealed: SealedProfile, position: int) -> Manifest:
    raw = bytearray(sealed.manifest)
    raw[position] ^= 1
    return parse_manifest(bytes(raw))


def slot_at(category: int, threshold: int = 3) -> int:
    return HEADER_BYTES + category * (12 + 112 + 33 * threshold)


# --- it opens for whom it should ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("threshold", "count"), [(1, 1), (2, 3), (3, 5)])
def test_any_quorum_opens_any_category_and_the_subject_opens_all(threshold: int, count: int) -> None:
    what = profile("travel", "languages")
    sealed = sealed_with(what, threshold, count)
    manifest = parse_manifest(sealed.manifest, sealed.digest)
    shares = shares_of(sealed)
    for signal in what.signals:
        category = BY_SLUG[signal.slug].bit
        for quorum in itertools.combinations(shares, threshold):
            opened = open_with_shares(manifest, category, {index: shares[index][category] for index in quorum})
            assert opened.signal == canonical(category, signal)
            assert opened.liars == ()
    empty = open_with_shares(manifest, 20, {index: shares[index][20] for index in shares})
    assert empty.signal is None
    assert open_own(manifest, SUBJECT_KEY) == [canonical(BY_SLUG[s.slug].bit, s) for s in what.signals]


def test_the_cid_is_one_raw_block_whose_digest_is_what_the_chain_attests() -> None:
    sealed = sealed_with(FULL)
    assert sealed.cid == cid_of(sealed.manifest)
    assert digest_of(sealed.cid) == sealed.digest == hashlib.sha256(sealed.manifest).digest()


def test_two_versions_share_no_secret() -> None:
    first, second = sealed_with(FULL), sealed_with(FULL, context=replace(CONTEXT, version=2))
    old, new = shares_of(first), shares_of(second)
    assert not {share for row in old.values() for share in row} & {share for row in new.values() for share in row}
    manifest = parse_manifest(second.manifest)
    with pytest.raises(IntegrityError):
        open_with_shares(manifest, 0, {index: old[index][0] for index in old})


# --- and for nobody else --------------------------------------------------------------------------------------------


def test_fewer_shares_than_the_threshold_open_nothing() -> None:
    sealed = sealed_with(FULL)
    manifest = parse_manifest(sealed.manifest)
    shares = shares_of(sealed)
    for pair in itertools.combinations(shares, 2):
        some = {index: shares[index][0] for index in pair}
        with pytest.raises(IntegrityError) as caught:
            open_with_shares(manifest, 0, some)
        assert caught.value.code == "too-few-shares"
        with pytest.raises(IntegrityError):
            open_slot(manifest, 0, combine(some))


def test_a_lying_keeper_is_named_and_any_honest_quorum_still_opens() -> None:
    sealed = sealed_with(FULL)
    manifest = parse_manifest(sealed.manifest)
    shares = {index: row[0] for index, row in shares_of(sealed).items()}
    shares[2], shares[4] = os.urandom(32), shares[1]
    opened = open_with_shares(manifest, 0, shares)
    assert opened.liars == (2, 4)
    assert opened.signal == canonical(0, FULL.signals[0])


def test_when_too_many_keepers_lie_the_error_names_them() -> None:
    sealed = sealed_with(FULL)
    shares = {index: row[0] for index, row in shares_of(sealed).items()}
    for liar in (1, 3, 5):
        shares[liar] = os.urandom(32)
    with pytest.raises(IntegrityError, match="keepers 1, 3, 5"):
        open_with_shares(parse_manifest(sealed.manifest), 0, shares)


def test_a_share_under_an_index_that_no_keeper_has_counts_as_a_lie() -> None:
    sealed = sealed_with(FULL, 2, 3)
    shares = {index: row[0] for index, row in shares_of(sealed).items()}
    shares[200] = shares[1]
    assert open_with_shares(parse_manifest(sealed.manifest), 0, shares).liars == (200,)


def test_a_share_of_another_category_does_not_fit() -> None:
    sealed = sealed_with(FULL)
    shares = {index: row[1] for index, row in shares_of(sealed).items()}
    with pytest.raises(IntegrityError):
        open_with_shares(parse_manifest(sealed.manifest), 0, shares)


@pytest.mark.parametrize(
    "change",
    [
        {"chain_id": 1},
        {"registry": CONTEXT.operator},
        {"operator": CONTEXT.subject},
        {"subject": CONTEXT.operator},
        {"version": 2},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_slot_opens_under_its_own_context_only(change: dict[str, object]) -> None:
    here = sealed_with(FULL)
    manifest = parse_manifest(here.manifest)
    there = parse_manifest(sealed_with(FULL, context=replace(CONTEXT, **change)).manifest)  # type: ignore[arg-type]
    secret = combine({index: row[0] for index, row in shares_of(here).items()})
    assert open_slot(manifest, 0, secret) is not None
    with pytest.raises(IntegrityError) as caught:
        open_slot(replace(manifest, head=there.head), 0, secret)
    assert caught.value.code == "does-not-open"


def test_a_slot_moved_to_another_category_does_not_open() -> None:
    sealed = sealed_with(FULL)
    manifest = parse_manifest(sealed.manifest)
    secret = combine({index: row[0] for index, row in shares_of(sealed).items()})
    moved = replace(manifest, slots=(manifest.slots[1], manifest.slots[0], *manifest.slots[2:]))
    with pytest.raises(IntegrityError):
        open_slot(moved, 1, secret)


@pytest.mark.parametrize("offset", [0, 12, 100, 123], ids=["nonce", "ciphertext", "padding", "tag"])
def test_a_tampered_slot_does_not_open(offset: int) -> None:
    sealed = sealed_with(FULL)
    secret = combine({index: row[5] for index, row in shares_of(sealed).items()})
    with pytest.raises(IntegrityError):
        open_slot(tampered(sealed, slot_at(5) + offset), 5, secret)


def test_tampered_commitments_are_noticed_by_advertiser_keeper_and_subject() -> None:
    sealed = sealed_with(FULL)
    shares = {index: row[5] for index, row in shares_of(sealed).items()}
    manifest = tampered(sealed, slot_at(5) + 12 + 112)  # the first point's sign
    with pytest.raises(IntegrityError):
        open_with_shares(manifest, 5, shares)
    with pytest.raises(IntegrityError):
        open_deposit(manifest, sealed.deposits[0].sealed, 1, KEEPER_KEYS[0])
    with pytest.raises(IntegrityError):
        open_own(manifest, SUBJECT_KEY)


def test_only_the_subjects_key_opens_the_subjects_copy() -> None:
    sealed = sealed_with(FULL)
    with pytest.raises(IntegrityError):
        open_own(parse_manifest(sealed.manifest), new_private_key())
    with pytest.raises(IntegrityError):
        open_own(tampered(sealed, len(sealed.manifest) - 1), SUBJECT_KEY)


def test_the_subjects_copy_of_another_profile_does_not_fit() -> None:
    one, other = (parse_manifest(sealed_with(FULL).manifest) for _ in range(2))
    with pytest.raises(IntegrityError):
        open_own(replace(one, subject_copy=other.subject_copy), SUBJECT_KEY)


def test_an_operator_that_shares_other_secrets_than_it_gives_the_subject_is_found_out() -> None:
    one = parse_manifest(sealed_with(FULL).manifest)
    other = parse_manifest(sealed_with(FULL).manifest)
    mixed = (replace(one.slots[0], commitments=other.slots[0].commitments), *one.slots[1:])
    with pytest.raises(IntegrityError) as caught:
        open_own(replace(one, slots=mixed), SUBJECT_KEY)
    assert caught.value.code == "copy-mismatch"


def test_a_deposit_opens_for_its_keeper_its_index_and_its_manifest_only() -> None:
    sealed, other = sealed_with(FULL), sealed_with(FULL)
    manifest = parse_manifest(sealed.manifest)
    deposit = sealed.deposits[0].sealed
    assert len(open_deposit(manifest, deposit, 1, KEEPER_KEYS[0])) == SLOTS
    for where, index, key in (
        (manifest, 1, KEEPER_KEYS[1]),
        (manifest, 2, KEEPER_KEYS[0]),
        (manifest, 0, KEEPER_KEYS[0]),
        (manifest, 6, KEEPER_KEYS[0]),
        (parse_manifest(other.manifest), 1, KEEPER_KEYS[0]),
    ):
        with pytest.raises(IntegrityError):
            open_deposit(where, deposit, index, key)


def test_a_released_share_opens_for_its_campaign_category_keeper_and_recipient_only() -> None:
    sealed = sealed_with(FULL)
    advertiser = new_private_key()
    share = shares_of(sealed)[2][4]
    released = reseal_share(share, public_key_of(advertiser), share_info(sealed.digest, CAMPAIGN, 4, 2))
    assert open_share(released, advertiser, share_info(sealed.digest, CAMPAIGN, 4, 2)) == share
    others = [
        share_info(sealed.digest, bytes(32), 4, 2),
        share_info(sealed.digest, CAMPAIGN, 5, 2),
        share_info(sealed.digest, CAMPAIGN, 4, 3),
        share_info(bytes(32), CAMPAIGN, 4, 2),
    ]
    for info in others:
        with pytest.raises(IntegrityError):
            open_share(released, advertiser, info)
    with pytest.raises(IntegrityError):
        open_share(released, new_private_key(), share_info(sealed.digest, CAMPAIGN, 4, 2))


# --- it says nothing ------------------------------------------------------------------------------------------------


def suspicious_positions(ones: list[bytes], others: list[bytes]) -> list[int]:
    """Byte positions whose values differ between two groups by more than chance: Welch's |t| above 7.

    With groups of 100 and some 12,000 positions, chance alone gives one in fewer than 100,000 runs.
    """
    found = []
    for position, (left, right) in enumerate(zip(zip(*ones, strict=True), zip(*others, strict=True), strict=True)):
        spread = statistics.pvariance(left) / len(left) + statistics.pvariance(right) / len(right)
        difference = abs(statistics.fmean(left) - statistics.fmean(right))
        if difference and (not spread or difference / spread**0.5 > 7):
            found.append(position)
    return found


def test_an_empty_profile_and_a_full_one_differ_in_no_length_and_no_byte() -> None:
    empty = [sealed_with(profile(), 2, 3) for _ in range(100)]
    full = [sealed_with(FULL, 2, 3) for _ in range(100)]
    assert {len(sealed.manifest) for sealed in empty} == {len(sealed.manifest) for sealed in full} == {10_816}
    assert {len(d.sealed) for s in empty for d in s.deposits} == {len(d.sealed) for s in full for d in s.deposits}
    manifests = [sealed.manifest for sealed in empty], [sealed.manifest for sealed in full]
    assert manifests[0][0][:HEADER_BYTES] == manifests[1][0][:HEADER_BYTES]
    assert suspicious_positions(*manifests) == []
    assert suspicious_positions(*([s.deposits[1].sealed for s in group] for group in (empty, full))) == []


def test_the_statistical_check_finds_a_leak_of_one_bit() -> None:
    # So that the test above can fail.
    ones, others = ([os.urandom(50) for _ in range(100)] for _ in range(2))
    leaking = [row[:20] + bytes([row[20] | 0x80]) + row[21:] for row in others]
    assert suspicious_positions(ones, others) == []
    assert suspicious_positions([row[:20] + bytes([row[20] & 0x7F]) + row[21:] for row in ones], leaking) == [20]


def test_no_two_slots_share_a_nonce_a_secret_or_a_point() -> None:
    sealed = sealed_with(profile())
    manifest = parse_manifest(sealed.manifest)
    assert len({slot.nonce for slot in manifest.slots}) == SLOTS
    assert len({point for slot in manifest.slots for point in slot.commitments}) == SLOTS * 3
    assert len(set(shares_of(sealed)[1])) == SLOTS


def test_nothing_sealed_shows_in_a_repr() -> None:
    sealed = sealed_with(FULL)
    shown = repr(sealed) + repr(parse_manifest(sealed.manifest))
    for part in (sealed.manifest[:40], sealed.deposits[0].sealed[:40], sealed.manifest[-40:]):
        assert repr(part)[2:-1] not in shown
    assert len(shown) < 2_000


# --- what cannot be sealed ------------------------------------------------------------------------------------------


def test_a_prohibited_category_has_no_slot() -> None:
    with pytest.raises(BadInput) as caught:
        sealed_with(profile("health"))
    assert caught.value.code == "unknown-category"


@pytest.mark.parametrize(("slugs", "code"), [(("no_such",), "unknown-category"), (("cars", "cars"), "bad-signal")])
def test_signals_that_have_no_place_are_refused(slugs: tuple[str, ...], code: str) -> None:
    with pytest.raises(BadInput) as caught:
        sealed_with(profile(*slugs))
    assert caught.value.code == code


@pytest.mark.parametrize("indices", [[], [1, 1], [0, 1], [1, 3], [2, 3]])
def test_keepers_have_the_indices_1_to_n(indices: list[int]) -> None:
    keepers = [KeeperKey(index, public_key_of(KEEPER_KEYS[0])) for index in indices]
    with pytest.raises(BadInput):
        seal(FULL, CONTEXT, public_key_of(SUBJECT_KEY), keepers, 1)


@pytest.mark.parametrize("threshold", [0, 4])
def test_the_threshold_lies_between_1_and_n(threshold: int) -> None:
    with pytest.raises(BadInput) as caught:
        sealed_with(FULL, threshold, 3)
    assert caught.value.code == "bad-threshold"


def test_an_unusable_key_is_refused() -> None:
    keepers = [KeeperKey(1, public_key_of(KEEPER_KEYS[0]))]
    with pytest.raises(BadInput) as caught:
        seal(FULL, CONTEXT, bytes(32), keepers, 1)
    assert caught.value.code == "bad-recipient-key"
    with pytest.raises(BadInput):
        seal(FULL, CONTEXT, public_key_of(SUBJECT_KEY), [KeeperKey(1, bytes(32))], 1)


def test_there_is_no_slot_beyond_bit_47() -> None:
    manifest = parse_manifest(sealed_with(FULL).manifest)
    for category in (-1, 48, 127):
        with pytest.raises(BadInput):
            open_slot(manifest, category, bytes(32))
