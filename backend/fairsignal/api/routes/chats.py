"""The operator's feed: chats in OpenAI message format become a sealed profile. The text is read, reduced, dropped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from fairsignal.api.deps import BackendDep
from fairsignal.api.fields import Address, Bytes32, Strict, from_hex
from fairsignal.domain.errors import BadInput, Refused
from fairsignal.domain.signals import Message
from fairsignal.market.consents import allowed_slugs

router = APIRouter(prefix="/v1/chats", tags=["chats"])


class ChatMessage(Strict):
    """One turn. Only the person's own (role ``user``) count."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str = Field(max_length=200_000, repr=False)
    created: int = Field(default=0, ge=0, description="Unix seconds; 0 when unknown")


class Chat(Strict):
    """One conversation."""

    id: str = Field(min_length=1, max_length=128)
    messages: list[ChatMessage] = Field(min_length=1, max_length=10_000)


class ChatsRequest(Strict):
    """A subject's conversations, and the public key that its own copy is sealed to."""

    subject: Address
    subject_key: Bytes32 = Field(description="X25519 public key")
    chats: list[Chat] = Field(min_length=1, max_length=10_000)


class ChatsResponse(BaseModel):
    """What became of them. Never which interests were found: only the subject can open those."""

    cid: str
    digest: str
    version: int
    messages: int
    used: int
    dropped: dict[str, int] = Field(description="rule -> number of messages")
    personal_data: dict[str, int] = Field(description="kind -> pieces removed")
    keepers: int = Field(description="keepers that acknowledged their shares")
    tx_hash: str


def _own_messages(chats: list[Chat]) -> Iterator[Message]:
    for chat in chats:
        for index, message in enumerate(chat.messages):
            if message.role == "user" and message.content.strip():
                yield Message(
                    id=f"{chat.id}/{index}", conversation=chat.id, sent_at=message.created, text=message.content
                )


@router.post("")
async def ingest(body: ChatsRequest, backend: BackendDep) -> ChatsResponse:
    """Extract what the subject consented to, seal it, store it, hand the keepers their shares, attest it on chain."""
    allowed = await allowed_slugs(backend.reader, body.subject, backend.writer.sender)
    if not allowed:
        raise Refused(
            "The subject has no consent in force with this operator: nothing is read.",
            remedy="Ask the subject to grant one; POST /v1/consents/relay brings a signed one on chain for free.",
            code="no-consent",
        )
    messages = list(_own_messages(body.chats))
    if not messages:
        raise BadInput(
            "These chats hold no message of the person's own (role `user`).",
            remedy="Send the conversation's user turns too.",
            code="no-own-messages",
        )
    ingested = await backend.profiles.ingest(body.subject, from_hex(body.subject_key), messages, allowed)
    report, published = ingested.report, ingested.published
    return ChatsResponse(
        cid=published.row.cid,
        digest="0x" + published.row.digest.hex(),
        version=published.row.version,
        messages=report.messages,
        used=report.used,
        dropped=dict(report.dropped),
        personal_data=dict(report.personal_data),
        keepers=len(published.row.deposited),
        tx_hash=published.tx_hash,
    )
