"""``fairsignal receipts``: checking receipts of consents, which needs no operator."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from fairsignal.audit.consent_receipt import OnChain, check_on_chain
from fairsignal.cli.console import console
from fairsignal.domain.consent import Consent, slugs_of
from fairsignal.domain.errors import BadInput
from fairsignal.domain.receipt_check import check_receipt

if TYPE_CHECKING:
    from fairsignal.domain.consent_receipt import ReceiptFacts

__all__ = ["receipts_app"]

receipts_app = typer.Typer(help="Check receipts of consents.", no_args_is_help=True)
_LARGEST = 1024 * 1024
"""Bytes; a receipt has about eight thousand."""


@receipts_app.callback()
def _group() -> None:
    """Check receipts of consents."""


@receipts_app.command("verify")
def verify(
    file: Path = typer.Argument(help="The receipt, as GET /v1/me/receipts/{purpose} gave it."),
    rpc_url: str = typer.Option("", "--rpc-url", help="A node, to check the chain as well; best one that you trust."),
    operator: str = typer.Option("", "--operator", help="Address that must have signed; default: the one it names."),
    as_json: bool = typer.Option(False, "--json", help="Machine-readable."),
) -> None:
    """Check that a receipt is whole, signed by its operator, and says what its consent says; with a node, that the
    chain recorded that consent.
    """
    from fairsignal.bootstrap.receipts import open_consent_chain, recover_typed

    facts = check_receipt(_read(file), recover_typed, operator=operator or None)

    async def ask() -> OnChain:
        async with open_consent_chain(rpc_url) as chain:
            return await check_on_chain(facts, chain)

    found = asyncio.run(ask()) if rpc_url else None
    if as_json:
        console.print_json(json.dumps(_shown(facts, found)))
    else:
        _tell(facts, found)


def _read(file: Path) -> Any:
    try:
        if file.stat().st_size > _LARGEST:
            raise ValueError
        return json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput(
            f"{file} cannot be read as a receipt.", remedy="Give the JSON file of one receipt.", code="bad-receipt"
        ) from error


def _tell(facts: ReceiptFacts, found: OnChain | None) -> None:
    consent = Consent.from_word(facts.word)
    console.print(f"✓ whole, and signed by operator {facts.operator}")
    console.print(
        f"✓ says what its consent says: purpose {facts.purpose}, {', '.join(slugs_of(consent.categories))}; "
        f"version {consent.version} of {facts.subject}"
    )
    if found is None:
        console.print("  not checked: whether the chain recorded it (--rpc-url)")
        return
    console.print(f"✓ chain {facts.chain_id} recorded it in block {facts.block}, by registry {facts.registry}")
    today = "in force" if found.in_force else "not in force"
    console.print(f"  as of block {found.block}: {'unchanged' if found.unchanged else 'changed since'}, {today}")


def _shown(facts: ReceiptFacts, found: OnChain | None) -> dict[str, Any]:
    consent = Consent.from_word(facts.word)
    return {
        "valid": True,
        "operator": facts.operator,
        "subject": facts.subject,
        "purpose": int(facts.purpose),
        "version": consent.version,
        "categories": slugs_of(consent.categories),
        "chain_id": facts.chain_id,
        "registry": facts.registry,
        "block": facts.block,
        "transaction": facts.tx_hash,
        "on_chain": None
        if found is None
        else {"block": found.block, "unchanged": found.unchanged, "in_force": found.in_force},
    }
