"""What people write, who they are, and what opens something is in no log."""

from __future__ import annotations

import asyncio
import json
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from fairsignal.bootstrap.wallets import Wallet
from fairsignal.cli.api_client import ApiClient
from fairsignal.cli.local_stack import Stack, free_port, start_backend
from tests.e2e.actors import TRAVEL_CHATS, Buyer, Someone
from tests.e2e.signing_in import personal_signature, signed_body

MAIL = "ada.private@example.org"
SAID = [*TRAVEL_CHATS, f"write to me at {MAIL}, my number is +44 20 7946 0958"]


@asynccontextmanager
async def logged_backend(stack: Stack, folder: Path) -> AsyncIterator[tuple[str, dict[str, str]]]:
    """-> (URL, headers with an API key for everything); its log is in ``folder/logs``."""
    environment = stack.backend_environment | {"FAIRSIGNAL_DATA_DIR": str(folder / "data")}
    scopes = [word for scope in ("chats", "decisions", "uses") for word in ("--scope", scope)]
    command = [sys.executable, "-m", "fairsignal", "keys", "create", "--label", "all", *scopes, "--json"]
    made = await asyncio.to_thread(
        subprocess.run, command, env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    url = f"http://127.0.0.1:{free_port()}"
    process = await start_backend(replace(stack.chain, directory=folder), url, environment)
    try:
        yield url, {"Authorization": f"Bearer {json.loads(made.stdout)['key']}"}
    finally:
        process.stop()


async def live(url: str, key: dict[str, str], person: Someone, buyer: Buyer, operator: str) -> list[str]:
    """Everything a person, an advertiser and an operator do, well and badly -> what must not be told."""
    async with httpx.AsyncClient(base_url=url, timeout=60) as http, ApiClient(url) as api:
        body = await signed_body(http, url, person.signer)
        session = (await http.post("/v1/auth/verify", json=body)).json()["token"]
        forged = body | {"signature": personal_signature(secrets.token_bytes(32), body["message"])}
        mine = {"Authorization": f"Bearer {session}"}
        grant = await person.grant_body(operator, ["travel"])
        await api.post("/v1/consents/relay", grant)
        await api.post("/v1/chats", person.chats_body(SAID), **key)
        terms = await buyer.open(api, operator, ["travel"])
        decided = (await http.post("/v1/decisions", headers=key, json=await decision(person, terms.id))).json()
        revocation = await person.revocation_body(operator)
        for method, path, headers, sent in [
            ("POST", "/v1/auth/verify", {}, body),
            ("POST", "/v1/auth/verify", {}, forged),
            ("POST", "/v1/consents/relay", {}, grant),
            ("POST", "/v1/consents/relay", {}, grant | {"subject": MAIL}),
            ("POST", "/v1/chats", key, person.chats_body(SAID) | {"subject": MAIL}),
            ("POST", "/v1/chats", mine, person.chats_body(SAID)),
            ("POST", "/v1/chats", key, {"chats": SAID}),
            ("POST", "/v1/release", {}, {"terms": MAIL}),
            ("GET", f"/v1/erasures/{person.address}", {}, None),
            ("GET", f"/v1/blobs/{MAIL}", {}, None),
            ("GET", "/v1/me/profile", mine, None),
            ("GET", "/v1/me/consents", mine, None),
            ("GET", "/v1/me/earnings", mine, None),
            ("GET", "/v1/me/export", mine, None),
            ("GET", "/v1/me/uses", mine, None),
            ("POST", "/v1/uses", key | {"Idempotency-Key": "log-test-1"}, {"token": token_of(decided)}),
            ("POST", "/v1/uses", key | {"Idempotency-Key": "log-test-2"}, {"token": "x" + token_of(decided)}),
            ("POST", "/v1/consents/relay-revocation", {}, revocation),
            ("POST", "/v1/auth/logout", mine, None),
            ("GET", "/v1/auth/session", mine, None),
        ]:
            answer = await http.request(method, path, headers=headers, json=sent)
            assert answer.status_code != 500, (method, path)
    return [
        *SAID,
        MAIL,
        "7946",
        person.address,
        person.address[2:],
        session,
        body["message"],
        body["signature"],
        grant["signature"],
        revocation["signature"],
        key["Authorization"].split(" ")[1],
        token_of(decided),
    ]


async def decision(person: Someone, campaign: bytes) -> dict[str, Any]:
    head = await person.reader.reader.head()
    campaigns = ["0x" + campaign.hex()]
    return {"subjects": [person.address], "purpose": 1, "campaigns": campaigns, "min_block": head.number}


def token_of(decided: dict[str, Any]) -> str:
    return str(decided["decisions"][0]["token"])


async def test_logs_hold_no_words_of_people_no_addresses_and_no_secrets(
    stack: Stack, wallets: list[Wallet], tmp_path: Path
) -> None:
    person, buyer = Someone(wallets[0]), Buyer(wallets[2])
    async with logged_backend(stack, tmp_path) as (url, key):
        secret_things = await live(url, key, person, buyer, stack.operator.address)
    logs = {path.name: path.read_text("utf-8") for path in (tmp_path / "logs").iterdir()}
    logs |= {path.name: path.read_text("utf-8") for path in (stack.chain.directory / "logs").glob("keeper-*.log")}
    assert '"refused"' in logs["backend.log"]
    assert '"transaction"' in logs["backend.log"]
    told = [(name, thing[:24]) for name, log in logs.items() for thing in secret_things if thing.lower() in log.lower()]
    assert told == []


@pytest.mark.parametrize("name", ["FAIRSIGNAL_KEY", "FAIRSIGNAL_DATABASE_URL", "FAIRSIGNAL_PUBLIC_URL"])
def test_a_wrong_setting_is_told_without_its_value(stack: Stack, tmp_path: Path, name: str) -> None:
    wrong = "https://user:s3cr3t-word@host/x?y=s3cr3t-word"
    environment = stack.backend_environment | {"FAIRSIGNAL_DATA_DIR": str(tmp_path), name: wrong}
    done = subprocess.run(
        [sys.executable, "-m", "fairsignal", "serve", "--port", str(free_port())],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "s3cr3t-word" not in done.stdout + done.stderr
