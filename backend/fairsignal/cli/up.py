"""``fairsignal up``: a whole Fairsignal on this machine, kept running until Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from fairsignal.cli.console import console

if TYPE_CHECKING:
    from fairsignal.cli.local_stack import Stack

__all__ = ["up"]

_POCKET_MONEY = 10_000
"""Tokens that each test wallet gets."""
_WALLETS = {1: "operator", 2: "advertiser", 3: "person", 4: "person", 5: "person"}
"""Which of Anvil's accounts is whose."""
_LOOK_EVERY = 1.0
"""Seconds between looks at whether every process still runs."""


def up(
    keepers: int = typer.Option(3, min=1, max=9, help="Keeper processes."),
    threshold: int = typer.Option(2, min=1, max=9, help="Shares needed to open a category."),
    port: int = typer.Option(8000, min=0, max=65535, help="The backend's port on loopback; 0 takes a free one."),
) -> None:
    """Start a local chain, keepers and a backend, with funded test wallets, until Ctrl-C."""
    from fairsignal.cli.local_stack import repository

    directory = repository() / "build" / "up"
    shutil.rmtree(directory, ignore_errors=True)
    asyncio.run(_run(directory, keepers, threshold, port))


async def _run(directory: Path, keepers: int, threshold: int, port: int) -> None:
    from fairsignal.cli.local_stack import local_stack

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as resources:
        with console.status("Starting Anvil, deploying with Brownie, starting keepers and backend ..."):
            stack = await resources.enter_async_context(
                local_stack(directory, keepers=keepers, threshold=threshold, port=port)
            )
            await _fund(stack)
        _tell(stack)
        while not stop.is_set():
            for process in (stack.chain.anvil, stack.backend, *stack.keepers):
                process.check()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _LOOK_EVERY)
    console.print("\nEvery process was stopped.")


async def _fund(stack: Stack) -> None:
    from fairsignal.bootstrap.wallets import dev_wallets, open_wallet

    wallets = dev_wallets(max(_WALLETS) + 1)
    async with open_wallet(stack.chain.rpc_url, stack.chain.deployment, wallets[0]) as owner:
        for index in _WALLETS:
            amount = _POCKET_MONEY * 10**owner.reader.token_decimals
            await owner.writer.mint(wallets[index].address, amount)


def _tell(stack: Stack) -> None:
    from fairsignal.bootstrap.wallets import dev_wallets

    def line(text: str) -> None:
        console.print(text, soft_wrap=True, highlight=False)

    line(f"backend   {stack.url}  (API: {stack.url}/openapi.json)")
    line(f"node      {stack.chain.rpc_url}  (chain 31337)")
    line(f"contracts {stack.chain.deployment}")
    line(f"keepers   {', '.join(stack.keeper_urls)}  ({stack.threshold} needed)")
    line(f"logs      {stack.chain.directory / 'logs'}")
    line(f"\nTest wallets, {_POCKET_MONEY:,} test dollars each. Their keys are public: never use them elsewhere.")
    wallets = dev_wallets(max(_WALLETS) + 1)
    for index, whose in _WALLETS.items():
        line(f"{whose:<10} {wallets[index].address}  key 0x{wallets[index].private_key.hex()}")
    line("\nCtrl-C stops everything.")
