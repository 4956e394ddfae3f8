"""Our figures: the index in this process, and the server over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench.decisions.world import CATEGORY, World
from fairsignal.domain.campaign import Campaign
from fairsignal.domain.consent import Consent
from fairsignal.domain.decision import Offer
from fairsignal.domain.decision_index import DecisionIndex

__all__ = ["in_process", "over_http"]

BATCH = 1_000
_POOL = 2_000
"""Bodies of single requests that were written beforehand."""


def in_process(world: World, seconds: float) -> dict[str, float]:
    """Checks a second of CPU: look-up of the people included, tokens not."""
    index = DecisionIndex(decimals=world.deployment.token_decimals, audience=1)
    consent = Consent.from_word(world.word)
    index.advance(int(time.time()))
    index.put_consents(
        (subject, 1, consent) for subject, yes in zip(world.subjects, world.consented, strict=True) if yes
    )
    index.put_signals((subject, 1 << CATEGORY) for subject in world.subjects)
    offer = Offer(Campaign(world.campaign, bytes(32), 10**18, 0, 0), 10**9)
    chance = np.random.default_rng(1)

    def rate(batch: int) -> float:
        batches = [[world.subjects[at] for at in chance.integers(0, len(world.subjects), batch)] for _ in range(200)]
        started, rounds = time.process_time(), 0
        while time.process_time() < started + seconds:
            people = batches[rounds % len(batches)]
            index.decide(index.rows(people), 1, [offer], quiet=False)
            rounds += 1
        return rounds * batch / (time.process_time() - started)

    return {"batched": round(rate(BATCH)), "single": round(rate(1))}


async def over_http(world: World, per_s: float, seconds: float, priority: int) -> dict[str, Any]:
    """Single calls at a steady rate and saturated, and batches of 1,000; with tokens, from a process of its own.

    Args:
        priority: niceness of server and load; below 0 on a machine that others use meanwhile.
    """
    os.setpriority(os.PRIO_PROCESS, world.stack.backend.child.pid, priority)
    campaign = "0x" + world.campaign.id.hex()

    def body(subjects: list[bytes]) -> str:
        return json.dumps(
            {"subjects": ["0x" + subject.hex() for subject in subjects], "purpose": 1, "campaigns": [campaign]}
        )

    singles = [body([subject]) for subject in world.subjects[:_POOL]]
    batches = [body(world.subjects[start : start + BATCH]) for start in range(0, len(world.subjects), BATCH)][:40]
    await _load(world, singles, seconds=2, connections=8, priority=priority)  # warm-up
    steady = await _load(world, singles, seconds=seconds, connections=64, per_s=per_s, priority=priority)
    full = await _load(world, singles, seconds=seconds, connections=16, priority=priority)
    batched = await _load(world, batches, seconds=seconds, connections=4, priority=priority)
    return {
        "single_steady": steady | {"offered_per_s": per_s},
        "single_saturated": full,
        "batched": batched | {"decisions_per_s": round(batched["per_s"] * BATCH)},
    }


async def _load(world: World, bodies: list[str], **plan: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.json"
        path.write_text(json.dumps({"url": world.stack.url, "bodies": bodies} | plan), "utf-8")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.decisions.load", str(path), stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"the load ended with exit code {process.returncode}")
    found: dict[str, Any] = json.loads(output)
    if found["failed"]:
        raise RuntimeError(f"{found['failed']} requests failed")
    return found
