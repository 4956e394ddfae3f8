"""``fairsignal demo-keepers``: of five keepers three are needed; one dies, one lies, and then one dies too many."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from fairsignal.cli.console import console, errors
from fairsignal.domain.errors import FairsignalError, Unavailable

if TYPE_CHECKING:
    from fairsignal.bootstrap.wallets import Wallet
    from fairsignal.cli.api_client import ApiClient
    from fairsignal.cli.demo_story import Advertiser, Person, Story
    from fairsignal.cli.local_stack import Stack
    from fairsignal.domain.campaign import CampaignTerms
    from fairsignal.domain.signals import Signal
    from fairsignal.market.open_released import Released

__all__ = ["demo_keepers"]

_KEEPERS, _THRESHOLD = 5, 3
_DEAD, _LIAR, _TOO_MANY = 2, 4, 5
"""Share indices of the keepers that go bad, in the order of the story."""
_ATTEMPTS = 40
"""Openings until every keeper was among those that are asked, who are drawn at random; a few do."""


def demo_keepers() -> None:
    """Open a paid category while one keeper of five is dead and one lies; with a third one gone it stays shut."""
    from fairsignal.adapters.files import write_atomically
    from fairsignal.cli.demo_story import Story
    from fairsignal.cli.local_stack import repository

    root = repository()
    directory = root / "build" / "demo-keepers"
    shutil.rmtree(directory, ignore_errors=True)
    report = root / "build" / "demo-keepers.json"
    report.unlink(missing_ok=True)
    # The liar runs in this process: what a server would log is no part of the story.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    story, started = Story(), time.monotonic()
    try:
        asyncio.run(_run(story, directory, root / "examples" / "chats"))
    except FairsignalError:
        errors.print(f"[red]The demo stopped at: {story.current}[/] (logs: {directory / 'logs'})", soft_wrap=True)
        raise
    finally:
        seconds = round(time.monotonic() - started, 3)
        passed = all(step.ok for step in story.steps) and story.numbers.get("as_it_should") is True
        steps = [{"name": step.name, "ok": step.ok, "seconds": step.seconds} for step in story.steps]
        document = {"ok": passed, "seconds": seconds, "steps": steps, **story.numbers}
        write_atomically(report, (json.dumps(document, indent=2) + "\n").encode(), scratch=report.parent)
    console.print(f"\nMachine-readable: build/demo-keepers.json. Every process was stopped. {seconds:.1f} s")
    if not passed:
        errors.print("[red]Something was not as it should be; see build/demo-keepers.json.[/]")
        sys.exit(1)


async def _run(story: Story, directory: Path, chats: Path) -> None:
    from fairsignal.bootstrap.wallets import dev_wallets, open_wallet
    from fairsignal.cli.api_client import ApiClient
    from fairsignal.cli.local_stack import local_stack

    console.print("[bold]Fairsignal[/]: any three honest keepers of five serve, and the others are named\n")
    async with AsyncExitStack() as resources:
        with story.step(f"start the chain, {_KEEPERS} keepers, each with key and database of its own, and a backend"):
            stack = await resources.enter_async_context(local_stack(directory, keepers=_KEEPERS, threshold=_THRESHOLD))
        api = await resources.enter_async_context(ApiClient(stack.url))
        operator, advertiser, person = [
            await resources.enter_async_context(open_wallet(stack.chain.rpc_url, stack.chain.deployment, signer))
            for signer in dev_wallets(4)[1:]
        ]
        told = await _Telling.begin(story, stack, api, chats, operator, advertiser, person)
        await told.one_dead_one_lying()
        await told.one_more_dead()
    story.numbers |= {"keepers": _KEEPERS, "threshold": _THRESHOLD}


@dataclass
class _Telling:
    """A paid, final use, and who is left to open it."""

    story: Story
    stack: Stack
    person: Person
    advertiser: Advertiser
    campaign: CampaignTerms
    own: Signal
    """What the person's own copy says of the category."""
    resources: AsyncExitStack = field(default_factory=AsyncExitStack)

    @classmethod
    async def begin(
        cls, story: Story, stack: Stack, api: ApiClient, chats: Path, operator: Wallet, buyer: Wallet, owner: Wallet
    ) -> _Telling:
        from fairsignal.cli import demo_story as told
        from fairsignal.domain.cid import cid_of_digest
        from fairsignal.domain.opening import open_own
        from fairsignal.domain.sealing import parse_manifest

        terms = told.plan_of(operator.address, await told.chain_time(operator))
        personas = told.import_personas(story, chats, [owner], {"anna-en": terms["anna-en"]})
        await told.give_consent(story, api, personas)
        await told.seal_profiles(story, api, personas)
        advertiser = told.Advertiser(buyer)
        campaign = await told.open_campaign(story, api, advertiser, operator)
        with story.step("one use of travel is paid on chain, and its block is final") as say:
            answer = (await told.decide(api, personas[:1], campaign))[personas[0].address]
            paid = await told.pay_use(api, answer["token"], "demo-keepers")
            await stack.chain.finalize()
            say(f"use {paid['use_index']} in block {paid['block']}")
        digest = await operator.reader.digest_of(operator.address, owner.address)
        manifest = parse_manifest(await api.get_bytes(f"/v1/blobs/{cid_of_digest(digest)}"), digest)
        own = next(signal for signal in open_own(manifest, personas[0].key) if signal.slug == "travel")
        return cls(story, stack, personas[0], advertiser, campaign, own)

    async def one_dead_one_lying(self) -> None:
        """Kill one keeper, let another one lie, and open the category until each was asked once."""
        from fairsignal.cli.lying_keeper import lying_keeper

        story, stack = self.story, self.stack
        with story.step(f"keeper {_DEAD} is killed (kill -9); keeper {_LIAR} begins to lie") as say:
            stack.keepers[_DEAD - 1].kill()
            stack.keepers[_LIAR - 1].stop()
            liar = lying_keeper(stack.keeper_environments[_LIAR - 1], stack.keeper_urls[_LIAR - 1])
            await self.resources.enter_async_context(liar)
            say(f"keeper {_LIAR} signs its receipts as before, but releases shares that it made up")
        with story.step("the advertiser opens the category anyway, and learns who did what") as say:
            seen: dict[int, tuple[str, str]] = {}
            opened = 0
            # Whoever is asked last and is not waited for counts as silent, too: it is asked again.
            while (len(seen) < _KEEPERS or _count(seen, "silent") > 1) and opened < _ATTEMPTS:
                released = await self._open()
                if not self._is_own(released):
                    raise Unavailable("Three honest keepers did not suffice.", code="demo")
                opened += 1
                for keeper in released.keepers:
                    if keeper.index not in seen or keeper.conduct != "silent":
                        seen[keeper.index] = keeper.conduct, keeper.detail
            self._say_conducts(say, seen)
            say(
                f"openings until each keeper had been asked: {opened}; all gave what {self.person.name}'s own copy says"
            )
            story.numbers["with_one_dead_and_one_lying"] = {"opened": opened, "conduct": _by_index(seen)}

    async def one_more_dead(self) -> None:
        """Kill a third keeper: two honest ones are one too few."""
        async with self.resources:
            with self.story.step(
                f"keeper {_TOO_MANY} is killed too: two honest keepers are left, and they open nothing"
            ) as say:
                self.stack.keepers[_TOO_MANY - 1].kill()
                released = await self._open()
                (item,) = released.items
                seen = {keeper.index: (keeper.conduct, keeper.detail) for keeper in released.keepers}
                self._say_conducts(say, seen)
                say(f"refused ({item.refused}): {item.detail}")
        before = self.story.numbers["with_one_dead_and_one_lying"]["conduct"]
        honest = {str(index): "honest" for index in range(1, _KEEPERS + 1)}
        named = honest | {str(_DEAD): "silent", str(_LIAR): "lying"}
        self.story.numbers |= {
            "with_another_dead": {"opened": int(item.opened), "refused": item.refused, "conduct": _by_index(seen)},
            "as_it_should": not item.opened
            and item.refused == "keeper-unavailable"
            and before == named
            and _by_index(seen) == named | {str(_TOO_MANY): "silent"},
        }

    async def _open(self) -> Released:
        from fairsignal.bootstrap.wallets import advertiser_client
        from fairsignal.cli.demo_story import last_use

        stack, advertiser = self.stack, self.advertiser
        use = await last_use(advertiser, self.campaign, self.person)
        async with advertiser_client(
            advertiser.wallet, stack.keeper_urls, stack.threshold, f"{stack.url}/v1/blobs", advertiser.key
        ) as client:
            return await client.open(advertiser.request(self.campaign, use))

    def _is_own(self, released: Released) -> bool:
        (item,) = released.items
        return item.opened and item.signal == self.own

    @staticmethod
    def _say_conducts(say: Callable[[str], None], seen: dict[int, tuple[str, str]]) -> None:
        for index, (conduct, detail) in sorted(seen.items()):
            say(f"keeper {index}: {conduct}{f' ({detail})' if detail else ''}")


def _count(seen: dict[int, tuple[str, str]], conduct: str) -> int:
    return sum(found == conduct for found, _ in seen.values())


def _by_index(seen: dict[int, tuple[str, str]]) -> dict[str, str]:
    return {str(index): conduct for index, (conduct, _) in sorted(seen.items())}
