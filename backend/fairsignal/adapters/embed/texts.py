"""What foreign models can be given: no half characters, no endless texts."""

from __future__ import annotations

__all__ = ["LONGEST", "clean"]

LONGEST = 8_000
"""Letters of one text that are read, about 1,300 words, as the built-in model does: what an assistant is pasted beyond
that is not their own, and nothing comes out of what was not read."""


def clean(text: str) -> str:
    """Without lone surrogates and NUL, cut to ``LONGEST``."""
    return text[:LONGEST].encode("utf-8", "replace").decode().replace("\0", " ")
