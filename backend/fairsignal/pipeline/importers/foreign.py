"""Telling people what they gave instead of an export, without repeating anything from it."""

from __future__ import annotations

from fairsignal.pipeline.importers.head import Head

__all__ = ["describe"]

# What tells a format apart -> what people call it. The first that fits wins.
_SHAPES: tuple[tuple[frozenset[str], str], ...] = (
    (
        frozenset({"participants", "messages.senderName"}),
        "Messenger's own download of encrypted chats, which cannot be read; ask for Meta's whole export in JSON",
    ),
    (frozenset({"verified_phone_number"}), "the users.json of a Claude export; the chats are in conversations.json"),
    (
        frozenset({"prompt_template", "docs"}),
        "the projects.json of a Claude export; the chats are in conversations.json",
    ),
    (frozenset({"profile_user"}), "the profile of an Instagram export; the chats are in messages/inbox"),
    (frozenset({"profile_v2"}), "the profile of a Facebook export; the chats are in messages/inbox"),
    (frozenset({"chatgpt_plus_user"}), "the user.json of a ChatGPT export; the chats are in conversations.json"),
    (frozenset({"evaluation_name"}), "the message_feedback.json of a ChatGPT export; the chats are elsewhere in it"),
    (frozenset({"is_anonymous", "conversation_id"}), "the shared_conversations.json of a ChatGPT export"),
    (frozenset({"name", "version"}), "a package description (package.json)"),
    (frozenset({"type", "features"}), "GeoJSON"),
)
_MAGICS = (
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip file; unpack it"),
    (b"7z\xbc\xaf", "a 7z archive; unpack it"),
    (b"Rar!", "a RAR archive; unpack it"),
    (b"SQLite format 3", "a database, such as a messenger's backup; export the chats in the app"),
)


def describe(head: Head) -> str:
    """One sentence that says what the file looks like."""
    if head.container:
        for keys, name in _SHAPES:
            if keys <= head.keys:
                return f"This looks like {name}."
        if head.is_empty_json:
            return "The file is JSON without any conversation in it."
        return f"This looks like JSON of another kind: an {head.container} that holds no conversations."
    start = head.start[:256].lower()
    for magic, name in _MAGICS:
        if head.start.startswith(magic):
            return f"This looks like {name}."
    if start.startswith((b"<!doctype html", b"<html")):
        return "This looks like a web page (chat.html); the chats are in the JSON beside it, or in an export as JSON."
    if not start:
        return "The file holds nothing but white space."
    if b"\x00" in head.start:
        return "This looks like a binary file, not like JSON."
    return "The file is not JSON and no WhatsApp chat."
