"""Sign-In with Ethereum (EIP-4361)."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from fairsignal.api.deps import BackendDep, Session, check_own_page, limit_sign_in, set_session_cookie
from fairsignal.api.fields import Strict, from_hex

router = APIRouter(prefix="/v1/auth", tags=["auth"])

_MAX_SIGNATURE = 16 * 1024
"""Bytes: a wallet that is not deployed yet (ERC-6492) brings the call that deploys it."""


class NonceResponse(BaseModel):
    """What the message to sign has to say; its domain and URI are those of the page that it is signed on."""

    nonce: str
    expires_at: int = Field(description="Unix seconds until which the signed message is taken")
    chain_id: int


class VerifyRequest(Strict):
    """A message as EIP-4361 defines it, and the wallet's signature of it (EIP-191, ERC-1271 or ERC-6492)."""

    message: str = Field(min_length=1, max_length=2_000, repr=False)
    signature: str = Field(pattern=r"^0x([0-9a-fA-F]{2})*$", max_length=2 * _MAX_SIGNATURE + 2, repr=False)
    keep: Literal["token", "cookie"] = Field(
        default="token",
        description="token: it is in the answer, to be sent as `Authorization: Bearer`; cookie: in an HttpOnly cookie "
        "and nowhere else, for pages that this backend serves",
    )


class SessionView(BaseModel):
    """Who is signed in, and until when."""

    address: str
    expires_at: int = Field(description="Unix seconds")


class SessionStarted(SessionView):
    token: str | None = Field(description="null when it is in the cookie")


class LogoutRequest(Strict):
    everywhere: bool = Field(default=False, description="end all sessions of this wallet")


@router.post("/nonce", dependencies=[Depends(limit_sign_in)])
async def nonce(backend: BackendDep) -> NonceResponse:
    """A nonce for one attempt to sign in, within five minutes."""
    given = await backend.access.sign_in.nonce()
    return NonceResponse(nonce=given.nonce, expires_at=given.expires_at, chain_id=given.chain_id)


@router.post("/verify", dependencies=[Depends(limit_sign_in)])
async def verify(body: VerifyRequest, request: Request, response: Response, backend: BackendDep) -> SessionStarted:
    """Begin a session."""
    if body.keep == "cookie":
        check_own_page(request, backend)
    started = await backend.access.sign_in.start(body.message, from_hex(body.signature))
    response.headers["Cache-Control"] = "no-store"
    if body.keep == "cookie":
        set_session_cookie(response, backend, started.token, started.lifetime)
    return SessionStarted(
        address=started.address,
        expires_at=started.expires_at,
        token=None if body.keep == "cookie" else started.token,
    )


@router.get("/session")
async def session(session: Session) -> SessionView:
    """Who is signed in."""
    return SessionView(address=session.address, expires_at=session.expires_at)


@router.post("/logout", status_code=204)
async def logout(session: Session, response: Response, backend: BackendDep, body: LogoutRequest | None = None) -> None:
    """End the session that asks, or all of its wallet, at once."""
    await backend.access.sign_in.end(session, everywhere=body is not None and body.everywhere)
    set_session_cookie(response, backend, "", 0)
