"""What an operator watches, in the form that Prometheus reads. No label is ever a person, a campaign or a key."""

from __future__ import annotations

import time
from collections.abc import Iterator

from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Histogram, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fairsignal import __version__
from fairsignal.ports import OperatorFigures

__all__ = ["Metrics", "measure_requests"]

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_NO_ROUTE = "none"
"""What nobody routes is counted under one name: paths are the sender's choice."""


class Metrics:
    """One application's figures."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Histogram(
            "fairsignal_request_seconds",
            "Time to answer, by route and status.",
            ("method", "route", "status"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._state = _State()
        self.registry.register(self._state)

    def expose(self, figures: OperatorFigures) -> bytes:
        """All of it as text, with these figures of now."""
        self._state.figures = figures
        return generate_latest(self.registry)


class _State(Collector):
    """Figures that are counted elsewhere, as they were read last."""

    def __init__(self) -> None:
        self.figures: OperatorFigures | None = None

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("fairsignal", "What runs.", {"version": __version__})
        if self.figures is None:
            return
        decisions = CounterMetricFamily(
            "fairsignal_decisions", "Since the start, by the rule that refused, or `allowed`.", labels=("outcome",)
        )
        for outcome, count in sorted(self.figures.decisions.items()):
            decisions.add_metric((outcome,), count)
        yield decisions
        for name, (text, value) in _gauges_of(self.figures).items():
            yield GaugeMetricFamily(f"fairsignal_{name}", text, value)


def _gauges_of(figures: OperatorFigures) -> dict[str, tuple[str, float]]:
    outbox = figures.outbox
    return {
        "index_block": ("Block that decisions are current to.", figures.block),
        "index_lag_seconds": ("Age of that block.", figures.lag_seconds),
        "index_stale": ("1 while everything is refused because that block is too old.", figures.stale),
        "unsettled_uses": ("Metered uses that belong to no epoch yet.", figures.unsettled_uses),
        "epoch_settled": ("Newest epoch that is settled on chain.", figures.epoch_settled),
        "epoch_open": ("1 while an epoch is closed and not settled.", figures.epoch_open),
        "erasures_open": ("Erasures that are not final.", figures.erasures_open),
        "profiles_unfinished": ("Profiles not attested, or not with all keepers.", figures.profiles_unfinished),
        "outbox_pending": ("Transactions committed and not mined.", outbox.pending),
        "outbox_oldest_seconds": ("Age of the oldest of these.", outbox.oldest_pending_seconds),
        "outbox_unfinal": ("Transactions in blocks that are not final.", outbox.unfinal),
        "relayer_balance_wei": ("What is left for gas.", outbox.balance),
    }


def measure_requests(app: FastAPI, metrics: Metrics) -> None:
    """Time every request."""
    app.add_middleware(_Measured, metrics=metrics)


class _Measured:
    """Plain ASGI, like the limit on bodies."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        began = time.perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            route = getattr(scope.get("route"), "path", _NO_ROUTE)
            self._metrics.requests.labels(scope["method"], route, status).observe(time.perf_counter() - began)
