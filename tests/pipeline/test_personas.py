"""The whole extraction on the sample chats that `make demo` runs on."""

import json
from pathlib import Path
from typing import Any

import pytest

from fairsignal.domain.signals import Message, ScreenedProfile
from fairsignal.pipeline.extract import Extractor
from fairsignal.pipeline.importers import read_chats
from fairsignal.pipeline.scrub import scrub

CHATS = Path(__file__).parents[2] / "examples/chats"
PERSONAS = sorted(path.parent.name for path in CHATS.glob("*/expected.json"))
NOW = 1_790_000_000  # 2026-09-21, the last day of the chats


def load(persona: str) -> tuple[list[Message], dict[str, Any]]:
    expected = json.loads((CHATS / persona / "expected.json").read_text("utf-8"))
    return list(read_chats(CHATS / persona / "conversations.json")), expected


def profile_of(persona: str, extractor: Extractor) -> tuple[ScreenedProfile, dict[str, Any]]:
    messages, expected = load(persona)
    return extractor.extract(messages, now=NOW), expected


def test_there_are_personas() -> None:
    assert len(PERSONAS) >= 3


@pytest.mark.parametrize("persona", PERSONAS)
def test_all_own_messages_are_found(persona: str) -> None:
    messages, expected = load(persona)
    assert len(messages) == expected["own_messages"]


@pytest.mark.parametrize("persona", PERSONAS)
def test_expected_interests_come_out(persona: str, extractor: Extractor) -> None:
    profile, expected = profile_of(persona, extractor)
    assert set(expected["interests"]) <= {signal.slug for signal in profile.signals}


@pytest.mark.parametrize("persona", PERSONAS)
def test_no_sensitive_message_is_evidence_of_anything(persona: str, extractor: Extractor) -> None:
    profile, expected = profile_of(persona, extractor)
    sensitive = {item["id"] for item in expected["sensitive_messages"]}
    assert sensitive
    assert [item.slug for item in profile.evidence if sensitive & set(item.message_ids)] == []


@pytest.mark.parametrize("persona", PERSONAS)
def test_no_planted_personal_data_survives_scrubbing(persona: str) -> None:
    messages, expected = load(persona)
    original = "\n".join(message.text for message in messages)
    scrubbed = "\n".join(f"{item.text}\n{item.full_text}" for item in map(scrub, messages))
    assert expected["personal_data"]
    for planted in expected["personal_data"]:
        assert planted in original
        assert planted not in scrubbed


def test_the_same_chats_give_the_same_profile(extractor: Extractor) -> None:
    assert profile_of(PERSONAS[0], extractor)[0] == profile_of(PERSONAS[0], extractor)[0]
