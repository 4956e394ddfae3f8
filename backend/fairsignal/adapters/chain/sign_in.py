"""``ports.SignInVerifier`` with the library ``siwe`` (distribution ``signinwithethereum``), EIP-4361."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import requests
from eth_utils.address import to_checksum_address
from siwe import ISO8601Datetime, SiweMessage, VerificationError  # type: ignore[import-untyped]  # it has no py.typed
from web3 import HTTPProvider
from web3.exceptions import Web3Exception

from fairsignal.domain.errors import BadInput, Unavailable
from fairsignal.ports import SignInMessage

__all__ = ["MAX_MESSAGE", "SiweVerifier"]

MAX_MESSAGE = 2_000
"""Characters of a message."""


class SiweVerifier:
    """Parsing takes milliseconds and the library's calls to the node block: both happen in threads."""

    def __init__(self, rpc_url: str, timeout: timedelta) -> None:
        self._provider = HTTPProvider(
            rpc_url, request_kwargs={"timeout": timeout.total_seconds()}, exception_retry_configuration=None
        )

    async def read(self, text: str) -> SignInMessage:
        try:
            if len(text) > MAX_MESSAGE:
                raise ValueError
            parsed = await asyncio.to_thread(_parse, text)
            return SignInMessage(
                text=text,
                address=str(to_checksum_address(parsed.address)),
                scheme=parsed.scheme or "",
                domain=parsed.domain,
                uri=str(parsed.uri),
                chain_id=parsed.chain_id,
                nonce=parsed.nonce,
                issued_at=_seconds(parsed.issued_at),
                expires_at=None if parsed.expiration_time is None else _seconds(parsed.expiration_time),
                not_before=None if parsed.not_before is None else _seconds(parsed.not_before),
            )
        except (ValueError, OverflowError) as error:  # pydantic's errors are ValueErrors
            raise BadInput(
                "This is no message to sign in with.",
                remedy="Sign one that follows EIP-4361, with a nonce from POST /v1/auth/nonce.",
                code="bad-sign-in",
            ) from error

    async def is_signed(self, message: SignInMessage, signature: bytes) -> bool:
        return await asyncio.to_thread(self._is_signed, message, signature)

    def _is_signed(self, message: SignInMessage, signature: bytes) -> bool:
        parsed = _parse(message.text)
        # Times were judged by who called; the library's own judgement knows no skew.
        when = max(filter(None, (parsed.issued_at, parsed.not_before)), key=_seconds)
        try:
            parsed.verify("0x" + signature.hex(), timestamp=datetime.fromisoformat(when), provider=self._provider)
        except (requests.RequestException, OSError) as error:
            raise Unavailable("The node did not answer.", remedy="Try again.") from error
        except (VerificationError, Web3Exception):
            return False
        return True


def _parse(text: str) -> SiweMessage:
    message = SiweMessage.from_message(text)
    # What is verified is what the library writes anew; a text that it writes differently was not what was shown.
    if message.prepare_message() != text:
        raise ValueError
    return message


def _seconds(time: ISO8601Datetime) -> float:
    return datetime.fromisoformat(time).timestamp()
