from __future__ import annotations

import itertools
import os

import pytest
from coincurve import PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from fairsignal.domain.errors import BadInput, IntegrityError
from fairsignal.domain.shamir import ORDER, combine, commit, evaluate, scalars, split, verify_share

thresholds = st.integers(1, 6).flatmap(lambda t: st.tuples(st.just(t), st.integers(t, 7)))
secrets = st.integers(1, ORDER - 1).map(lambda value: value.to_bytes(32))


@given(secret=secrets, shape=thresholds, data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_threshold_of_shares_gives_the_secret_back(
    secret: bytes, shape: tuple[int, int], data: st.DataObject
) -> None:
    threshold, count = shape
    shares, commitments = split(secret, threshold, count, os.urandom)
    assert (len(shares), len(commitments)) == (count, threshold)
    assert {len(share) for share in shares} == {32}
    assert {len(point) for point in commitments} == {33}
    chosen = data.draw(st.permutations(range(1, count + 1)))[:threshold]
    assert combine({index: shares[index - 1] for index in chosen}) == secret


def test_every_choice_of_three_out_of_five_works() -> None:
    secret = os.urandom(31).rjust(32, b"\0")
    shares, _ = split(secret, 3, 5, os.urandom)
    for chosen in itertools.combinations(range(1, 6), 3):
        assert combine({index: shares[index - 1] for index in chosen}) == secret


@given(secret=secrets, shape=thresholds)
@settings(max_examples=40, deadline=None)
def test_every_share_fits_its_commitments_and_no_other_index(secret: bytes, shape: tuple[int, int]) -> None:
    threshold, count = shape
    shares, commitments = split(secret, threshold, count, os.urandom)
    for index, share in enumerate(shares, start=1):
        assert verify_share(commitments, index, share)
        if threshold > 1:
            assert not verify_share(commitments, index + 1, share)


@given(bit=st.integers(0, 255))
@settings(max_examples=40, deadline=None)
def test_a_share_with_one_bit_flipped_does_not_fit(bit: int) -> None:
    shares, commitments = split(b"\x01" * 32, 3, 5, os.urandom)
    altered = (int.from_bytes(shares[0]) ^ 1 << bit).to_bytes(32)
    assert not verify_share(commitments, 1, altered)


def test_fewer_shares_than_the_threshold_fit_every_secret() -> None:
    # What two shares of a 3-of-n sharing leave open: for any secret there is a polynomial through them.
    shares, _ = split(b"\x07" * 32, 3, 5, os.urandom)
    for guess in (1, 2, ORDER - 1):
        points = {0: guess, 1: int.from_bytes(shares[0]), 2: int.from_bytes(shares[1])}
        second = (points[2] - 2 * points[1] + points[0]) * pow(2, -1, ORDER) % ORDER
        first = (points[1] - points[0] - second) % ORDER
        polynomial = [guess, first, second]
        assert evaluate(polynomial, 1) == shares[0]
        assert evaluate(polynomial, 2) == shares[1]
    assert combine({1: shares[0], 2: shares[1]}) != b"\x07" * 32


def test_the_first_commitment_is_the_secret_times_the_generator() -> None:
    secret = os.urandom(31).rjust(32, b"\0")
    _, commitments = split(secret, 2, 3, os.urandom)
    assert commitments[0] == PublicKey.from_secret(secret).format()


def test_a_commitment_that_is_no_point_is_an_error_not_a_wrong_share() -> None:
    shares, commitments = split(b"\x01" * 32, 2, 3, os.urandom)
    with pytest.raises(IntegrityError) as caught:
        verify_share([commitments[0], b"\x02" + b"\xff" * 32], 1, shares[0])
    assert caught.value.code == "bad-commitment"


def test_commitments_that_cancel_out_fit_no_share() -> None:
    (point,) = commit([5])
    (negative,) = commit([ORDER - 5])
    assert not verify_share([point, negative], 1, b"\0" * 31 + b"\x05")


@pytest.mark.parametrize("share", [b"", b"\0" * 32, ORDER.to_bytes(32), b"\xff" * 32, b"\x01" * 33])
def test_what_is_no_scalar_is_no_share(share: bytes) -> None:
    _, commitments = split(b"\x01" * 32, 2, 3, os.urandom)
    assert not verify_share(commitments, 1, share)


@pytest.mark.parametrize("index", [-1, 0, 256])
def test_there_is_no_share_outside_1_to_255(index: int) -> None:
    shares, commitments = split(b"\x01" * 32, 2, 3, os.urandom)
    assert not verify_share(commitments, index, shares[0])


def test_draws_outside_the_group_are_drawn_again() -> None:
    answers = iter([b"\0" * 32 + b"\xff" * 32, b"\xff" * 32, b"\x05".rjust(32, b"\0"), b"\x06".rjust(32, b"\0")])
    assert scalars(2, lambda _: next(answers)) == [5, 6]


@pytest.mark.parametrize(("threshold", "count"), [(0, 3), (4, 3), (2, 256)])
def test_an_impossible_threshold_is_refused(threshold: int, count: int) -> None:
    with pytest.raises(BadInput):
        split(b"\x01" * 32, threshold, count, os.urandom)


@pytest.mark.parametrize("secret", [b"\0" * 32, ORDER.to_bytes(32), b"\x01" * 31])
def test_what_is_no_scalar_cannot_be_shared(secret: bytes) -> None:
    with pytest.raises(BadInput):
        split(secret, 2, 3, os.urandom)


def test_share_fits_though_a_partial_sum_is_the_point_at_infinity() -> None:
    # f1 = -2 * f2, so that for keeper 2 the first step of Horner's rule is infinity.
    coefficients = [7, ORDER - 2 * 5, 5]
    share = evaluate(coefficients, 2)
    assert verify_share(commit(coefficients), 2, share)
    assert not verify_share(commit(coefficients), 1, share)
