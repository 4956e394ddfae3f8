"""Which voices are for training, which for setting thresholds, which for the one look at the end."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable

__all__ = ["as_toml", "assign"]

_TEST, _TUNE = 0.2, 0.1


def assign(voices: Iterable[str], known: dict[str, str]) -> dict[str, str]:
    """Voice -> part, about 70/10/20 in every language and file family; voices that have a part keep it.

    The order is that of a hash of the name, so nobody chose, and nothing about the messages played a role.
    """
    families: dict[str, list[str]] = defaultdict(list)
    for voice in voices:
        families[_family(voice)].append(voice)
    result = dict(known)
    for members in families.values():
        new = sorted((voice for voice in members if voice not in known), key=_hash)
        taken = [known[voice] for voice in members if voice in known]
        test = max(1, round(_TEST * len(members))) - taken.count("test") if len(members) > 1 else 0
        tune = max(1, round(_TUNE * len(members))) - taken.count("tune") if len(members) > 3 else 0
        for place, voice in enumerate(new):
            result[voice] = "test" if place < test else "tune" if place < test + tune else "train"
    return result


def as_toml(splits: dict[str, str]) -> str:
    """The file's text."""
    lines = [
        "# Parts by author voice, decided by a hash of its name before any tuning (scripts/training/splits.py).",
        "# `python scripts/train.py --assign` adds new voices and moves none. `test` is looked at once per release.",
    ]
    for part in ("train", "tune", "test"):
        lines += [f"{part} = [", *(f'  "{voice}",' for voice in sorted(splits) if splits[voice] == part), "]"]
    return "\n".join(lines) + "\n"


def _family(voice: str) -> str:
    first, second, *_ = voice.split("_")
    return f"{first}_sens" if second == "sens" else first


def _hash(voice: str) -> str:
    return hashlib.sha256(f"fairsignal-split-1:{voice}".encode()).hexdigest()
