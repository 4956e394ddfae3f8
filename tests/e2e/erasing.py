"""What tests of erasure share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from eth_utils.crypto import keccak

from fairsignal.adapters.chain import LocalSigner
from fairsignal.cli.api_client import ApiClient
from fairsignal.cli.local_stack import Stack
from fairsignal.domain.erasure import request_erasure_message
from fairsignal.domain.errors import FairsignalError, Refused
from tests.e2e.actors import Someone, hexed

CONFIRMED = "0x" + keccak(text="ErasureConfirmed(address,address)").hex()
PLACES = ["blobs:embedded", "database", "keeper:1", "keeper:2", "keeper:3"]


async def request_body(person: Someone, operator: str, *, signer: LocalSigner | None = None) -> dict[str, Any]:
    """Body of POST /v1/erasures with this person's signature."""
    deployment, signed_at = person.reader.reader.deployment, await person.now()
    message = request_erasure_message(
        deployment.chain_id, deployment.profile_registry, person.address, operator, signed_at
    )
    signature = hexed((signer or person.signer).sign_typed(message))
    return {"subject": person.address, "operator": operator, "signed_at": signed_at, "signature": signature}


async def report_when(
    api: ApiClient, subject: str, wanted: Callable[[dict[str, Any]], bool], seconds: float = 60
) -> dict[str, Any]:
    """Poll the report until it is as wanted."""
    report: dict[str, Any] = {}
    async with asyncio.timeout(seconds):
        while not report or not wanted(report):
            await asyncio.sleep(0.1)
            report = await api.get(f"/v1/erasures/{subject}")
    return report


def in_state(*states: str) -> Callable[[dict[str, Any]], bool]:
    return lambda report: report["state"] in states


def states_of(report: dict[str, Any]) -> dict[str, str]:
    return {replica["name"]: replica["state"] for replica in report["replicas"]}


async def code_of(request: Any, kind: type[FairsignalError] = Refused) -> str:
    with pytest.raises(kind) as caught:
        await request
    return caught.value.code


async def confirmations(stack: Stack, subject: str) -> int:
    """How many times the chain's log says that this subject is erased."""
    logs = await stack.chain.rpc("eth_getLogs", {"fromBlock": "0x0", "toBlock": "latest", "topics": [CONFIRMED]})
    return sum(int(log["topics"][1], 16) == int(subject, 16) for log in logs)


async def sent(stack: Stack, sender: str, function: str, subject: str) -> int:
    """How many transactions of this sender call this function about this subject, mined or not, refused or not."""
    data = "0x" + keccak(text=function)[:4].hex() + f"{int(subject, 16):064x}"
    found = 0
    for number in range(int(await stack.chain.rpc("eth_blockNumber"), 16) + 1):
        block = await stack.chain.rpc("eth_getBlockByNumber", hex(number), True)
        found += sum(tx["from"] == sender.lower() and tx["input"] == data for tx in block["transactions"])
    return found


async def transaction_waits(stack: Stack) -> None:
    """Return once a transaction is in the node's pool, and not in a block."""
    for _ in range(600):
        if int((await stack.chain.rpc("txpool_status"))["pending"], 16):
            return
        await asyncio.sleep(0.1)
    raise AssertionError


async def blob_paths(stack: Stack, cids: list[str]) -> list[str]:
    objects = stack.chain.directory / "backend" / "blobs" / "objects"
    return [cid for cid in cids if list(objects.glob(f"*/{cid}"))]
