"""E-mail addresses: as they are, with the at sign in brackets, and spelled out as a voice keyboard writes them."""

from __future__ import annotations

import re

from fairsignal.pipeline.replacing import Counts, counting

__all__ = ["DOT_WORDS", "replace_emails"]

# "at" and "dot" in the languages of the messages.
_AT = "at|ät|arroba|arobase|chiocciola|apenstaartje|małpa|malpa|et|kuyruklu a"
DOT_WORDS = ("dot", "punkt", "punto", "point", "ponto", "punt", "kropka", "nokta")
_DOT = "|".join(DOT_WORDS)

_OPEN, _CLOSE = r"\s?[(\[{<]\s?", r"\s?[)\]}>]\s?"
_EMAIL = re.compile(
    rf"[\w.+%'-]{{1,64}}(?:\s?@\s?|{_OPEN}(?:{_AT}|@){_CLOSE})"
    rf"(?:[\w-]{{1,63}}(?:\.|{_OPEN}(?:{_DOT}|\.){_CLOSE})){{1,8}}[a-z]{{2,24}}\b",
    re.IGNORECASE,
)
_TOP = "com|org|net|info|edu|gov|io|me|eu|de|at|ch|fr|be|lu|es|mx|ar|it|pt|br|nl|pl|tr|uk|co|ie|au|ca|nz|in|us"
_PART = r"[\w.+-]{1,40}"
# Up to two words before the name go as well: "sunny days 44 at example dot net" is one address.
_SPELLED = re.compile(
    rf"(?:\b{_PART} ){{0,2}}(?:\b{_PART} (?:{_DOT}|underscore|minus|unterstrich|guion|tiret) ){{0,3}}"
    rf"\b{_PART}(?: (?:{_AT}) |\s?@\s?)[\w-]{{1,40}}(?:(?: (?:{_DOT}) |\.)[\w-]{{1,40}}){{0,3}}"
    rf" (?:{_DOT}) (?:{_TOP})\b",
    re.IGNORECASE,
)
_BRACKETS = ("(", "[", "{", "<")


def replace_emails(text: str, removed: Counts) -> str:
    """E-mail addresses -> ``[email]``."""
    if "@" in text or any(bracket in text for bracket in _BRACKETS):
        text = _EMAIL.sub(counting("email", removed), text)
    lower = text.lower()
    if any(f" {word} " in lower for word in DOT_WORDS):
        text = _SPELLED.sub(counting("email", removed), text)
    return text
