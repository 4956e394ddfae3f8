"""Extractors for the engines' tests, in a module of their own because workers import them by name."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fairsignal.bootstrap.models import extractor_factory
from fairsignal.domain.errors import ModelUnavailable
from fairsignal.domain.signals import Message
from fairsignal.pipeline.extract import Extractor
from tests.pipeline.test_extract import WordClassifier, WordEmbedder


class Moody(Extractor):
    """Says nasty things, or dies, when a chat tells it to."""

    def extract(self, messages: Iterable[Message], **options: Any) -> Any:
        messages = list(messages)
        if any("please crash" in message.text for message in messages):
            raise RuntimeError(f"no use for {messages[0].text}")
        if any("please die" in message.text for message in messages):
            os._exit(9)
        return super().extract(messages, **options)


def words(log: Path) -> Extractor:
    """Knows tents and cats; leaves a line in ``log`` for every time that it is opened."""
    with log.open("a") as file:
        file.write(f"{os.getpid()}\n")
    return Moody(WordEmbedder(), WordClassifier())


def missing(log: Path) -> Extractor:
    """No model."""
    with log.open("a") as file:
        file.write(f"{os.getpid()}\n")
    raise ModelUnavailable("There is no model.", remedy="Restore it.")


def real() -> Extractor:
    """The one that is shipped."""
    return extractor_factory()()
