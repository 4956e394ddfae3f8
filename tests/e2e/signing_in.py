"""Wallets that sign in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from eth_account import Account
from eth_account.messages import encode_defunct
from siwe import SiweMessage

from fairsignal.adapters.chain import LocalSigner


def iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def message(url: str, address: str, nonce: str, **changes: Any) -> str:
    """What a wallet shows; ``changes`` are fields of EIP-4361."""
    fields: dict[str, Any] = {
        "domain": url.split("//")[1],
        "address": address,
        "uri": url,
        "version": "1",
        "chain_id": 31337,
        "nonce": nonce,
        "issued_at": iso(datetime.now(UTC)),
        "statement": "Sign in to Fairsignal.",
    }
    return str(SiweMessage(**fields | changes).prepare_message())


def later(seconds: float) -> str:
    return iso(datetime.now(UTC) + timedelta(seconds=seconds))


def personal_signature(key: bytes, text: str) -> str:
    return "0x" + bytes(Account.sign_message(encode_defunct(text=text), key).signature).hex()


async def new_nonce(http: httpx.AsyncClient) -> str:
    return str((await http.post("/v1/auth/nonce")).json()["nonce"])


async def signed_body(http: httpx.AsyncClient, url: str, signer: LocalSigner, **changes: Any) -> dict[str, Any]:
    """Body of POST /v1/auth/verify."""
    nonce = changes.pop("nonce", None) or await new_nonce(http)
    text = message(url, signer.address, nonce, **changes)
    return {"message": text, "signature": personal_signature(signer._key.secret, text)}


async def sign_in(http: httpx.AsyncClient, url: str, signer: LocalSigner) -> dict[str, str]:
    """-> headers of a signed-in wallet"""
    answer = await http.post("/v1/auth/verify", json=await signed_body(http, url, signer))
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['token']}"}
