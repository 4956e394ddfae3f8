"""A chain with more than 200,000 of our events, built once and kept in build/: consents, uses and attested profiles."""

from __future__ import annotations

import gzip
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from coincurve import PrivateKey
from eth_utils.crypto import keccak

from fairsignal.adapters.chain import Deployment, load_deployment
from fairsignal.adapters.chain.contracts import encode_call
from fairsignal.cli.local_stack import Process, anvil_binary, free_port, local_chain, repository
from fairsignal.domain.campaign import CampaignTerms
from fairsignal.domain.consent import ConsentTerms, Purpose, grant_message
from fairsignal.domain.eip712 import digest_of

__all__ = ["EVENTS", "BenchChain", "bench_chain"]

PEOPLE = 40_000
PURPOSES = (Purpose.AD_TARGETING, Purpose.FEED_RECOMMENDATION)
USES = 90_000
EVENTS = PEOPLE * len(PURPOSES) + USES + PEOPLE
"""Granted, UseRecorded and Attested; a handful of others comes with the deployment and the campaign."""

_DAY = 86_400
_PRICE = 10_000
_GAS = 16_000_000
# Records in one transaction, each within its gas.
_GRANTS, _USES, _ATTESTATIONS = 500, 400, 550
_FILES = ("state.json.gz", "deployment.json")
_EMPTY = 100
"""Blocks on top: ponder takes its own number of them as not final, and would follow those one by one."""
_SECONDS = 300


@dataclass(frozen=True)
class BenchChain:
    """An Anvil that serves the events."""

    rpc_url: str
    deployment: Path
    last: int
    """Block up to which everybody reads; those above are empty."""


@asynccontextmanager
async def bench_chain(told: Callable[[str, int, int], None]) -> AsyncIterator[BenchChain]:
    """Serve the chain from build/, after building it where it is not there yet.

    Args:
        told: is told what is being done, how much of it is done, and of how much.
    """
    kept = repository() / "build" / "bench-index"
    if not all((kept / name).exists() for name in _FILES):
        await _build(kept, told)
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        command = [anvil_binary(), "--port", str(port), "--hardfork", "prague", "--slots-in-an-epoch", "1", "--silent"]
        command += ["--load-state", str(_unpacked(kept, Path(folder)))]
        anvil = Process.start("anvil", command, Path(folder))
        try:
            async with httpx.AsyncClient(timeout=_SECONDS) as http:
                node = _Node(http, url)
                await node.ready(anvil)
                last = int(await node.call("eth_blockNumber"), 16)
                await node.call("anvil_mine", hex(_EMPTY))
            yield BenchChain(url, kept / "deployment.json", last)
        finally:
            anvil.stop()


async def _build(kept: Path, told: Callable[[str, int, int], None]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with local_chain(Path(folder)) as chain, httpx.AsyncClient(timeout=_SECONDS) as http:
            node = _Node(http, chain.rpc_url)
            await _fill(node, load_deployment(chain.deployment), told)
            state = await node.call("anvil_dumpState")
            _keep(kept, state, chain.deployment)


def _keep(kept: Path, state: str, deployment: Path) -> None:
    kept.mkdir(parents=True, exist_ok=True)
    (kept / "state.json.gz").write_bytes(bytes.fromhex(state[2:]))
    shutil.copy(deployment, kept / "deployment.json")  # last: it says that the other one is whole


def _unpacked(kept: Path, folder: Path) -> Path:
    state = folder / "state.json"
    with gzip.open(kept / "state.json.gz") as packed, state.open("wb") as plain:
        shutil.copyfileobj(packed, plain)
    return state


async def _fill(node: _Node, deployment: Deployment, told: Callable[[str, int, int], None]) -> None:
    _, operator, advertiser, *_ = await node.call("eth_accounts")
    now = int((await node.call("eth_getBlockByNumber", "latest", False))["timestamp"], 16)
    people = [PrivateKey((n + 1).to_bytes(32, "big")) for n in range(PEOPLE)]
    addresses = [_address(person) for person in people]

    done = 0
    for purpose in PURPOSES:
        terms = ConsentTerms(operator, purpose, (1 << 22) - 1, 0, 4095, now + 300 * _DAY)
        sign = _grant_signer(deployment, terms, now)
        word = terms.word(version=1, granted_at=now).to_bytes(32, "big")
        for start in range(0, PEOPLE, _GRANTS):
            some = zip(addresses[start : start + _GRANTS], people[start : start + _GRANTS], strict=True)
            records = b"".join(address + word + sign(address, person) for address, person in some)
            await node.send(
                operator, deployment.consent_registry, "ConsentRegistry", "grantBatchBySig", terms.lane, records
            )
            done += _GRANTS
            told("grants", done, PEOPLE * len(PURPOSES))

    campaign = CampaignTerms(advertiser, operator, 1, (1 << 22) - 1, _PRICE, now + 200 * _DAY, 1)
    await node.send(advertiser, deployment.token, "TestDollar", "mint", advertiser, USES * _PRICE)
    await node.send(advertiser, deployment.token, "TestDollar", "approve", deployment.signal_market, USES * _PRICE)
    market = deployment.signal_market
    words = (campaign.target, campaign.bid)
    await node.send(advertiser, market, "SignalMarket", "openCampaign", *words, USES * _PRICE)
    for start in range(0, USES, _USES):
        uses = b"".join(bytes((n % 22,)) + addresses[n % PEOPLE] for n in range(start, start + _USES))
        await node.send(advertiser, market, "SignalMarket", "recordUses", *words, start, uses)
        told("uses", start + _USES, USES)

    for start in range(0, PEOPLE, _ATTESTATIONS):
        some = addresses[start : start + _ATTESTATIONS]
        records = b"".join(address + keccak(address) for address in some)
        await node.send(operator, deployment.profile_registry, "ProfileRegistry", "attestBatch", records)
        told("attestations", start + len(some), PEOPLE)


def _address(person: PrivateKey) -> bytes:
    return keccak(person.public_key.format(compressed=False)[1:])[-20:]


def _grant_signer(deployment: Deployment, terms: ConsentTerms, now: int) -> Callable[[bytes, PrivateKey], bytes]:
    """Signs grants of the same terms: only the subject's word of the struct differs."""
    someone = "0x" + "11" * 20
    message = grant_message(deployment.chain_id, deployment.consent_registry, someone, terms, 1, now)
    kinds = message["types"]["Grant"]
    typehash = keccak(text=f"Grant({','.join(field['type'] + ' ' + field['name'] for field in kinds)})")
    values = [message["message"][field["name"]] for field in kinds[1:]]
    rest = b"".join((int(value, 16) if isinstance(value, str) else value).to_bytes(32, "big") for value in values)
    domain = message["domain"]
    separator = keccak(
        keccak(text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
        + keccak(text=domain["name"])
        + keccak(text=domain["version"])
        + domain["chainId"].to_bytes(32, "big")
        + bytes.fromhex(domain["verifyingContract"][2:]).rjust(32, b"\0")
    )

    def digest(address: bytes) -> bytes:
        return keccak(b"\x19\x01" + separator + keccak(typehash + address.rjust(32, b"\0") + rest))

    assert digest(b"\x11" * 20) == digest_of(message)

    def sign(address: bytes, person: PrivateKey) -> bytes:
        signature = person.sign_recoverable(digest(address), hasher=None)
        # EIP-2098: the recovery bit is the top bit of s.
        return signature[:32] + bytes((signature[32] | signature[64] << 7,)) + signature[33:64]

    return sign


class _Node:
    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http = http
        self._url = url

    async def call(self, method: str, *params: Any) -> Any:
        answer = await self._http.post(
            self._url, json={"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        )
        document = answer.json()
        if "error" in document:
            raise RuntimeError(f"{method}: {document['error']}")
        return document["result"]

    async def ready(self, anvil: Process) -> None:
        while True:
            anvil.check()
            try:
                await self.call("eth_chainId")
            except httpx.TransportError:
                continue
            return

    async def send(self, sender: str, to: str, contract: str, function: str, *arguments: Any) -> None:
        """A transaction of one of Anvil's own accounts, in a block of its own."""
        data = "0x" + encode_call(contract, function, *arguments).hex()
        sent = await self.call("eth_sendTransaction", {"from": sender, "to": to, "data": data, "gas": hex(_GAS)})
        receipt = None
        while receipt is None:  # mined at once, on a busy machine a moment later
            receipt = await self.call("eth_getTransactionReceipt", sent)
        if int(receipt["status"], 16) != 1:
            raise RuntimeError(f"{function} reverted")
