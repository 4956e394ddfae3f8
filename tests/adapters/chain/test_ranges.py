"""Ranges of blocks fit what a node takes."""

from __future__ import annotations

import pytest

from fairsignal.adapters.chain.deployment import Deployment
from fairsignal.adapters.chain.event_source import RpcEventSource
from fairsignal.adapters.chain.ranges import AdaptiveRange
from fairsignal.adapters.chain.rpc import Call, RpcError
from fairsignal.domain.errors import Unavailable


def test_range_grows_over_empty_blocks_up_to_its_bound() -> None:
    sizes = AdaptiveRange(first=10, most=100)
    for expected in (40, 100, 100):
        sizes.succeeded(sizes.size, 0)
        assert sizes.size == expected


def test_range_halves_when_it_is_refused_and_comes_back_slowly() -> None:
    sizes = AdaptiveRange(first=64, most=1_000)
    sizes.failed(64)
    assert sizes.size == 32
    sizes.succeeded(32, 0)
    assert sizes.size == 35  # not 64 again at once


def test_range_aims_at_a_number_of_events() -> None:
    sizes = AdaptiveRange(first=100, events=1_000)
    sizes.succeeded(100, 4_000)
    assert sizes.size == 25


def test_short_last_range_says_nothing() -> None:
    sizes = AdaptiveRange(first=100)
    sizes.succeeded(1, 0)
    assert sizes.size == 100


def test_one_block_is_the_least() -> None:
    sizes = AdaptiveRange(first=1)
    sizes.failed(1)
    assert sizes.size == 1
    sizes.succeeded(1, 10**9)
    assert sizes.size == 1


class PickyNode:
    """Stands in for a hosted node that takes so many blocks at once, which none that runs here refuses."""

    def __init__(self, most: int, error: Exception) -> None:
        self.most, self.error = most, error
        self.served: list[tuple[int, int]] = []

    async def batch(self, calls: list[Call]) -> list[object]:
        wanted = calls[0].params[0]
        first, last = int(wanted["fromBlock"], 16), int(wanted["toBlock"], 16)
        if last - first + 1 > self.most:
            raise self.error
        self.served.append((first, last))
        block = {"number": hex(last), "hash": "0x" + "11" * 32, "parentHash": "0x" + "22" * 32, "timestamp": "0x1"}
        return [[], block]


def source(node: PickyNode, first: int = 64) -> RpcEventSource:
    deployment = Deployment(1, 0, *(f"0x{n:040x}" for n in range(5)), 6, "t")
    return RpcEventSource(node, deployment, AdaptiveRange(first=first))  # type: ignore[arg-type]


def timed_out() -> Exception:
    error = Unavailable("The node did not answer.")
    error.__cause__ = TimeoutError()
    return error


@pytest.mark.parametrize("error", [RpcError("The node answered: query returned more than 10000 results."), timed_out()])
async def test_refused_range_is_read_in_parts_and_nothing_is_left_out(error: Exception) -> None:
    node = PickyNode(10, error)
    ends = [part.last.number async for part in source(node).ranges(1, 100)]
    assert ends == sorted(ends)
    covered = sorted(node.served)
    assert [first for first, _ in covered] == [1, *(last + 1 for _, last in covered[:-1])]
    assert covered[-1][1] == 100
    assert ends == [last for _, last in covered]


async def test_single_block_that_is_refused_is_an_error() -> None:
    with pytest.raises(RpcError, match="block 3"):
        async for _ in source(PickyNode(0, RpcError("The node answered: block 3 is pruned."))).ranges(3, 4):
            pass


async def test_node_that_is_gone_is_not_asked_for_ever_smaller_ranges() -> None:
    gone = Unavailable("The node did not answer.")
    gone.__cause__ = ConnectionRefusedError()
    with pytest.raises(Unavailable, match="did not answer"):
        async for _ in source(PickyNode(0, gone)).ranges(1, 1000):
            pass
