"""A contract that counts how often each 32-byte word was sent to it: what happens once has a count of one."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from fairsignal.adapters.chain import FeePolicy, LocalSigner, Timings, connect
from fairsignal.adapters.chain.outbox import Outbox
from fairsignal.adapters.chain.rpc import Rpc
from fairsignal.adapters.chain.sender import Sender
from fairsignal.adapters.clock import SystemClock
from fairsignal.cli.local_stack import Process, anvil_binary, free_port
from fairsignal.domain.errors import Unavailable

COUNTER = "0x00000000000000000000000000000000C0000001"
REVERTS = "0x00000000000000000000000000000000C0000002"
_COUNT = "0x60003580546001019055" + "00"
"""storage[calldata[0:32]] += 1"""
_REVERT = "0x60006000fd"
CHAIN_ID = 31337
AT_ONCE = Timings(mining=timedelta(seconds=30), reprice=timedelta(0))
SOON = Timings(mining=timedelta(milliseconds=20), reprice=timedelta(0))
"""Who waits gives up at once."""
PATIENT = Timings(mining=timedelta(milliseconds=20), reprice=timedelta(hours=1))
GWEI = 10**9


@dataclass
class Chain:
    """An Anvil of its own that mines only when told to, except while ``automine`` is on."""

    rpc: Rpc
    process: Process

    @property
    def url(self) -> str:
        return self.rpc.url

    async def ask(self, method: str, *params: Any) -> Any:
        return await self.rpc.request(method, *params)

    async def mine(self, blocks: int = 1) -> None:
        await self.ask("anvil_mine", hex(blocks))

    async def automine(self, on: bool) -> None:
        await self.ask("evm_setAutomine", on)

    async def funded(self) -> LocalSigner:
        signer = LocalSigner(secrets.token_bytes(32))
        await self.ask("anvil_setBalance", signer.address, hex(10**20))
        return signer

    async def count(self, word: bytes) -> int:
        return int(await self.ask("eth_getStorageAt", COUNTER, "0x" + word.hex(), "latest"), 16)

    async def nonce(self, address: str, tag: str = "latest") -> int:
        return int(await self.ask("eth_getTransactionCount", address, tag), 16)

    async def drop(self, tx_hash: str) -> None:
        assert await self.ask("anvil_dropTransaction", tx_hash) == tx_hash

    async def make_dear(self, base_fee: int) -> None:
        """Mine two blocks whose base fee is more than what waits offers."""
        for _ in range(2):
            await self.ask("anvil_setNextBlockBaseFeePerGas", hex(base_fee))
            await self.mine()

    async def make_cheap(self) -> None:
        """Mine a block whose base fee, and the next one's, is a tenth of a gwei."""
        await self.ask("anvil_setNextBlockBaseFeePerGas", hex(GWEI // 10))
        await self.mine()

    def sender(
        self,
        signer: LocalSigner,
        outbox: Outbox,
        *,
        timings: Timings = AT_ONCE,
        fees: FeePolicy | None = None,
        room: int = 32,
    ) -> Sender:
        return Sender(
            self.rpc, CHAIN_ID, signer, outbox, SystemClock(), timings=timings, fees=fees or FeePolicy(), room=room
        )


def a_word() -> bytes:
    return secrets.token_bytes(32)


async def committed(sender: Sender, word: bytes, *, urgent: bool = False) -> None:
    """Send a word while nothing is mined: whoever waits gives up, the outbox does not."""
    try:
        await sender.send(COUNTER, word, "count", key=word, urgent=urgent)
    except Unavailable:
        return
    raise AssertionError("it was mined")


async def until(condition: Any, seconds: float = 20) -> None:
    """Ask until it is true."""
    for _ in range(int(seconds / 0.05)):
        if await condition():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come true")


@asynccontextmanager
async def running_chain(directory: Path) -> AsyncIterator[Chain]:
    port = free_port()
    command = [anvil_binary(), "--port", str(port), "--hardfork", "prague", "--slots-in-an-epoch", "1", "--silent"]
    process = Process.start("anvil", [*command, "--no-mining"], directory)
    try:
        for attempt in range(200):
            process.check()
            try:
                rpc = await connect(f"http://127.0.0.1:{port}", CHAIN_ID)
                break
            except Unavailable:
                if attempt == 199:
                    raise
                await asyncio.sleep(0.05)
        try:
            chain = Chain(rpc, process)
            await chain.ask("anvil_setCode", COUNTER, _COUNT)
            await chain.ask("anvil_setCode", REVERTS, _REVERT)
            await chain.mine(3)
            yield chain
        finally:
            await rpc.close()
    finally:
        process.stop()
