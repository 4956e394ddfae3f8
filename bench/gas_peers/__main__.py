"""`.venv/bin/python -m bench.gas_peers`: the peers alone, on an Anvil of their own."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from eth_account import Account
from rich.console import Console
from rich.table import Table
from web3 import HTTPProvider, Web3

from bench.gas_peers.artifacts import PeersMissing, native
from bench.gas_peers.measure import Figures, measure

START_SECONDS = 20
STOP_SECONDS = 5
REQUEST_SECONDS = 60
# Anvil's default, known to everybody: worth nothing anywhere else.
MNEMONIC = "test test test test test test test test test test test junk"


@contextmanager
def anvil() -> Iterator[Web3]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    node = subprocess.Popen(
        [native("anvil"), "--hardfork", "prague", "--host", "127.0.0.1", "--port", str(port), "--quiet"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        w3 = Web3(HTTPProvider(f"http://127.0.0.1:{port}", request_kwargs={"timeout": REQUEST_SECONDS}))
        deadline = time.monotonic() + START_SECONDS
        while not w3.is_connected():
            if node.poll() is not None or time.monotonic() > deadline:
                raise PeersMissing(f"Anvil did not start on port {port}.")
            time.sleep(0.05)
        yield w3
    finally:
        node.terminate()
        try:
            node.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            node.kill()
            node.wait(timeout=STOP_SECONDS)


def table(figures: Figures) -> Table:
    shown = Table(title="Gas by receipt, peers (per item in batches, per use in settlements)")
    shown.add_column("operation")
    shown.add_column("peer")
    shown.add_column("gas", justify="right")
    for operation, peers in figures.items():
        for number, (peer, gas) in enumerate(sorted(peers.items(), key=lambda item: item[1])):
            shown.add_row(operation if number == 0 else "", peer, f"{gas:,}")
        shown.add_section()
    return shown


def main() -> None:
    Account.enable_unaudited_hdwallet_features()
    funder = Account.from_mnemonic(MNEMONIC)
    started = time.monotonic()
    with anvil() as w3:
        figures = measure(w3, [funder])
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(table(figures))
    console.print(f"{sum(map(len, figures.values()))} figures in {time.monotonic() - started:.1f} s")


if __name__ == "__main__":
    try:
        main()
    except PeersMissing as error:
        sys.exit(f"gas peers: {error}")
