"""``fairsignal consent``: what a person allows, from a terminal."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import typer
from eth_utils.address import is_address, to_checksum_address

from fairsignal.cli.console import console, money
from fairsignal.cli.serve import load_settings
from fairsignal.domain.consent import ConsentTerms, Purpose, categories_mask, is_in_force, lane_of, slugs_of

if TYPE_CHECKING:
    from fairsignal.bootstrap.wallets import Wallet

__all__ = ["OPERATOR", "consent_app"]

consent_app = typer.Typer(help="Grant, revoke and show consents (the wallet is FAIRSIGNAL_KEY or a keystore).")


def _address(value: str) -> str:
    if not is_address(value) or not value.startswith("0x"):
        raise typer.BadParameter("not an address: 0x and 40 hex digits")
    return str(to_checksum_address(value))


def _millionths(text: str) -> int:
    """Tokens as typed -> millionths, exactly."""
    try:
        scaled = Decimal(text) * 1_000_000
    except InvalidOperation:
        scaled = Decimal("NaN")
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise typer.BadParameter(f"{text!r} is not an amount with at most six decimals")
    return int(scaled)


OPERATOR = typer.Option(..., "--operator", callback=_address, help="Address of the chat operator.")
_PURPOSE = typer.Option(1, "--purpose", min=1, max=5, help="1 ads, 2 feed, 3 messages, 4 measurement, 5 training.")


def _run(work: Callable[[Wallet], Awaitable[None]]) -> None:
    from fairsignal.bootstrap.wallets import open_own_wallet

    async def session() -> None:
        async with open_own_wallet(load_settings()) as wallet:
            await work(wallet)

    asyncio.run(session())


@consent_app.command()
def grant(
    categories: list[str] = typer.Argument(..., help="Interest categories, e.g. travel cooking."),
    operator: str = OPERATOR,
    purpose: int = _PURPOSE,
    floor: str = typer.Option("0.01", help="Least price of one use, in tokens (up to six decimals)."),
    cap: int = typer.Option(10, help="Most uses per day."),
    days: int = typer.Option(90, help="How long, at most 400 days."),
) -> None:
    """Allow an operator to use signals of these categories for one purpose, by an own transaction."""
    terms = ConsentTerms(
        operator=operator,
        purpose=Purpose(purpose),
        categories=categories_mask(categories),
        floor=_millionths(floor),
        cap=cap,
        ends_at=int(time.time()) + days * 86_400,
    )

    async def work(wallet: Wallet) -> None:
        mined = await wallet.writer.grant(terms)
        console.print(f"granted in block {mined.block} (gas {mined.gas_used:,}): {', '.join(categories)}")

    _run(work)


@consent_app.command()
def revoke(operator: str = OPERATOR, purpose: int = _PURPOSE) -> None:
    """End a consent; it counts from its block on."""

    async def work(wallet: Wallet) -> None:
        mined = await wallet.writer.revoke(lane_of(operator, purpose))
        console.print(f"revoked in block {mined.block}: no use from that block on")

    _run(work)


@consent_app.command(name="revoke-all")
def revoke_all() -> None:
    """End every consent at once, with one storage slot."""

    async def work(wallet: Wallet) -> None:
        mined = await wallet.writer.revoke_all()
        console.print(f"everything revoked in block {mined.block}")

    _run(work)


@consent_app.command()
def show(operator: str = OPERATOR, purpose: int = _PURPOSE) -> None:
    """Show what is allowed now."""

    async def work(wallet: Wallet) -> None:
        head = await wallet.reader.head()
        consent, state = await wallet.reader.consent(wallet.writer.sender, lane_of(operator, purpose))
        in_force = is_in_force(consent, state, purpose, head.timestamp)
        console.print(f"version {consent.version}, {'in force' if in_force else 'not in force'} at block {head.number}")
        console.print(f"categories: {', '.join(slugs_of(consent.categories)) or 'none'}")
        console.print(f"floor {money(consent.floor, 6)} a use, at most {consent.cap} uses a day")

    _run(work)
