"""``fairsignal claim``: everything that a person earned at one operator, into the person's wallet."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import typer

from fairsignal.cli.api_client import ApiClient
from fairsignal.cli.console import console, money
from fairsignal.cli.serve import load_settings
from fairsignal.cli.sign_in import signed_in
from fairsignal.cli.wallet import OPERATOR
from fairsignal.domain.consent import Purpose, lane_of
from fairsignal.domain.settlement import claim_message

if TYPE_CHECKING:
    from fairsignal.bootstrap.wallets import Wallet

__all__ = ["claim", "claim_settled", "relay_settled"]

_DEADLINE = 3_600
"""Seconds that the operator has to relay a claim."""


def claim(
    operator: str = OPERATOR,
    to: str = typer.Option(
        "http://127.0.0.1:8000", "--to", help="URL of the operator's backend, which gives the proof."
    ),
    gasless: bool = typer.Option(False, "--gasless", help="Sign the claim and let the operator send it, for free."),
) -> None:
    """Claim what was earned: of uses recorded at once, and of settled epochs.

    The first is on chain; for the second the operator's backend gives the proof, to the wallet that signs in.
    """
    from fairsignal.bootstrap.wallets import open_own_wallet

    async def run() -> None:
        async with open_own_wallet(load_settings()) as wallet, ApiClient(to) as backend:
            decimals, symbol = wallet.reader.deployment.token_decimals, wallet.reader.deployment.token_symbol
            recorded = await _withdraw(wallet, operator)
            console.print(f"recorded at once: {_said(recorded, decimals, symbol)}")
            headers = await signed_in(backend, to, wallet.signer, wallet.reader.chain_id)
            settle = relay_settled if gasless else claim_settled
            settled = await settle(wallet, backend, headers)
            console.print(f"settled epochs:   {_said(settled, decimals, symbol)}")

    asyncio.run(run())


def _said(amount: int, decimals: int, symbol: str) -> str:
    return f"{money(amount, decimals, symbol)} paid out" if amount else "nothing new"


async def _withdraw(wallet: Wallet, operator: str) -> int:
    """Take the credit of all purposes; -> base units."""
    lanes, amount = [], 0
    for purpose in Purpose:
        lane = lane_of(operator, purpose)
        earned, claimed = await wallet.reader.credit_of(wallet.address, lane)
        if earned > claimed:
            lanes.append(lane)
            amount += earned - claimed
    if lanes:
        await wallet.writer.withdraw(lanes, wallet.address)
    return amount


async def claim_settled(wallet: Wallet, api: ApiClient, headers: dict[str, str]) -> int:
    """Claim by an own transaction; -> base units."""
    found, amount = await _claimable(wallet, api, headers)
    if amount:
        proof = [bytes.fromhex(node[2:]) for node in found["proof"]]
        await wallet.writer.claim(found["operator"], int(found["total"]), proof, wallet.address)
    return amount


async def relay_settled(wallet: Wallet, api: ApiClient, headers: dict[str, str]) -> int:
    """Claim by a signature that the operator relays; -> base units."""
    found, amount = await _claimable(wallet, api, headers)
    if amount:
        await api.post("/v1/claims/relay", {"claims": [signed_claim(wallet, found)]})
    return amount


def signed_claim(wallet: Wallet, found: dict[str, Any]) -> dict[str, Any]:
    """An entry of POST /v1/claims/relay, of what GET /v1/claims answered."""
    deadline, deployment = int(time.time()) + _DEADLINE, wallet.reader.deployment
    total = int(found["total"])
    message = claim_message(
        deployment.chain_id,
        deployment.signal_market,
        wallet.address,
        found["operator"],
        total,
        wallet.address,
        deadline,
    )
    return {
        "subject": wallet.address,
        "total": str(total),
        "to": wallet.address,
        "deadline": deadline,
        "signature": "0x" + wallet.signer.sign_typed(message).hex(),
    }


async def _claimable(wallet: Wallet, api: ApiClient, headers: dict[str, str]) -> tuple[dict[str, Any], int]:
    found = await api.get(f"/v1/claims/{wallet.address}", **headers)
    return found, int(found["claimable"])
