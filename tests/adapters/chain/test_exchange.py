"""Who asks a node at the same time shares a batch, and gets its own answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from fairsignal.adapters.chain.exchange import Call, Exchange


class Node:
    """Answers each request with its parameters, once it may."""

    def __init__(self, change: Callable[[list[Any]], Any] = lambda answers: answers) -> None:
        self.open = asyncio.Event()
        self.bodies: list[list[Any]] = []
        self._change = change

    async def post(self, body: bytes) -> bytes:
        requests = json.loads(body)
        self.bodies.append([request["params"] for request in requests])
        await self.open.wait()
        answers = [{"jsonrpc": "2.0", "id": request["id"], "result": request["params"]} for request in requests]
        return json.dumps(self._change(answers)).encode()


def calls(*names: str) -> list[Call]:
    return [Call("echo", [name]) for name in names]


def results(answers: list[Any]) -> list[str]:
    return [answer["result"][0] for answer in answers]


async def asked_at_once(node: Node, *groups: list[Call]) -> list[Any]:
    exchange = Exchange(node.post)
    tasks = [asyncio.create_task(exchange.ask(group)) for group in groups]
    await asyncio.sleep(0.01)
    node.open.set()
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_what_comes_while_two_batches_are_under_way_goes_together() -> None:
    node = Node()
    groups = [calls(f"{place}a", f"{place}b") for place in range(6)]
    answers = await asked_at_once(node, *groups)
    assert [results(answer) for answer in answers] == [[f"{place}a", f"{place}b"] for place in range(6)]
    assert [len(body) for body in node.bodies] == [2, 2, 8]


async def test_answers_are_told_apart_by_id_in_whatever_order_they_come() -> None:
    answers = await asked_at_once(Node(lambda answers: answers[::-1]), calls("a", "b"), calls("c"), calls("d"))
    assert [results(answer) for answer in answers] == [["a", "b"], ["c"], ["d"]]


async def test_a_cohort_goes_by_itself_in_portions_and_keeps_nobody_waiting() -> None:
    node = Node()
    many = [str(number) for number in range(1_000)]
    answers = await asked_at_once(node, calls(*many), calls("one"))
    assert [results(answer) for answer in answers] == [many, ["one"]]
    assert [len(body) for body in node.bodies] == [900, 1, 100]


async def test_shared_batches_are_bounded() -> None:
    node = Node()
    await asked_at_once(node, *[calls(*map(str, range(40))) for _ in range(6)])
    assert [len(body) for body in node.bodies] == [40, 40, 80, 80]


async def test_an_error_reaches_everybody_who_shared() -> None:
    async def fail(body: bytes) -> bytes:
        await asyncio.sleep(0.01)
        raise OSError("gone")

    exchange = Exchange(fail)
    answers = await asyncio.gather(*(exchange.ask(calls(name)) for name in "abcd"), return_exceptions=True)
    assert [type(answer) for answer in answers] == [OSError] * 4


async def test_who_gives_up_does_not_take_the_others_along() -> None:
    node, answered = Node(), []
    exchange = Exchange(node.post)
    tasks = [asyncio.create_task(exchange.ask(calls(name))) for name in "abcd"]
    await asyncio.sleep(0.01)
    tasks[0].cancel()
    tasks[2].cancel()
    node.open.set()
    answered = await asyncio.gather(*tasks, return_exceptions=True)
    assert [results(answered[place]) for place in (1, 3)] == [["b"], ["d"]]
    assert [type(answered[place]) for place in (0, 2)] == [asyncio.CancelledError] * 2


@pytest.mark.parametrize(
    "change",
    [lambda answers: answers[:1], lambda answers: {"error": {"message": "no batches here"}}, lambda answers: 7],
    ids=["one is missing", "an error for all", "no answer"],
)
async def test_a_missing_answer_is_an_error_and_never_anothers(change: Callable[[list[Any]], Any]) -> None:
    (answers,) = await asked_at_once(Node(change), calls("a", "b"))
    assert "error" in answers[1]
