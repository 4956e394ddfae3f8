"""Receipts of consents on a real chain: issued by the backend, checked by the command that needs no backend."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from fairsignal.bootstrap.wallets import Wallet
from fairsignal.cli.api_client import ApiClient
from fairsignal.cli.local_stack import Stack
from fairsignal.domain.consent_receipt import receipt_message
from fairsignal.domain.receipt_check import receipt_digest, signed_receipt
from tests.e2e.actors import Someone
from tests.e2e.signing_in import sign_in
from tests.e2e.test_servers import fairsignal


@pytest.fixture
async def http(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=stack.url, timeout=60) as client:
        yield client


@pytest.fixture
async def person(api: ApiClient, stack: Stack, wallets: list[Wallet]) -> Someone:
    """Who consented to two categories."""
    someone = Someone(wallets[0])
    await api.post("/v1/consents/relay", await someone.grant_body(stack.operator.address, ["travel", "cooking"]))
    return someone


async def receipt_of(http: httpx.AsyncClient, stack: Stack, person: Someone, event: str = "Granted") -> dict[str, Any]:
    """The receipt, once the backend has followed the chain so far."""
    headers = await sign_in(http, stack.url, person.signer)
    async with asyncio.timeout(30):
        while True:
            answer = await http.get("/v1/me/receipts/1", headers=headers)
            if answer.status_code == 200 and on_chain(answer.json())["fairsignal:event"] == event:
                document: dict[str, Any] = answer.json()
                return document
            assert answer.status_code in (200, 404, 503), answer.text
            await asyncio.sleep(0.2)


def on_chain(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["receipt"]["dpv:hasRecordOfActivity"]["fairsignal:onChain"]
    return found


async def verified(document: Any, folder: Path, *options: str) -> tuple[int, str]:
    """-> (exit code, what was said)"""
    file = folder / "receipt.json"
    file.write_text(json.dumps(document))
    done = await asyncio.to_thread(fairsignal, "receipts", "verify", str(file), *options)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


async def test_a_receipt_is_whole_signed_and_borne_out_by_the_chain(
    http: httpx.AsyncClient, stack: Stack, person: Someone, tmp_path: Path
) -> None:
    document = await receipt_of(http, stack, person)
    code, said = await verified(document, tmp_path)
    assert code == 0, said
    assert "not checked" in said
    code, said = await verified(document, tmp_path, "--rpc-url", stack.chain.rpc_url, "--json")
    assert code == 0, said
    told = json.loads(said)
    assert (told["subject"], told["operator"]) == (person.address, stack.operator.address)
    assert told["categories"] == ["travel", "cooking"]
    assert told["on_chain"] == {"block": told["on_chain"]["block"], "unchanged": True, "in_force": True}


async def test_an_altered_receipt_is_refused(
    http: httpx.AsyncClient, stack: Stack, person: Someone, tmp_path: Path
) -> None:
    document = await receipt_of(http, stack, person)
    document["receipt"]["dpv:hasRecordOfActivity"]["fairsignal:terms"]["fairsignal:usesPerDay"] = 4_000
    code, said = await verified(document, tmp_path)
    assert (code, "[receipt-altered]" in said) == (1, True)


async def test_a_receipt_that_somebody_else_signed_is_refused(
    http: httpx.AsyncClient, stack: Stack, person: Someone, tmp_path: Path
) -> None:
    document = await receipt_of(http, stack, person)
    code, said = await verified(signed_by(document["receipt"], person), tmp_path)
    assert (code, "[wrong-signer]" in said) == (1, True)


def signed_by(receipt: dict[str, Any], person: Someone) -> dict[str, Any]:
    registry = person.reader.reader.deployment.consent_registry
    message = receipt_message(31337, registry, receipt_digest(receipt))
    return signed_receipt(receipt, person.signer.sign_typed(message))


async def test_a_consent_that_the_chain_did_not_record_is_refused(
    http: httpx.AsyncClient, stack: Stack, person: Someone, api: ApiClient, wallets: list[Wallet], tmp_path: Path
) -> None:
    """The operator itself signs for another person's transaction, another block, and a transaction that never was."""
    document, other = await receipt_of(http, stack, person), Someone(wallets[0])
    await api.post("/v1/consents/relay", await other.grant_body(stack.operator.address, ["cars"]))
    foreign = on_chain(await receipt_of(http, stack, other))
    for change in (
        {"fairsignal:transaction": foreign["fairsignal:transaction"]},
        {"fairsignal:transaction": "0x" + "ab" * 32},
        {"fairsignal:block": on_chain(document)["fairsignal:block"] + 1},
    ):
        receipt = json.loads(json.dumps(document["receipt"]))
        receipt["dpv:hasRecordOfActivity"]["fairsignal:onChain"].update(change)
        if "fairsignal:block" in change:
            for name in ("@id", "dpv:hasIdentifier"):
                receipt[name] = receipt[name].rsplit(":", 1)[0] + f":{change['fairsignal:block']}"
        forged = signed_by(receipt, Someone(wallets[0], signer=stack.operator))
        code, said = await verified(forged, tmp_path)
        assert code == 0, said  # without a node there is nothing to tell it by
        code, said = await verified(forged, tmp_path, "--rpc-url", stack.chain.rpc_url)
        assert (code, "[not-on-chain]" in said) == (1, True), said


async def test_a_receipt_of_another_chain_is_refused(
    http: httpx.AsyncClient, stack: Stack, person: Someone, tmp_path: Path
) -> None:
    document = await receipt_of(http, stack, person)
    text = json.dumps(document["receipt"]).replace("eip155:31337", "eip155:1").replace(":31337:", ":1:")
    receipt = json.loads(text)
    registry = person.reader.reader.deployment.consent_registry
    forged = signed_receipt(receipt, stack.operator.sign_typed(receipt_message(1, registry, receipt_digest(receipt))))
    code, said = await verified(forged, tmp_path, "--rpc-url", stack.chain.rpc_url)
    assert (code, "[wrong-chain]" in said) == (1, True), said


async def test_after_a_revocation_the_old_receipt_says_what_was_and_a_new_one_what_is(
    http: httpx.AsyncClient, stack: Stack, person: Someone, api: ApiClient, tmp_path: Path
) -> None:
    before = await receipt_of(http, stack, person)
    await api.post("/v1/consents/relay-revocation", await person.revocation_body(stack.operator.address))
    after = await receipt_of(http, stack, person, "Revoked")
    for document, unchanged in ((before, False), (after, True)):
        code, said = await verified(document, tmp_path, "--rpc-url", stack.chain.rpc_url, "--json")
        assert code == 0, said
        told = json.loads(said)["on_chain"]
        assert (told["unchanged"], told["in_force"]) == (unchanged, False)
    statuses = after["receipt"]["dpv:hasRecordOfActivity"]["dpv:hasConsentStatus"]
    assert statuses[-1]["@type"] == "dpv:ConsentWithdrawn"


async def test_receipts_are_listed_and_are_ones_own(http: httpx.AsyncClient, stack: Stack, person: Someone) -> None:
    await receipt_of(http, stack, person)
    mine = await sign_in(http, stack.url, person.signer)
    listed = (await http.get("/v1/me/receipts", headers=mine)).json()
    assert [(entry["purpose"], entry["version"]) for entry in listed["receipts"]] == [(1, 1)]
    theirs = await sign_in(http, stack.url, Someone(person.reader).signer)
    assert (await http.get("/v1/me/receipts", headers=theirs)).json()["receipts"] == []
    answer = await http.get("/v1/me/receipts/1", headers=theirs)
    assert (answer.status_code, answer.json()["code"]) == (404, "no-such-consent")


async def test_a_file_that_is_no_receipt_is_told_so(tmp_path: Path) -> None:
    for document in ("hello", {"receipt": {}}):
        code, said = await verified(document, tmp_path)
        assert (code, "[bad-receipt]" in said) == (1, True)
