"""Replace what a pattern finds by the name of its kind, and count it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

__all__ = ["Counts", "counting", "counting_if"]

Counts = Counter[str]
"""Kind -> how many were replaced."""


def counting(kind: str, removed: Counts) -> Callable[[re.Match[str]], str]:
    """For ``re.sub``: everything found becomes ``[kind]``."""
    return counting_if(lambda _: True, kind, removed)


def counting_if(test: Callable[[str], bool], kind: str, removed: Counts) -> Callable[[re.Match[str]], str]:
    """For ``re.sub``: what is found and passes ``test`` becomes ``[kind]``."""

    def substitute(match: re.Match[str]) -> str:
        if not test(match.group()):
            return match.group()
        removed[kind] += 1
        return f"[{kind}]"

    return substitute
