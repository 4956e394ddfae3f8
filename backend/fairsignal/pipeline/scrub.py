"""Personal data out, neutral words in: ``write to [email]``. What remains is what is embedded and classified.

Order matters: links before e-mails before numbers, so that a number inside a link is counted once. A message without
digits, ``@`` or a dotted name holds nothing that is looked for, which settles most messages at once.
"""

from __future__ import annotations

import re
from collections import Counter

from fairsignal.domain.signals import Message, ScrubbedMessage
from fairsignal.pipeline import addresses, identifiers, mail, passwords
from fairsignal.pipeline.language import identify
from fairsignal.pipeline.negation import without_dislikes
from fairsignal.pipeline.replacing import counting

__all__ = ["scrub", "scrub_text"]

# Long runs without a space may be keys; words for "password" announce one. Everything else that is looked for holds a
# digit, an "@", a "dot" spelled out, or the parts of a link.
_HINTS = ("@", "://", "www.", *(f" {word} " for word in mail.DOT_WORDS))
_BRACKETS = re.compile(r"[(\[{<]\s?(?:at|ät|arroba|arobase|chiocciola|małpa)\s?[)\]}>]")
_LONGEST_WORD = 23
_LONGEST_TEXT = 10_000
"""Letters of one message that are read: what is pasted beyond that is hardly the person's own."""
_LINK_DOT = re.compile(r"[a-z]\.[a-z]{2,4}/", re.IGNORECASE)
_DIGIT = re.compile(r"\d")

_URL = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://\S+|\bwww\.\S+", re.IGNORECASE)
_BARE_LINK = re.compile(
    r"\b(?:[a-z0-9-]{1,63}\.){1,8}(?:com|org|net|de|io|me|ly|be|co|at|ch|fr|es|it|nl|pl|pt|br|tr|uk|eu|app|dev|gg|tv)/\S+",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"(?<![\w@/.])@[\w.]{3,30}\b")


def scrub(message: Message) -> ScrubbedMessage:
    """A message as the models may see it."""
    text = message.text[:_LONGEST_TEXT]
    language = message.language or identify(text)
    full, removed = scrub_text(text, language)
    return ScrubbedMessage(
        id=message.id,
        conversation=message.conversation,
        sent_at=message.sent_at,
        text=without_dislikes(full),
        full_text=full,
        language=language,
        removed=removed,
    )


def scrub_text(text: str, language: str) -> tuple[str, dict[str, int]]:
    """Replace personal data; -> (text, kind -> how many were replaced).

    ``language`` (ISO 639-1) decides which countries' phone numbers and ids are tried.
    """
    if _is_clean(text):
        return text, {}
    removed: Counter[str] = Counter()

    def replace(kind: str, pattern: re.Pattern[str], source: str) -> str:
        return pattern.sub(counting(kind, removed), source)

    if "://" in text or "www." in text or "/" in text:
        text = replace("url", _URL, text)
        text = replace("url", _BARE_LINK, text)
    text = mail.replace_emails(text, removed)
    text = replace("handle", _HANDLE, text) if "@" in text else text
    text = passwords.replace_secrets(text, removed)
    if _DIGIT.search(text) is not None:
        text = addresses.replace_addresses(text, removed)
        text = identifiers.replace_numbers(text, language, removed)
    return text, dict(removed)


def _is_clean(text: str) -> bool:
    """True when nothing in the text can be personal data; settles most messages."""
    lower = text.lower()
    return (
        _DIGIT.search(text) is None
        and not any(hint in lower for hint in _HINTS)
        and not any(word in lower for word in passwords.PASSWORD_WORDS)
        and _BRACKETS.search(lower) is None
        and ("/" not in text or _LINK_DOT.search(text) is None)
        and max(map(len, text.split()), default=0) <= _LONGEST_WORD
    )
