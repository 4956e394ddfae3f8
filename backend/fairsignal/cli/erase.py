"""``fairsignal erase``: a person has an operator erase everything, and sees where that has happened."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from typing import TYPE_CHECKING, Any

import typer
from rich.table import Table

from fairsignal.cli.api_client import ApiClient
from fairsignal.cli.console import console, errors, progress
from fairsignal.cli.serve import load_settings
from fairsignal.cli.wallet import OPERATOR
from fairsignal.domain.erasure import request_erasure_message
from fairsignal.domain.errors import BadInput, FairsignalError, NotFound, Unavailable
from fairsignal.domain.keeper_messages import erased_message

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from fairsignal.bootstrap.wallets import Wallet

__all__ = ["erase"]

_POLL_SECONDS = 0.5
_COLOURS = {"erased": "green", "pending": "yellow", "refused": "red"}


def erase(
    operator: str = OPERATOR,
    to: str = typer.Option(..., "--to", help="URL of the operator's backend."),
    relay: bool = typer.Option(False, "--relay", help="Only sign; the operator brings it on chain and pays the gas."),
    again: bool = typer.Option(
        False, "--again", help="Ask although the operator confirmed and attested nothing since."
    ),
    wait: int = typer.Option(
        1800, min=0, help="Seconds to wait for the confirmation; running it again goes on waiting."
    ),
    as_json: bool = typer.Option(False, "--json", help="Machine-readable."),
) -> None:
    """Have an operator erase everything about you: profiles, blobs, keepers' shares (FAIRSIGNAL_KEY or a keystore).

    Ends with exit code 1 unless the operator confirmed it on chain.
    """
    from fairsignal.bootstrap.wallets import open_own_wallet

    async def session() -> dict[str, Any]:
        async with open_own_wallet(load_settings()) as wallet, ApiClient(to) as api:
            await _check_backend(wallet, api, operator)
            requested_at = await _request(wallet, api, operator, relay=relay, again=again)
            with progress() as bar:
                task = bar.add_task("waiting for finality", total=None)
                confirmed_at = await _confirmed(wallet, api, operator, requested_at, wait, bar, task)
            report = await _report(api, wallet.address)
            return await _with_receipts(wallet, operator, report) | {
                "operator": operator,
                "confirmed": bool(confirmed_at),
            }

    done = asyncio.run(session())
    if as_json:
        console.print_json(json.dumps(done))
    else:
        _print(done)
    if not done["confirmed"]:
        raise typer.Exit(1)


async def _check_backend(wallet: Wallet, api: ApiClient, operator: str) -> None:
    info = await api.get("/v1/operator")
    if info["operator"] != operator:
        raise BadInput(
            f"This backend is that of operator {info['operator']}, not of {operator}.",
            remedy="Give the URL of the operator whom you consented to.",
            code="wrong-operator",
        )
    if info["contracts"]["ProfileRegistry"] != wallet.reader.deployment.profile_registry:
        raise BadInput(
            "This backend works on another deployment than your wallet.",
            remedy="Set FAIRSIGNAL_DEPLOYMENT and FAIRSIGNAL_RPC_URL to the backend's chain.",
            code="wrong-deployment",
        )


async def _request(wallet: Wallet, api: ApiClient, operator: str, *, relay: bool, again: bool) -> int:
    """Ask, unless an earlier request is open or answers the question; -> its time on chain, Unix seconds."""
    asked, _ = await wallet.reader.erasure(operator, wallet.address)
    if asked.open:
        errors.print("You have asked already; this goes on waiting.")
        return asked.requested_at
    if asked.confirmed_at and not again and not any(await wallet.reader.digest_of(operator, wallet.address)):
        errors.print(
            "The operator confirmed already, and has attested nothing of you since; --again asks all the same."
        )
        return asked.requested_at
    if relay:
        deployment = wallet.reader.deployment
        # The clock of the chain, which has to find it neither in the future nor older than the last request.
        signed_at = max((await wallet.reader.head()).timestamp, asked.requested_at + 1)
        message = request_erasure_message(
            deployment.chain_id, deployment.profile_registry, wallet.address, operator, signed_at
        )
        body = {
            "subject": wallet.address,
            "operator": operator,
            "signed_at": signed_at,
            "signature": "0x" + wallet.signer.sign_typed(message).hex(),
        }
        await api.post("/v1/erasures", body)
    else:
        await wallet.writer.request_erasure(operator)
    asked, _ = await wallet.reader.erasure(operator, wallet.address)
    return asked.requested_at


async def _confirmed(
    wallet: Wallet, api: ApiClient, operator: str, requested_at: int, seconds: int, bar: Progress, task: TaskID
) -> int:
    """Wait; -> when it was confirmed as one's own node says, Unix seconds, or 0 for not in time."""
    deadline = time.monotonic() + seconds
    while True:
        head, _ = await wallet.reader.erasure(operator, wallet.address)
        if not head.open and head.confirmed_at >= requested_at:
            return head.confirmed_at
        if time.monotonic() >= deadline:
            return 0
        with contextlib.suppress(Unavailable):  # the backend may be restarted meanwhile
            _show(bar, task, await _report(api, wallet.address))
        await asyncio.sleep(_POLL_SECONDS)


async def _report(api: ApiClient, subject: str) -> dict[str, Any]:
    try:
        return await api.get(f"/v1/erasures/{subject}")
    except NotFound:  # it asks a node that has not seen the request yet
        return {"subject": subject, "state": "requested", "replicas": []}


def _show(bar: Progress, task: TaskID, report: dict[str, Any]) -> None:
    replicas = report["replicas"]
    waiting = [replica["name"] for replica in replicas if replica["state"] != "erased"]
    what = {"requested": "waiting for finality", "erasing": f"erasing, without an answer: {', '.join(waiting)}"}
    description = what.get(report["state"], "waiting for the confirmation")
    bar.update(task, description=description, total=len(replicas), completed=len(replicas) - len(waiting))


async def _with_receipts(wallet: Wallet, operator: str, report: dict[str, Any]) -> dict[str, Any]:
    """The report, with what a person can check itself: whether a keeper's receipt is signed by who the chain names."""
    from fairsignal.adapters.chain import recover_typed

    addresses, _ = await wallet.reader.keepers()
    deployment = wallet.reader.deployment

    def is_good(replica: dict[str, Any]) -> bool | None:
        place, _, index = replica["name"].partition(":")
        if place != "keeper" or replica["state"] != "erased":
            return None
        message = erased_message(
            deployment.chain_id, deployment.profile_registry, operator, wallet.address, replica["erased_at"]
        )
        try:
            return recover_typed(message, bytes.fromhex(replica["receipt"][2:])) == addresses[int(index) - 1]
        except (FairsignalError, ValueError, IndexError):
            return False

    return report | {"replicas": [replica | {"receipt_verified": is_good(replica)} for replica in report["replicas"]]}


def _print(report: dict[str, Any]) -> None:
    table = Table("where", "state", "attempts", "remark")
    for replica in report["replicas"]:
        remark = {True: "signed receipt", False: "[red]its receipt is not the keeper's[/]", None: replica["error"]}
        colour = _COLOURS[replica["state"]]
        table.add_row(
            replica["name"],
            f"[{colour}]{replica['state']}[/]",
            str(replica["attempts"]),
            remark[replica["receipt_verified"]],
        )
    console.print(table)
    if report["confirmed"]:
        console.print("The operator confirmed on chain that everything is erased.")
    else:
        console.print("Not confirmed yet. The operator goes on; run this again to see how far it is.")
