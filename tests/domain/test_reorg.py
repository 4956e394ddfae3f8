"""What a follower does next, from headers alone."""

from __future__ import annotations

import pytest

from fairsignal.domain.errors import Unavailable
from fairsignal.domain.reorg import (
    Backfill,
    Cursor,
    Follow,
    Header,
    Idle,
    Reorg,
    ReorgTooDeep,
    Tips,
    check_links,
    common_ancestor,
    next_step,
)


def block(number: int, branch: str = "a") -> bytes:
    return f"{branch}{number}".encode().ljust(32, b"\0")


def header(number: int, branch: str = "a") -> Header:
    return Header(number, block(number, branch), block(number - 1, branch), number * 12)


def known(first: int, last: int, branch: str = "a") -> dict[int, bytes]:
    return {number: block(number, branch) for number in range(first, last + 1)}


CURSOR = Cursor(10, block(10), 120, finalized=8)
KNOWN = known(8, 10)


def tips(latest: int, *, branch: str = "a", final: int = 8, at: Header | None = header(10)) -> Tips:  # noqa: B008
    return Tips(header(latest, branch), final, at)


def test_same_block_twice_is_nothing_new() -> None:
    assert next_step(CURSOR, tips(10), KNOWN, most=100) == Idle()


def test_missing_blocks_are_read_with_the_one_that_was_seen() -> None:
    assert next_step(CURSOR, tips(14), KNOWN, most=100) == Follow(11, 14)


def test_far_ahead_is_followed_in_portions() -> None:
    assert next_step(CURSOR, tips(500), KNOWN, most=100) == Follow(11, 110)


def test_final_blocks_are_read_by_ranges_before_the_others_are_followed() -> None:
    assert next_step(CURSOR, tips(500, final=436), KNOWN, most=100) == Backfill(11, 436)


def test_other_block_at_our_height_is_a_reorg() -> None:
    assert next_step(CURSOR, tips(10, branch="b", at=header(10, "b")), KNOWN, most=100) == Reorg()
    assert next_step(CURSOR, tips(12, branch="b", at=header(10, "b")), KNOWN, most=100) == Reorg()


def test_shorter_chain_with_another_head_is_a_reorg() -> None:
    assert next_step(CURSOR, tips(9, branch="b", at=None), KNOWN, most=100) == Reorg()


@pytest.mark.parametrize("latest", [9, 8, 3])
def test_node_that_is_behind_on_our_own_chain_is_waited_for(latest: int) -> None:
    assert next_step(CURSOR, tips(latest, at=None, final=2), KNOWN, most=100) == Idle()


def test_common_ancestor_is_the_newest_block_that_both_have() -> None:
    theirs = known(8, 9) | {10: block(10, "b")}
    assert common_ancestor(KNOWN, theirs, 8) == 9


def test_common_ancestor_may_be_the_newest_final_block() -> None:
    theirs = {8: block(8)} | known(9, 10, "b")
    assert common_ancestor(KNOWN, theirs, 8) == 8


def test_blocks_that_the_node_lacks_are_not_common() -> None:
    assert common_ancestor(KNOWN, known(8, 9), 8) == 9


def test_deeper_than_finality_is_an_error_that_names_the_block() -> None:
    with pytest.raises(ReorgTooDeep, match="took back block 8, which it had called final") as caught:
        common_ancestor(KNOWN, known(8, 10, "b"), 8)
    assert caught.value.code == "reorg-too-deep"


def test_links_are_followed_from_the_parent_to_the_last() -> None:
    check_links(block(10), [header(11), header(12)], 11)


@pytest.mark.parametrize(
    "headers",
    [
        [header(12)],  # a missing block
        [header(11), header(13)],
        [header(11, "b")],  # another branch
        [header(11), header(12, "b")],
    ],
)
def test_links_that_break_are_refused(headers: list[Header]) -> None:
    with pytest.raises(Unavailable, match="does not follow the one before it") as caught:
        check_links(block(10), headers, 11)
    assert caught.value.code == "chain-moved"
