"""Signing in to a backend with a key (EIP-4361), from the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

from eth_utils.crypto import keccak

from fairsignal.cli.api_client import ApiClient
from fairsignal.ports import Signer

__all__ = ["signed_in"]


async def signed_in(api: ApiClient, url: str, signer: Signer, chain_id: int) -> dict[str, str]:
    """-> headers of requests that are the signer's.

    Args:
        url: origin of the backend.

    Raises:
        FairsignalError: the backend does not take it, or does not answer.
    """
    origin = urlsplit(url)
    nonce = (await api.post("/v1/auth/nonce", {}))["nonce"]
    issued = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    text = (
        f"{origin.netloc} wants you to sign in with your Ethereum account:\n{signer.address}\n\n"
        f"Sign in to Fairsignal.\n\nURI: {origin.scheme}://{origin.netloc}\nVersion: 1\nChain ID: {chain_id}\n"
        f"Nonce: {nonce}\nIssued At: {issued}"
    )
    # EIP-191: what wallets sign of a text.
    digest = keccak(f"\x19Ethereum Signed Message:\n{len(text)}{text}".encode())
    signature = "0x" + (await signer.sign_digest(digest)).hex()
    answer = await api.post("/v1/auth/verify", {"message": text, "signature": signature})
    return {"Authorization": f"Bearer {answer['token']}"}
