"""Telling people what they gave instead of an export, without repeating anything from it."""

from __future__ import annotations

from fairsignal.pipeline.importers.head import Head

__all__ = ["describe"]

# What tells a format apart -> what people call it. The first that fits wins.
_SHAPES: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"chat_messages"}), "a Claude export, which cannot be read yet"),
    (frozenset({"participants", "messages"}), "a Meta (Instagram or Messenger) export, which cannot be read yet"),
    (frozenset({"chatgpt_plus_user"}), "the user.json of a ChatGPT export; the chats are in conversations.json"),
    (frozenset({"evaluation_name"}), "the message_feedback.json of a ChatGPT export; the chats are elsewhere in it"),
    (frozenset({"is_anonymous", "conversation_id"}), "the shared_conversations.json of a ChatGPT export"),
    (frozenset({"name", "version"}), "a package description (package.json)"),
    (frozenset({"type", "features"}), "GeoJSON"),
)


def describe(head: Head) -> str:
    """One sentence that says what the file looks like."""
    if head.container:
        for keys, name in _SHAPES:
            if keys <= head.keys:
                return f"This looks like {name}."
        if head.start.rstrip() in (b"[]", b"{}"):
            return "The file is JSON without any conversation in it."
        return f"This looks like JSON of another kind: an {head.container} that holds no conversations."
    start = head.start[:256].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "This looks like a web page (chat.html); the chats are in the conversations.json beside it."
    if start.startswith(b"%pdf"):
        return "This looks like a PDF."
    if not start:
        return "The file holds nothing but white space."
    if b"\x00" in head.start:
        return "This looks like a binary file, not like JSON."
    return "The file is not JSON."
