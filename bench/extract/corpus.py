"""What is measured on: messages of about 30 tokens from general voices, and the voices that quality is read from."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

from scripts.training.messages import Labelled, read_messages, read_splits

__all__ = ["ROOT", "data_digest", "measured_texts", "part"]

ROOT = Path(__file__).resolve().parents[2]
_FOLDER = ROOT / "backend" / "fairsignal" / "data" / "messages"
_TOKEN = re.compile(r"\w+|[^\w\s]")
_LEAST, _MOST = 24, 36
MESSAGES = 2048
"""Per round."""


@cache
def part(name: str) -> list[Labelled]:
    """The messages of ``train`` or ``tune``, in a fixed order."""
    splits = read_splits(_FOLDER / "splits.toml")
    return [message for message in read_messages(_FOLDER) if splits.get(message.voice) == name]


def measured_texts(round_number: int) -> list[str]:
    """``MESSAGES`` texts of 24 to 36 words and punctuation marks, never the same ones in two rounds.

    They come from train voices that write of this and that, with as much that is sensitive as comes along.
    """
    found = [
        message.text
        for message in part("train")
        if "_sens_" not in message.voice and _LEAST <= len(_TOKEN.findall(message.text)) <= _MOST
    ]
    # In the order of a hash: languages and voices mixed, as nobody chose.
    found.sort(key=lambda text: hashlib.sha256(text.encode()).digest())
    texts = []
    for index in range(MESSAGES):
        repeat, place = divmod(index, len(found))
        texts.append(_varied(found[place], round_number * 7 + repeat))
    return texts


def _varied(text: str, variant: int) -> str:
    """Two neighbouring words change places, so that a cache of whole texts helps nobody."""
    words = text.split()
    place = variant % (len(words) - 1)
    words[place], words[place + 1] = words[place + 1], words[place]
    return " ".join(words)


def data_digest() -> str:
    """Changes with the labelled messages."""
    digest = hashlib.sha256()
    for name in ("train", "tune"):
        for message in part(name):
            digest.update(f"{message.voice}\0{message.text}\0{sorted(message.interests)}\n".encode())
    return digest.hexdigest()[:16]
