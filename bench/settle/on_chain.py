"""One real settlement on Anvil: ten campaigns with money in escrow, signed by keepers, booked by the contract."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from bench.settle.scene import PRICE, Scene
from fairsignal.adapters.chain.rpc import Rpc
from fairsignal.adapters.chain.settlements import RpcSettlementReader
from fairsignal.bootstrap.wallets import dev_wallets, open_wallet
from fairsignal.cli.local_stack import local_chain
from fairsignal.domain.settlement import Settlement, pack_quorum, settlement_message

THRESHOLD, KEEPERS = 3, 5


async def settle_gas(folder: Path, scene: Scene, settlement: Settlement) -> tuple[int, int]:
    """Gas of the transactions that settle an operator's first epoch, and another one like it."""
    wallets = dev_wallets(20)
    async with local_chain(folder) as chain, AsyncExitStack() as resources:
        owner, operator, advertiser = [
            await resources.enter_async_context(open_wallet(chain.rpc_url, chain.deployment, wallets[number]))
            for number in (0, 1, 3)
        ]
        deployment = owner.reader.deployment
        keepers = wallets[20 - KEEPERS :]
        await owner.writer.set_keepers([keeper.address for keeper in keepers], THRESHOLD)
        await operator.writer.register_operator(operator.address, "https://operator.example/terms")
        budget = 2 * scene.uses * PRICE
        await advertiser.writer.mint(advertiser.address, len(scene.campaigns()) * budget)
        await advertiser.writer.approve(deployment.signal_market, len(scene.campaigns()) * budget)
        for terms in scene.campaigns():
            await advertiser.writer.open_campaign(terms, budget)
        rpc = Rpc(chain.rpc_url)
        resources.push_async_callback(rpc.close)
        market = RpcSettlementReader(rpc, deployment)
        used = []
        for epoch in (1, 2):
            # The second one has the same uses again.
            each = replace(settlement, epoch=epoch, total=epoch * settlement.total)
            books = await market.books(operator.address)
            message = settlement_message(deployment.chain_id, deployment.signal_market, each, books.root)
            signatures = {keeper.address: keeper.sign_typed(message) for keeper in keepers}
            mined = await operator.writer.settle(each, pack_quorum(signatures, THRESHOLD))
            used.append(mined.gas_used)
        return used[0], used[1]
