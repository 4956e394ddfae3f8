"""All commands of ``fairsignal``, one module per group.

Commands import what they run with when they run, so that ``--help`` answers at once.
"""

from __future__ import annotations

import typer

from fairsignal import __version__
from fairsignal.cli import (
    audit,
    categories,
    chats,
    claim,
    classify,
    db,
    demo,
    demo_keepers,
    erase,
    extract,
    index,
    keys,
    receipts,
    serve,
    settle,
    storage,
    up,
    wallet,
)
from fairsignal.cli.console import console

__all__ = ["app"]

app = typer.Typer(
    name="fairsignal",
    help="Consent, metering and pay-out for advertising signals drawn from people's own chats.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("import")(chats.import_chats)
app.command("extract")(extract.extract)
app.command("classify")(classify.classify)
app.command("categories")(categories.categories)
app.command("serve")(serve.serve)
app.command("keeper")(serve.keeper)
app.add_typer(keys.keys_app, name="keys")
app.add_typer(receipts.receipts_app, name="receipts")
app.command("index")(index.index)
app.add_typer(db.db_app, name="db")
app.add_typer(wallet.consent_app, name="consent")
app.command("settle")(settle.settle)
app.command("claim")(claim.claim)
app.command("erase")(erase.erase)
app.command("audit")(audit.audit)
app.add_typer(storage.storage_app, name="storage")
app.command("demo")(demo.demo)
app.command("demo-keepers")(demo_keepers.demo_keepers)
app.command("up")(up.up)


def _version(value: bool) -> None:
    if value:
        console.print(f"fairsignal {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Consent, metering and pay-out for advertising signals drawn from people's own chats."""
