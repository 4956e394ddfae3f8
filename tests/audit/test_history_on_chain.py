"""A history that is fed with events answers as the contract does, at every block."""

from __future__ import annotations

import random
import secrets
from dataclasses import dataclass
from typing import Any

import pytest

from fairsignal.adapters.chain import load_deployment
from fairsignal.adapters.chain.contracts import decode_log, decode_output, encode_call, event_topic
from fairsignal.bootstrap.wallets import dev_wallets
from fairsignal.cli.local_stack import LocalChain
from fairsignal.domain.consent import Consent, lane_of
from fairsignal.domain.consent_history import ConsentHistory

PURPOSES = (1, 3, 5)
OPERATOR = dev_wallets(2)[1].address
LANES = tuple(lane_of(OPERATOR, purpose) for purpose in PURPOSES)
BLOCKS = 24


@dataclass
class World:
    """Some people who do whatever the contract lets them; Anvil signs for all of them."""

    chain: LocalChain
    registry: str
    operators: str
    people: list[str]
    attester: str

    async def send(self, sender: str, function: str, *arguments: Any, contract: str = "ConsentRegistry") -> None:
        call = {
            "from": sender,
            "to": self.registry if contract == "ConsentRegistry" else self.operators,
            "data": "0x" + encode_call(contract, function, *arguments).hex(),
            "gas": hex(400_000),
        }
        await self.chain.rpc("eth_sendTransaction", call)

    async def call(self, function: str, *arguments: Any, block: int) -> tuple[Any, ...]:
        data = "0x" + encode_call("ConsentRegistry", function, *arguments).hex()
        answer = await self.chain.rpc("eth_call", {"to": self.registry, "data": data}, hex(block))
        return decode_output("ConsentRegistry", function, bytes.fromhex(answer[2:]))

    async def head(self) -> tuple[int, int]:
        block = await self.chain.rpc("eth_getBlockByNumber", "latest", False)
        return int(block["number"], 16), int(block["timestamp"], 16)

    async def do_something(self, rng: random.Random, now: int) -> None:
        """One transaction of somebody, which may be refused."""
        person, other, lane = rng.choice(self.people), rng.choice(self.people), rng.choice(LANES)
        block, _ = await self.head()
        (stored,) = await self.call("consentOf", person, lane, block=block)
        _, _, guardian = await self.call("subjectState", person, block=block)
        ends_at = now + rng.choice((30, 3_600, 86_400))
        terms = rng.getrandbits(100) | 1 | ends_at << 160 | rng.randrange(1, 9) << 224
        sender, function, *arguments = rng.choice(
            [
                *[(person, "grant", lane, terms)] * 8,
                (person, "revoke", lane),
                (person, "revokeAll"),
                (person, "setGuardian", other),
                (guardian, "markMinor", person, True, guardian),
                (self.attester, "markMinor", person, rng.random() < 0.5, other),
                *[(guardian, "approveAsGuardian", person, lane, stored)] * 4,
                (guardian, "revokeForWard", person, lane),
                (guardian, "revokeAllForWard", person),
            ]
        )
        await self.send(sender, function, *arguments)

    async def history(self, first: int, last: int) -> ConsentHistory:
        """Fed with what ``eth_getLogs`` says of these blocks."""
        names = ("Granted", "Revoked", "Approved", "RevokedAll", "GuardianSet")
        topics = {"0x" + event_topic("ConsentRegistry", name).hex(): name for name in names}
        query = {"address": self.registry, "fromBlock": hex(first), "toBlock": hex(last), "topics": [list(topics)]}
        history = ConsentHistory()
        for log in await self.chain.rpc("eth_getLogs", query):
            name = topics[log["topics"][0]]
            words = [bytes.fromhex(topic[2:]) for topic in log["topics"]]
            said = decode_log("ConsentRegistry", name, words, bytes.fromhex(log["data"][2:]))
            place = {"block": int(log["blockNumber"], 16), "log_index": int(log["logIndex"], 16)}
            subject = bytes.fromhex(said["subject"][2:])
            if name == "RevokedAll":
                time = await self.chain.rpc("eth_getBlockByNumber", log["blockNumber"], False)
                history.revoked_all(subject, timestamp=int(time["timestamp"], 16), **place)
            elif name == "GuardianSet":
                history.guardian_set(subject, said["minor"], **place)
            else:
                history.stored(subject, said["lane"], said["consent"], **place)
        return history


@pytest.fixture
async def world(chain: LocalChain) -> World:
    deployment = load_deployment(chain.deployment)
    people = ["0x" + secrets.token_hex(20) for _ in range(4)]
    await chain.rpc("anvil_autoImpersonateAccount", True)
    attester = "0x" + secrets.token_hex(20)
    for account in (*people, attester, "0x" + "00" * 20):
        await chain.rpc("anvil_setBalance", account, hex(10**20))
    made = World(chain, deployment.consent_registry, deployment.operator_registry, people, attester)
    owner = dev_wallets(1)[0].address
    await made.send(owner, "setAgeAttester", attester, True, contract="OperatorRegistry")
    return made


@pytest.mark.parametrize("seed", range(3))
async def test_the_history_says_at_every_block_what_the_contract_said(world: World, seed: int) -> None:
    rng = random.Random(seed)
    first, now = await world.head()
    for _ in range(BLOCKS):
        now += rng.choice((1, 1, 12, 45, 4_000))
        await world.chain.rpc("evm_setAutomine", False)
        for _ in range(rng.randrange(6)):
            await world.do_something(rng, now)
        await world.chain.rpc("evm_setNextBlockTimestamp", now)
        await world.chain.rpc("evm_mine")
        await world.chain.rpc("evm_setAutomine", True)
    last, _ = await world.head()
    history = await world.history(first + 1, last)

    counted = 0
    for block in range(first + 1, last + 1):
        mined = await world.chain.rpc("eth_getBlockByNumber", hex(block), False)
        time = int(mined["timestamp"], 16)
        if block == first + BLOCKS // 2:
            history.forget_before(block)
        for lane in LANES:
            (words,) = await world.call("areInForce", world.people, lane, block=block)
            for person, word in zip(world.people, words, strict=True):
                found = history.in_force(bytes.fromhex(person[2:]), lane, block=block, timestamp=time)
                assert found == (Consent.from_word(word) if word else None), (seed, block, lane & 0xFF)
                counted += found is not None
    assert counted > 15, "the random people have to consent to something"
