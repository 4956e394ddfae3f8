"""JSON-RPC batches without a library between us and the node, shared by whoever asks at the same time.

A keeper answers many requests at once, and each asks its node for a few facts. What comes while a batch is under way
waits for it and then goes together with the rest: one HTTP request instead of many. Nothing is kept: every answer was
given after its question.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json, to_json

__all__ = ["MAX_BATCH", "Call", "Exchange"]

MAX_BATCH = 900
"""Requests in one round trip; nodes commonly take at most a thousand."""
_SHARED = 100
"""Requests that share a batch; more go by themselves, and nobody waits for them."""
_UNDER_WAY = 2
"""Shared batches at a time."""
_NO_ANSWER: dict[str, Any] = {"error": {"message": "no answer to a request of the batch"}}

Answer = Mapping[str, Any]
"""A JSON-RPC response object."""


@dataclass(frozen=True, slots=True)
class Call:
    """One JSON-RPC request."""

    method: str
    params: Sequence[Any]


class Exchange:
    """Sends batches.

    Args:
        post: body -> the node's answer; whatever it raises goes to whoever asked.
    """

    def __init__(self, post: Callable[[bytes], Awaitable[bytes]]) -> None:
        self._post = post
        self._waiting: list[tuple[Sequence[Call], asyncio.Future[list[Answer]]]] = []
        self._under_way: set[asyncio.Task[None]] = set()

    async def ask(self, calls: Sequence[Call]) -> list[Answer]:
        """The node's answers, in order; it takes the calls in order as well.

        Raises:
            ValueError: what came is no JSON.
        """
        if len(calls) > _SHARED:
            answers: list[Answer] = []
            for start in range(0, len(calls), MAX_BATCH):
                answers += await self._send(calls[start : start + MAX_BATCH])
            return answers
        answered: asyncio.Future[list[Answer]] = asyncio.get_running_loop().create_future()
        self._waiting.append((calls, answered))
        self._start()
        return await answered

    def _start(self) -> None:
        if self._waiting and len(self._under_way) < _UNDER_WAY:
            task = asyncio.create_task(self._share(self._next()))
            self._under_way.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._start()

    def _next(self) -> list[tuple[Sequence[Call], asyncio.Future[list[Answer]]]]:
        count = taken = 0
        for calls, _ in self._waiting:
            if taken and count + len(calls) > _SHARED:
                break
            count, taken = count + len(calls), taken + 1
        batch, self._waiting = self._waiting[:taken], self._waiting[taken:]
        return batch

    async def _share(self, batch: Sequence[tuple[Sequence[Call], asyncio.Future[list[Answer]]]]) -> None:
        try:
            answers = await self._send([call for calls, _ in batch for call in calls])
        except Exception as error:  # whatever it is, those who wait must hear of it
            for _, answered in batch:
                if not answered.done():
                    answered.set_exception(error)
            return
        start = 0
        for calls, answered in batch:
            if not answered.done():  # its asker may have given up
                answered.set_result(answers[start : start + len(calls)])
            start += len(calls)

    async def _send(self, calls: Sequence[Call]) -> list[Answer]:
        body = [
            {"jsonrpc": "2.0", "id": place, "method": call.method, "params": call.params}
            for place, call in enumerate(calls)
        ]
        document = from_json(await self._post(to_json(body)))
        answers = document if isinstance(document, list) else [document]
        found = {answer.get("id"): answer for answer in answers if isinstance(answer, dict)}
        # An error about the batch as a whole has no id.
        return [found.get(place) or found.get(None) or _NO_ANSWER for place in range(len(calls))]
