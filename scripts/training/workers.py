"""Two processes that train one set of weights together: each works out the gradients of half a batch, then updates half
of the weights. The halves are the same whatever the machine does, so the result is too.
"""

from __future__ import annotations

import math
import mmap
import multiprocessing
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, Protocol

import numpy as np

__all__ = ["Learner", "Workers"]

Array = np.ndarray
_WORKERS = 2
_B1, _B2, _TINY = np.float32(0.9), np.float32(0.98), np.float32(1e-8)


class Learner(Protocol):
    """Something with weights that can tell how they should change."""

    weights: dict[str, Array]

    def gradients(self, chosen: Array, seed: tuple[int, ...]) -> tuple[float, dict[str, Array]]:
        """-> (summed loss of the messages ``chosen``, gradients of that sum by weight)"""


class Workers:
    """AdamW (Loshchilov and Hutter 2019) over shared memory."""

    def __init__(self, learner: Learner, connections: list[Connection]) -> None:
        self._learner, self._connections = learner, connections

    @classmethod
    @contextmanager
    def of(cls, learner: Learner, speeds: Mapping[str, float], decay: float) -> Iterator[Workers]:
        """Start them; ``learner.weights`` move into memory that all share and stay valid afterwards.

        Args:
            speeds: learning rate of each weight as a multiple of the common one.
            decay: weight decay, for matrices only.
        """
        learner.weights = _shared(learner.weights)
        slopes = [_shared({name: np.zeros_like(value) for name, value in learner.weights.items()}) for _ in range(2)]
        context = multiprocessing.get_context("fork")
        ends, processes = [], []
        for number in range(_WORKERS):
            ours, theirs = context.Pipe()
            worker = _Worker(learner, slopes, number, speeds, decay)
            process = context.Process(target=worker.serve, args=(theirs,), daemon=True)
            process.start()
            # Then a worker that dies is an EOFError here, and not a wait without end.
            theirs.close()
            ends.append(ours)
            processes.append(process)
        try:
            yield cls(learner, ends)
        finally:
            for end in ends:
                end.send(None)
            for process in processes:
                process.join(timeout=30)

    def step(self, chosen: Array, seed: tuple[int, ...], rate: float, number: int, longest: float) -> float:
        """One update; -> summed loss of the messages ``chosen`` before it.

        Args:
            rate: learning rate.
            number: of the step, from 1.
            longest: length to which the gradient of the mean loss is cut.
        """
        halves = np.array_split(chosen, _WORKERS)
        loss = math.fsum(self._all("gradients", lambda worker: (halves[worker], (*seed, worker))))
        squared = math.fsum(self._all("add", lambda _: ()))
        length = math.sqrt(squared) / len(chosen)
        self._all("update", lambda _: (min(1.0, longest / max(length, 1e-12)) / len(chosen), rate, number))
        return loss

    def _all(self, what: str, arguments: Callable[[int], tuple[Any, ...]]) -> list[Any]:
        for worker, connection in enumerate(self._connections):
            connection.send((what, arguments(worker)))
        return [connection.recv() for connection in self._connections]


class _Worker:
    """What runs in one process."""

    def __init__(
        self, learner: Learner, slopes: list[dict[str, Array]], number: int, speeds: Mapping[str, float], decay: float
    ) -> None:
        self._learner, self._slopes, self._number = learner, slopes, number
        self._speeds, self._decay = speeds, np.float32(decay)
        sizes = sorted(learner.weights, key=lambda name: (-learner.weights[name].size, name))
        self._own = sizes[number::_WORKERS]
        self._first = {name: np.zeros_like(learner.weights[name]) for name in self._own}
        self._second = {name: np.zeros_like(learner.weights[name]) for name in self._own}

    def serve(self, connection: Connection) -> None:
        while (order := connection.recv()) is not None:
            what, arguments = order
            connection.send(getattr(self, what)(*arguments))

    def gradients(self, chosen: Array, seed: tuple[int, ...]) -> float:
        slopes = self._slopes[self._number]
        if not len(chosen):
            # The last batch of all may be a single message.
            for value in slopes.values():
                value[...] = 0
            return 0.0
        loss, found = self._learner.gradients(chosen, seed)
        for name, value in found.items():
            slopes[name][...] = value
        return loss

    def add(self) -> float:
        """Sum the halves' gradients; -> squared length of this worker's share of them."""
        squared = 0.0
        for name in self._own:
            total = self._slopes[0][name]
            total += self._slopes[1][name]
            squared += float(np.vdot(total, total))
        return squared

    def update(self, shrink: float, rate: float, number: int) -> None:
        for name in self._own:
            weight, gradient = self._learner.weights[name], self._slopes[0][name]
            gradient *= np.float32(shrink)
            first, second = self._first[name], self._second[name]
            first += (1 - _B1) * (gradient - first)
            second += (1 - _B2) * (gradient * gradient - second)
            pace = np.float32(rate * self._speeds.get(name, 1.0))
            if weight.ndim > 1:
                weight *= 1 - pace * self._decay
            unbiased = np.sqrt(second / np.float32(1 - float(_B2) ** number))
            unbiased += _TINY
            weight -= pace / np.float32(1 - float(_B1) ** number) * first / unbiased


def _shared(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """The same arrays in memory that a forked process shares."""
    result = {}
    for name, value in arrays.items():
        memory = mmap.mmap(-1, max(value.nbytes, 1))
        copy: Array = np.frombuffer(memory, dtype=value.dtype, count=value.size).reshape(value.shape)
        copy[...] = value
        result[name] = copy
    return result
