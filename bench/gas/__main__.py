"""`make gas`: ours and the peers on one Anvil -> bench/results/gas.json, the table, and contracts/README.md.

.venv/bin/python -m bench.gas              # measure everything
.venv/bin/python -m bench.gas --ours       # skip the peers (for a quick look; writes nothing)
"""

import argparse
import json
import sys
import time
from dataclasses import dataclass

from eth_account import Account
from rich.console import Console
from rich.table import Table

from bench.gas import fairsignal
from bench.gas_peers.__main__ import MNEMONIC, anvil
from bench.gas_peers.artifacts import ROOT, PeersMissing, forge_build
from bench.gas_peers.measure import measure as measure_peers

RESULTS = ROOT / "bench" / "results" / "gas.json"
README = ROOT / "contracts" / "README.md"
BEGIN, END = "<!-- gas table: written by `make gas` -->", "<!-- end of gas table -->"

# DESIGN.md, section 4.
TARGETS: dict[str, float] = {
    "grant_own_first": 46_000,
    "grant_own_later": 28_800,
    "grant_relayed_first": 52_500,
    "grant_relayed_later": 35_500,
    "grant_batch100_first": 29_500,
    "grant_batch100_later": 12_500,
    "revoke": 28_800,
    "revoke_relayed": 35_500,
    "revoke_all": 28_800,
    "revoke_all_relayed": 35_500,
    "attest_first": 46_500,
    "attest_later": 29_500,
    "attest_batch100_first": 25_500,
    "attest_batch100_later": 8_300,
    "attest_root_per_profile": 500,
    "deposit_permit_first": 95_000,
    "deposit_permit_later": 64_000,
    "record_use_later": 41_000,
    "record_use_voucher_later": 47_000,
    "record_uses_batch100_later": 13_500,
    "settle_1e3_per_use": 95,
    "settle_1e6_per_use": 0.1,
    "settle_keeper_signatures": 25_000,
    "claim_1e3": 52_000,
    "claim_1e6": 58_500,
}


# Measured too, but they do less: nobody's escrow is debited, or nobody stands for what is attested.
LESSER = {"Solady cumulative, one funder", "EAS timestamp of a root, by nobody"}


@dataclass(frozen=True)
class Row:
    """One operation; gas by receipt, per item in batches and per use in settlements."""

    operation: str
    ours: float
    target: float | None
    peer: str | None
    peer_gas: float | None

    @property
    def met(self) -> bool:
        return self.target is None or self.ours <= self.target

    def cells(self) -> list[str]:
        target = "" if self.target is None else f"{self.target:,}" + ("" if self.met else " (missed)")
        peer = "" if self.peer_gas is None else f"{self.peer_gas:,}"
        factor = "" if self.peer_gas is None else f"{self.peer_gas / self.ours:.2f}x"
        return [self.operation, f"{self.ours:,}", target, peer, factor, self.peer or ""]


HEADER = ["operation", "ours", "target", "best peer", "peer / ours", "which"]


def rows(ours: dict[str, float], peers: dict[str, dict[str, float]]) -> list[Row]:
    ordered = [*TARGETS, *(operation for operation in ours if operation not in TARGETS)]
    made = []
    for operation in ordered:
        equals = [item for item in peers.get(operation, {}).items() if item[0] not in LESSER]
        best = min(equals, key=lambda item: item[1], default=(None, None))
        made.append(Row(operation, ours[operation], TARGETS.get(operation), *best))
    return made


def write_results(table: list[Row], peers: dict[str, dict[str, float]]) -> None:
    metrics = {row.operation: row.ours for row in table}
    document = {
        **metrics,
        "metrics": metrics,
        "ratios": {
            f"{row.operation}: {row.peer} / ours": round(row.peer_gas / row.ours, 3) for row in table if row.peer_gas
        },
        "targets": TARGETS,
        "missed": [row.operation for row in table if not row.met],
        "peers": peers,
    }
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(document, indent=1) + "\n", "utf-8")


def write_readme(table: list[Row]) -> None:
    text = README.read_text("utf-8")
    head, rest = text.split(BEGIN)
    tail = rest.split(END)[1]
    lines = [HEADER, ["---", *["---:"] * 4, "---"], *(row.cells() for row in table)]
    markdown = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    README.write_text(f"{head}{BEGIN}\n{markdown}\n{END}{tail}", "utf-8")


def show(table: list[Row], console: Console) -> None:
    shown = Table(
        title="Gas by receipt: ours beside the best of the peers (per item in batches, per use in settlements)"
    )
    for column in HEADER:
        shown.add_column(column, justify="left" if column in ("operation", "which") else "right")
    for row in table:
        shown.add_row(*row.cells(), style=None if row.met else "yellow")
    console.print(shown)


def main(only_ours: bool) -> None:
    Account.enable_unaudited_hdwallet_features()
    funder = Account.from_mnemonic(MNEMONIC)
    started = time.monotonic()
    # As they are deployed.
    forge_build(ROOT, "deployed")
    with anvil() as w3:
        ours = fairsignal.measure(w3, [funder])
        peers = {} if only_ours else measure_peers(w3, [funder])
    table = rows(ours, peers)
    console = Console(width=None if sys.stdout.isatty() else 150)
    show(table, console)
    missed = [row.operation for row in table if not row.met]
    console.print(f"{len(TARGETS) - len(missed)} of {len(TARGETS)} targets met; {time.monotonic() - started:.0f} s")
    if not only_ours:
        write_results(table, peers)
        write_readme(table)
        console.print(f"written: {RESULTS.relative_to(ROOT)}, {README.relative_to(ROOT)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.gas", description="Gas of our contracts and of their peers.")
    parser.add_argument("--ours", action="store_true", help="skip the peers; writes nothing")
    try:
        main(parser.parse_args().ours)
    except PeersMissing as error:
        sys.exit(f"gas: {error}")
