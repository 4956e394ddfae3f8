"""What an operator watches is true, and names nobody."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from fairsignal.cli.local_stack import Stack
from tests.e2e.in_process import Inside, inside

NOBODY = "0x" + "00" * 19 + "77"


async def _balance(stack: Stack) -> int:
    return int(await stack.chain.rpc("eth_getBalance", stack.operator.address, "latest"), 16)


async def _figures(served: Inside) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    answer = await served.http.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def _indexed(served: Inside) -> None:
    for _ in range(600):
        if served.backend.decisions.desk.block.number:
            return
        await asyncio.sleep(0.1)
    pytest.fail("nothing was indexed within a minute")


async def test_figures_are_those_of_the_backend(stack: Stack, tmp_path: Path) -> None:
    async with inside(stack, tmp_path) as served:
        await _indexed(served)
        await served.http.get("/v1/operator")
        await served.http.get(f"/v1/nothing/{NOBODY}")
        before = await _balance(stack)
        figures = await _figures(served)
        # The stack's own backend pays for gas from the same account.
        assert float(await _balance(stack)) <= figures["fairsignal_relayer_balance_wei", ()] <= float(before)
        assert figures["fairsignal_outbox_pending", ()] == 0
        assert figures["fairsignal_unsettled_uses", ()] == 0
        assert figures["fairsignal_index_stale", ()] == 0
        assert 0 < figures["fairsignal_index_block", ()] <= served.backend.decisions.desk.block.number
        labels = (("method", "GET"), ("route", "/v1/operator"), ("status", "200"))
        assert figures["fairsignal_request_seconds_count", labels] == 1
        labels = (("method", "GET"), ("route", "none"), ("status", "404"))
        assert figures["fairsignal_request_seconds_count", labels] == 1


async def test_refusals_are_counted_by_rule(stack: Stack, tmp_path: Path) -> None:
    async with inside(stack, tmp_path) as served:
        served.backend.decisions.refusals.total.update({"no-consent": 3, "allowed": 2})
        figures = await _figures(served)
        assert figures["fairsignal_decisions_total", (("outcome", "no-consent"),)] == 3
        assert figures["fairsignal_decisions_total", (("outcome", "allowed"),)] == 2


async def test_figures_name_nobody(stack: Stack, tmp_path: Path) -> None:
    async with inside(stack, tmp_path) as served:
        await served.http.get(f"/v1/erasures/{NOBODY}")
        text = (await served.http.get("/metrics")).text
        assert "/v1/erasures/{subject}" in text
        assert not re.search(r"0x[0-9a-fA-F]{8}", text)


async def test_not_ready_while_decisions_are_stale(stack: Stack, tmp_path: Path) -> None:
    async with inside(stack, tmp_path, max_lag=timedelta(seconds=1)) as served:
        await _indexed(served)
        await asyncio.sleep(2)  # nobody mines
        answer = await served.http.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["code"] == "index-stale"
        assert (await served.http.get("/healthz")).status_code == 200
        assert (await _figures(served))["fairsignal_index_stale", ()] == 1
