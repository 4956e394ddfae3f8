"""Splitting text into words the way lexicon and n-gram features see them: lower case, without accents."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["fold", "split_words"]

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
# Letters that do not decompose into a base letter and an accent.
_SPECIAL = str.maketrans({"ß": "ss", "ı": "i", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "’": "'"})


def fold(text: str) -> str:
    """Lower case without accents: people leave them out as often as not."""
    text = text.lower().translate(_SPECIAL)
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def split_words(text: str) -> list[str]:
    """Words and numbers of a text, folded."""
    return _WORD.findall(fold(text))
