"""``fairsignal demo``: the whole story on a local chain, every step with the number that proves it."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.table import Table

from fairsignal.cli.console import console, errors
from fairsignal.domain.errors import FairsignalError

if TYPE_CHECKING:
    from fairsignal.cli.demo_story import Story

__all__ = ["demo"]


def demo(
    keepers: int = typer.Option(3, min=1, max=9, help="Keeper processes."),
    threshold: int = typer.Option(2, min=1, max=9, help="Shares needed to open a category."),
) -> None:
    """Live the whole story on a local chain: import, consent, match, pay, release, claim, revoke, refuse, audit."""
    from fairsignal.cli.demo_story import Story
    from fairsignal.cli.local_stack import repository

    root = repository()
    directory = root / "build" / "demo"
    shutil.rmtree(directory, ignore_errors=True)
    report = root / "build" / "demo.json"
    report.unlink(missing_ok=True)
    story = Story()
    started = time.monotonic()
    try:
        asyncio.run(_run(story, directory, root / "examples" / "chats", keepers, threshold))
    except FairsignalError as error:
        errors.print(f"[red]The demo stopped at: {story.current}[/] (logs: {directory / 'logs'})", soft_wrap=True)
        raise error
    finally:
        story.write(report, time.monotonic() - started)
    seconds = time.monotonic() - started
    _closing_table(story, seconds)
    if not story.passed:
        errors.print("[red]A number does not add up; see build/demo.json.[/]")
        sys.exit(1)


async def _run(story: Story, directory: Path, chats: Path, keepers: int, threshold: int) -> None:
    from fairsignal.cli.demo_story import tell
    from fairsignal.cli.local_stack import local_stack
    from fairsignal.domain.hpke import new_private_key, public_key_of

    auditor_key = new_private_key()
    console.print("[bold]Fairsignal[/]: a person's chats, a person's choice, a person's money\n")
    async with AsyncExitStack() as resources:
        with story.step("start the chain, deploy with Brownie, start keepers and backend") as say:
            auditors = {"FAIRSIGNAL_AUDITOR_KEYS": json.dumps(["0x" + public_key_of(auditor_key).hex()])}
            stack = await resources.enter_async_context(
                local_stack(directory, keepers=keepers, threshold=threshold, settings=auditors)
            )
            say(f"{keepers} keepers, {threshold} needed; backend at {stack.url}")
        await tell(story, stack, chats, auditor_key)


def _closing_table(story: Story, seconds: float) -> None:
    table = Table(title=f"\nWhat happened, in {seconds:.1f} s", title_justify="left", show_header=False)
    for name, value in story.closing():
        table.add_row(name, value)
    console.print(table)
    console.print("Machine-readable: build/demo.json. Every process was stopped.")
