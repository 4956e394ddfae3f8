"""What a user would write: web3.py's ``get_logs`` in a loop, decoded with the contracts' ABIs, into the same tables.

    python -m bench.index.web3_loop RPC_URL DEPLOYMENT DATABASE_URL LAST_BLOCK

Prints the seconds that it took as JSON.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from importlib.resources import files
from pathlib import Path
from typing import Any

from web3 import HTTPProvider, Web3

CHUNK = 100
"""Blocks in one request: here some 75,000 events; more makes it no faster."""
EVENTS = (
    ("ConsentRegistry", "Granted"),
    ("ProfileRegistry", "Attested"),
    ("SignalMarket", "CampaignOpened"),
    ("SignalMarket", "UseRecorded"),
)
CONSENT = (
    "INSERT INTO consents (lane, subject, word, block) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (lane, subject) DO UPDATE SET word = excluded.word, block = excluded.block"
)
ATTESTATION = (
    "INSERT INTO attestations (operator, subject, digest, block) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (operator, subject) DO UPDATE SET digest = excluded.digest, block = excluded.block"
)
CAMPAIGN = (
    "INSERT INTO campaigns (id, advertiser, target, bid, operator, purpose, funded, uses, closes_at, refunded, "
    "opened_block, block) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
USE = (
    "INSERT INTO recorded_uses (campaign, use_index, subject, category, block, timestamp, tx_hash) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)
USED = "UPDATE campaigns SET uses = ?, block = ? WHERE id = ?"


class Database:
    """SQLite, as durable as the product's."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")

    def run(self, statement: str, rows: list[tuple[Any, ...]]) -> None:
        self._connection.executemany(statement, rows)

    def commit(self) -> None:
        self._connection.commit()


def address(value: str) -> bytes:
    return bytes.fromhex(value[2:])


def store(database: Database, name: str, logs: list[Any], times: dict[int, int]) -> None:
    rows: list[tuple[Any, ...]]
    if not logs:
        return
    if name == "Granted":
        rows = [
            (
                log["args"]["lane"].to_bytes(21, "big"),
                address(log["args"]["subject"]),
                log["args"]["consent"].to_bytes(32, "big"),
                log["blockNumber"],
            )
            for log in logs
        ]
        database.run(CONSENT, rows)
    elif name == "Attested":
        rows = [
            (
                address(log["args"]["operator"]),
                address(log["args"]["subject"]),
                bytes(log["args"]["digest"]),
                log["blockNumber"],
            )
            for log in logs
        ]
        database.run(ATTESTATION, rows)
    elif name == "CampaignOpened":
        rows = []
        for log in logs:
            target = log["args"]["target"].to_bytes(32, "big")
            bid = log["args"]["bid"].to_bytes(32, "big")
            ids = (bytes(log["args"]["id"]), address(log["args"]["advertiser"]))
            funded, block = str(log["args"]["amount"]), log["blockNumber"]
            rows.append((*ids, target, bid, target[11:31], target[31], funded, 0, 0, "0", block, block))
        database.run(CAMPAIGN, rows)
    else:
        rows = []
        newest: dict[bytes, tuple[int, int, bytes]] = {}
        for log in logs:
            campaign, use, block = bytes(log["args"]["campaign"]), log["args"]["use"], log["blockNumber"]
            index, category = use >> 168, use >> 160 & 0xFF
            subject = (use & ((1 << 160) - 1)).to_bytes(20, "big")
            rows.append((campaign, index, subject, category, block, times[block], bytes(log["transactionHash"])))
            newest[campaign] = (index + 1, block, campaign)
        database.run(USE, rows)
        database.run(USED, list(newest.values()))


def index(rpc_url: str, places: dict[str, Any], database: Database, last: int) -> None:
    w3 = Web3(HTTPProvider(rpc_url, request_kwargs={"timeout": 120}))
    contracts = {
        name: w3.eth.contract(
            address=places[name]["address"],
            abi=json.loads((files("fairsignal.adapters.chain") / "abi" / f"{name}.json").read_text("utf-8")),
        )
        for name, _ in EVENTS
    }
    times: dict[int, int] = {}
    for first in range(1, last + 1, CHUNK):
        to = min(last, first + CHUNK - 1)
        for contract, name in EVENTS:
            logs = list(contracts[contract].events[name].get_logs(from_block=first, to_block=to))
            for log in logs:
                if name == "UseRecorded" and log["blockNumber"] not in times:
                    times[log["blockNumber"]] = w3.eth.get_block(log["blockNumber"])["timestamp"]
            store(database, name, logs, times)
        database.commit()


def main() -> None:
    rpc_url, deployment, url, last = sys.argv[1:]
    places = json.loads(Path(deployment).read_text("utf-8"))["contracts"]
    database = Database(url.split("///", 1)[1])
    started = time.perf_counter()
    index(rpc_url, places, database, int(last))
    print(json.dumps({"seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main()
