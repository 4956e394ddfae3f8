"""A decision's token says nothing to others, and cannot be made or changed by them."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairsignal.domain.errors import BadInput
from fairsignal.domain.use_token import TOKEN_LENGTH, DecidedUse, UseTokens

NOW = 1_800_000_000
KEY = bytes(range(32))
TOKENS = UseTokens(KEY, b"chain/market/operator")
USE = DecidedUse(b"u" * 16, b"c" * 32, b"s" * 20, 7, True, 5, 3, 123_456, NOW - 2, NOW + 120, 50_001)


def sealed(use: DecidedUse = USE, tokens: UseTokens = TOKENS, now: int = NOW) -> str:
    (token,) = tokens.seal(now, [use])
    return token


@given(
    st.builds(
        DecidedUse, st.binary(min_size=16, max_size=16), st.binary(min_size=32, max_size=32),
        st.binary(min_size=20, max_size=20), st.integers(0, 127), st.booleans(), st.integers(1, 4095),
        st.integers(0, (1 << 19) - 1),
        st.integers(0, 1 << 40), st.integers(0, 1 << 40), st.integers(0, 1 << 40), st.integers(1, (1 << 96) - 1),
    )
)  # fmt: skip
def test_token_holds_what_was_decided(use: DecidedUse) -> None:
    token = sealed(use)
    assert len(token) == TOKEN_LENGTH
    assert TOKENS.open(token) == use


def test_another_replica_with_the_same_key_reads_it() -> None:
    assert UseTokens(KEY, b"chain/market/operator").open(sealed()) == USE


@pytest.mark.parametrize(
    "foreign", [UseTokens(bytes(32), b"chain/market/operator"), UseTokens(KEY, b"chain/market/other")]
)
def test_another_key_or_another_operator_does_not(foreign: UseTokens) -> None:
    with pytest.raises(BadInput) as refusal:
        foreign.open(sealed())
    assert refusal.value.code == "bad-token"


def test_any_changed_byte_is_noticed() -> None:
    raw = bytearray(base64.urlsafe_b64decode(sealed()))
    for position in range(len(raw)):
        changed = bytearray(raw)
        changed[position] ^= 1
        with pytest.raises(BadInput, match="no token"):
            TOKENS.open(base64.urlsafe_b64encode(changed).decode())


@pytest.mark.parametrize("text", ["", "x", "A" * (TOKEN_LENGTH - 1), "A" * TOKEN_LENGTH, "\N{SNOWMAN}" * TOKEN_LENGTH])
def test_other_text_is_no_token(text: str) -> None:
    with pytest.raises(BadInput, match="no token"):
        TOKENS.open(text)


def test_two_tokens_of_one_decision_look_unrelated() -> None:
    first, second = (base64.urlsafe_b64decode(sealed()) for _ in range(2))
    assert first[5:] != second[5:]
    assert USE.subject not in first


def test_token_outlives_the_hour_in_which_its_key_was_derived() -> None:
    late = NOW // 3_600 * 3_600 + 3_599
    assert TOKENS.open(sealed(replace(USE, expires_at=late + 120), now=late)).expires_at == late + 120
