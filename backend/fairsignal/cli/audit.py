"""``fairsignal audit``: check an operator from outside."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from eth_utils.address import is_address, to_checksum_address
from rich.markup import escape

from fairsignal.cli.console import console, money, print_error, progress
from fairsignal.domain.errors import FairsignalError

if TYPE_CHECKING:
    from rich.progress import TaskID

    from fairsignal.audit.report import AuditReport, EpochAudit, Finding, Section
    from fairsignal.bootstrap.audit import Deployment

__all__ = ["audit"]

_EXIT = {"honest": 0, "findings": 1, "incomplete": 2}
_CHAIN, _LOGS, _ABOUT = "The chain", "Logs and receipts", "What to audit"


def audit(
    epoch: int | None = typer.Option(None, "--epoch", min=1, help="One settled epoch.", rich_help_panel=_ABOUT),
    everything: bool = typer.Option(
        False,
        "--all",
        help="All settled epochs, all uses recorded at once, and everybody's money. The default.",
        rich_help_panel=_ABOUT,
    ),
    operator: str | None = typer.Option(
        None, "--operator", help="Address of one chat operator; default: all of them.", rich_help_panel=_ABOUT
    ),
    rpc_url: str = typer.Option(
        "http://127.0.0.1:8545",
        "--rpc-url",
        envvar="FAIRSIGNAL_RPC_URL",
        rich_help_panel=_CHAIN,
        help="Any node of the chain; it need not keep old state. Best one that you trust, or your own.",
    ),
    deployment: Path = typer.Option(
        Path("deployments/31337.json"),
        "--deployment",
        envvar="FAIRSIGNAL_DEPLOYMENT",
        rich_help_panel=_CHAIN,
        help="The file that names the contracts.",
    ),
    blobs: list[str] = typer.Option(
        None,
        "--blobs",
        rich_help_panel=_LOGS,
        help="Where logs are: an IPFS gateway, a Kubo RPC API, or an operator's backend; may be repeated. Every byte "
        "is checked against its hash, so none of them has to be trusted.",
    ),
    key_file: Path | None = typer.Option(
        None,
        "--key-file",
        rich_help_panel=_LOGS,
        help="Your auditor's key, to which the operator encrypts its logs. Without it, all that is public is checked.",
    ),
    passphrase_file: Path | None = typer.Option(
        None, "--passphrase-file", rich_help_panel=_LOGS, help="Holds the passphrase of an encrypted key file."
    ),
    receipts: Path | None = typer.Option(
        None,
        "--receipts",
        rich_help_panel=_LOGS,
        help="Folder with keepers' receipts (JSON, as GET /v1/receipts gives them).",
    ),
    keepers: list[str] = typer.Option(
        None, "--keeper", rich_help_panel=_LOGS, help="URL of a keeper to ask for its receipts; may be repeated."
    ),
    new_key: Path | None = typer.Option(
        None,
        "--new-key",
        rich_help_panel=_LOGS,
        help="Only make an auditor's key in this file, and print its public half for the operator.",
    ),
    as_json: bool = typer.Option(False, "--json", help="Machine-readable, on standard output."),
) -> None:
    """Check that chat operators kept the rules, from the chain and IPFS alone.

    Whenever an interest of somebody's was used for an advertisement,
    that person must have consented before, in that category, at that
    price, and not too often that day; the advertiser must have been
    charged, and the person paid. This recomputes all of it: uses
    recorded at once from the chain's events, settled ones from the log
    that the operator published on IPFS and whose hash is on chain.
    The operator is asked nothing, and no answer is believed that a hash
    does not prove.

    Exit code 0: nothing is wrong. 1: something is; each finding names
    the use, the rule, the block and the evidence. 2: it could not be
    checked. docs/audit.md says what an audit sees, and what it cannot.
    """
    if everything and epoch is not None:
        raise typer.BadParameter("--epoch or --all, not both")
    try:
        if new_key is not None:
            _make_key(new_key)
            return
        report, of = asyncio.run(
            _audited(
                epoch, _address(operator), rpc_url, deployment, blobs, key_file, passphrase_file, receipts, keepers
            )
        )
    except FairsignalError as error:
        print_error(error)
        raise typer.Exit(_EXIT["incomplete"]) from error
    if as_json:
        typer.echo(json.dumps(report.as_json(), indent=2))
    else:
        _print(report, of)
    raise typer.Exit(_EXIT[report.verdict])


def _address(operator: str | None) -> bytes | None:
    if operator is None:
        return None
    if not is_address(operator) or not operator.startswith("0x"):
        raise typer.BadParameter("--operator: not an address: 0x and 40 hex digits")
    return bytes.fromhex(operator[2:])


def _make_key(path: Path) -> None:
    from fairsignal.bootstrap.audit import make_auditor_key

    public = make_auditor_key(path)
    console.print(f"{path} holds a new auditor's key, in clear; keep it to yourself.")
    console.print(f"An operator names you with FAIRSIGNAL_AUDITOR_KEYS: 0x{public.hex()}", soft_wrap=True)


async def _audited(
    epoch: int | None,
    operator: bytes | None,
    rpc_url: str,
    deployment: Path,
    blobs: list[str] | None,
    key_file: Path | None,
    passphrase_file: Path | None,
    receipts: Path | None,
    keepers: list[str] | None,
) -> tuple[AuditReport, Deployment]:
    from fairsignal.bootstrap.audit import open_auditor, read_auditor_key, receipts_in, receipts_of_keepers

    key = read_auditor_key(key_file, passphrase_file) if key_file else None
    given = receipts_in(receipts) if receipts else []
    given += await receipts_of_keepers(keepers or [])
    with progress() as bar:
        tasks: dict[str, TaskID] = {}

        def told(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=total)
            bar.update(tasks[step], completed=done, total=total)

        async with open_auditor(rpc_url, deployment, blobs or [], key) as (auditor, of):
            return await auditor.run(epoch, operator, given, told), of


def _print(report: AuditReport, of: Deployment) -> None:
    console.print(f"Chain {report.chain_id}, market {report.market}, up to the final block {report.final_block:,}")
    for epoch in report.epochs:
        _print_epoch(epoch, of)
    console.print("\n[bold]Uses recorded at once[/]" if report.uses_at_once else "\n[bold]On chain[/]")
    _print_section(report.at_once)
    if report.receipts_read:
        console.print(f"\n[bold]Keepers' receipts[/], {report.receipts_read:,} of them")
        _print_section(report.receipts)
    console.print()
    count = sum(len(section.findings) for section in report.sections)
    console.print(
        {
            "honest": "[bold green]Nothing is wrong[/] in what was checked.",
            "findings": f"[bold red]{count:,} findings.[/]",
            "incomplete": "[bold yellow]It could not all be checked.[/]",
        }[report.verdict]
    )
    if any(not gap.asked for section in report.sections for gap in section.not_checked):
        console.print("What was not checked is marked with a question mark.")


def _print_epoch(epoch: EpochAudit, of: Deployment) -> None:
    console.print(f"\n[bold]Epoch {epoch.epoch}[/] of {epoch.operator}, settled in block {epoch.block:,}")
    amounts = f"{money(epoch.gross, of.token_decimals, of.token_symbol)} paid by advertisers"
    uses = (
        ""
        if epoch.uses is None
        else f"{epoch.uses:,} uses in blocks {(epoch.from_block or 0) + 1:,} to {epoch.to_block:,}, "
    )
    console.print(f"  {uses}{amounts}; log {epoch.log}", soft_wrap=True)
    _print_section(epoch)


def _print_section(section: Section) -> None:
    for words in section.checked:
        console.print(f"  [green]✓[/] {escape(words)}", soft_wrap=True)
    for finding in section.findings:
        console.print(
            f"  [bold red]✗ {finding.rule}[/] {escape(_where(finding))}{escape(finding.evidence)}", soft_wrap=True
        )
    for gap in section.not_checked:
        console.print(f"  [yellow]?[/] {escape(gap.what)}: {escape(gap.why)}", soft_wrap=True)


def _where(finding: Finding) -> str:
    """Which use, of whom, for which campaign, in which block; as far as it is known."""
    words = []
    if finding.use_id is not None:
        words.append(f"use 0x{finding.use_id.hex()}")
    if finding.subject is not None:
        words.append(f"of {to_checksum_address(finding.subject)}")
    if finding.campaign is not None:
        words.append(f"campaign 0x{finding.campaign.hex()}")
    if finding.block is not None:
        words.append(f"block {finding.block}")
    return f"{', '.join(words)}: " if words else ""
