"""Whose messages are the person's own, in exports that do not mark them."""

from __future__ import annotations

import re
import unicodedata

from fairsignal.domain.errors import BadInput

__all__ = ["MARKS", "name_needed", "name_unknown", "plain_name"]

MARKS = "\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff"
"""Invisible direction marks, as the inside of a regular expression's character class."""
_MARK = re.compile(f"[{MARKS}]")
_REMEDY = "Give your name exactly as it stands in the chats: own_name in Python, --name on the command line."


def plain_name(name: str) -> str:
    """``name`` in the form in which two names are compared: no marks, no case, one form of each letter.

    WhatsApp puts ``~`` before names that are not in the address book.
    """
    bare = " ".join(_MARK.sub("", name).split()).lstrip("~ ")
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", bare).casefold())


def name_needed(what: str) -> BadInput:
    """``what`` is a sentence that says why the person cannot be told from the others."""
    return BadInput(what, remedy=_REMEDY, code="own-name-needed")


def name_unknown() -> BadInput:
    return BadInput(
        "Nobody in the chats has the name that was given as yours.", remedy=_REMEDY, code="own-name-unknown"
    )
