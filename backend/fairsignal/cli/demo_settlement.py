"""A chapter of ``fairsignal demo``: uses that are only logged, settled together, and claimed with a proof."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fairsignal.adapters.chain.rpc import Rpc
from fairsignal.adapters.chain.settlements import RpcSettlementReader
from fairsignal.bootstrap.wallets import Wallet
from fairsignal.cli.api_client import ApiClient
from fairsignal.cli.claim import claim_settled, relay_settled
from fairsignal.cli.console import money
from fairsignal.cli.local_stack import Stack, child_environment
from fairsignal.cli.sign_in import signed_in
from fairsignal.domain.campaign import CampaignTerms, voucher_message
from fairsignal.domain.categories import BY_SLUG
from fairsignal.domain.consent import Purpose, categories_mask
from fairsignal.domain.errors import Unavailable

if TYPE_CHECKING:
    from fairsignal.cli.demo_story import Advertiser, Person, Story

__all__ = ["Settled", "settle_metered"]

_PRICE = 120_001
"""0.120001 tUSD a use: above everybody's floor, and odd, so that rounding shows."""
_USES = 10
_DAY = 86_400
_SETTLE_SECONDS = 300


@dataclass(frozen=True)
class Settled:
    """What the chapter left in the market. Amounts in base units."""

    escrow: int
    pool: int
    operator_share: int


async def settle_metered(
    story: Story,
    api: ApiClient,
    stack: Stack,
    personas: list[Person],
    advertiser: Advertiser,
    operator: Wallet,
) -> Settled:
    """Log uses of a metered campaign, settle them, have people claim them; -> what is left."""
    terms = await _open(story, api, advertiser, operator)
    await _use(story, api, personas, terms)
    gross = await _settle(story, api, stack)
    await _claim(story, api, stack, personas)
    rpc = Rpc(stack.chain.rpc_url)
    try:
        market = RpcSettlementReader(rpc, operator.reader.deployment)
        books = await market.books(operator.address)
        (escrow,) = await market.escrows(operator.address, [terms.id])
    finally:
        await rpc.close()
    numbers = story.numbers["settled"]
    numbers |= {"people": books.total, "operator": gross - books.total, "unclaimed": books.pool}
    return Settled(escrow, books.pool, books.operator_share)


async def _open(story: Story, api: ApiClient, advertiser: Advertiser, operator: Wallet) -> CampaignTerms:
    with story.step("a second campaign is metered: its uses are logged, and settled together later") as say:
        wallet = advertiser.wallet
        deployment = wallet.reader.deployment
        now = (await wallet.reader.head()).timestamp
        wanted = ["travel", "outdoors", "photography", "fitness", "fashion", "music", "cooking", "languages"]
        terms = CampaignTerms(
            advertiser=wallet.address,
            operator=operator.address,
            purpose=Purpose.AD_TARGETING,
            categories=categories_mask(wanted),
            price_per_use=_PRICE,
            ends_at=now + 30 * _DAY,
            salt=2,
            metered=True,
        )
        await wallet.writer.mint(wallet.address, _USES * _PRICE)
        await wallet.writer.approve(deployment.signal_market, _USES * _PRICE)
        mined = await wallet.writer.open_campaign(terms, _USES * _PRICE)
        voucher = voucher_message(deployment.chain_id, deployment.signal_market, terms.id, _USES)
        signature = "0x" + wallet.signer.sign_typed(voucher).hex()
        await api.post("/v1/campaigns", {"terms": terms.as_json(), "ceiling": _USES, "signature": signature})
        price = money(_PRICE, deployment.token_decimals, deployment.token_symbol)
        say(f"campaign 0x{terms.id.hex()[:12]}… in block {mined.block}, {price} a use")
    return terms


async def _use(story: Story, api: ApiClient, personas: list[Person], terms: CampaignTerms) -> None:
    from fairsignal.cli.demo_story import decide, pay_use

    with story.step("decisions give tokens; a confirmed token is one entry in the use log, and no transaction") as say:
        logged, refused = 0, dict[str, str]()
        for round_number in range(_USES // len(personas) + 1):
            for person in personas:
                answer = (await decide(api, [person], terms))[person.address]
                if not answer["allowed"]:
                    refused.setdefault(person.name, answer["rule"])
                    continue
                await pay_use(api, answer["token"], f"demo-metered-{person.name}-{round_number}")
                assert answer["category"] in BY_SLUG
                logged += 1
        for name, rule in refused.items():
            say(f"{name}: no more: {rule}")
        say(f"{logged} uses in the log; nothing of them on chain yet")
        story.numbers["settled"] = {"uses": logged}


async def _settle(story: Story, api: ApiClient, stack: Stack) -> int:
    with story.step(
        "the epoch is settled: keepers recompute it from the log, sign, and one transaction books it"
    ) as say:
        await stack.chain.finalize()
        (epoch,) = await _settle_command(stack)
        view = await api.get(f"/v1/epochs/{epoch['epoch']}")
        transaction = await stack.chain.rpc("eth_getTransactionReceipt", epoch["tx_hash"])
        gas = int(transaction["gasUsed"], 16)
        say(f"epoch {epoch['epoch']}: {epoch['uses']} uses in block {epoch['block']}, gas {gas:,} for all of them")
        say(f"its log is on IPFS, encrypted: {view['log_cid']}")
        numbers = story.numbers["settled"]
        if epoch["uses"] != numbers["uses"]:
            raise Unavailable(f"{epoch['uses']} of {numbers['uses']} uses were settled.", code="not-settled")
        numbers |= {"epoch": epoch["epoch"], "gross": int(epoch["gross"]), "gas": gas, "log_cid": view["log_cid"]}
        return int(epoch["gross"])


async def _settle_command(stack: Stack) -> list[dict[str, Any]]:
    """``fairsignal settle --now``, beside the backend."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "fairsignal", "settle", "--now", "--json"),
        env=child_environment(stack.backend_environment),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, said = await asyncio.wait_for(process.communicate(), _SETTLE_SECONDS)
    if process.returncode:
        raise Unavailable(f"The settlement failed: {said.decode(errors='replace').strip()[-300:]}", code="not-settled")
    rows: list[dict[str, Any]] = json.loads(output)
    return rows


async def _claim(story: Story, api: ApiClient, stack: Stack, personas: list[Person]) -> None:
    with story.step(
        "people claim with a proof under the settled root: by an own transaction, or signed, for free"
    ) as say:
        claimed = 0
        for number, person in enumerate(personas):
            wallet = person.wallet
            deployment = wallet.reader.deployment
            headers = await signed_in(api, stack.url, wallet.signer, wallet.reader.chain_id)
            before = await wallet.reader.balance_of(person.address)
            paid = await (claim_settled if number == 0 else relay_settled)(wallet, api, headers)
            if not paid:
                continue
            received = await wallet.reader.balance_of(person.address) - before
            claimed += received
            how = "own transaction" if number == 0 else "relayed signature"
            say(f"{person.name}: {money(received, deployment.token_decimals, deployment.token_symbol)}, {how}")
        story.numbers["settled"]["claimed"] = claimed
