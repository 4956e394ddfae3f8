"""The targets of the design, on messages with and without personal data (backend/fairsignal/data/scrub)."""

import re

import pytest
from stdnum import iban, luhn

from scripts.training.scrub_figures import DATA, altered_share, recall
from scripts.training.scrub_set import HALVES, KINDS, ScrubMessage, Span, missed_spans, read_scrub_set

LEAST_RECALL = 0.99
MOST_ALTERED = 0.01


@pytest.fixture(scope="module")
def messages() -> list[ScrubMessage]:
    return read_scrub_set(DATA)


@pytest.mark.parametrize("half", HALVES)
def test_personal_data_is_found(messages: list[ScrubMessage], half: str) -> None:
    assert recall(message for message in messages if message.half == half)["all"].value >= LEAST_RECALL


@pytest.mark.parametrize("half", HALVES)
def test_clean_messages_are_left_alone(messages: list[ScrubMessage], half: str) -> None:
    assert altered_share(message for message in messages if message.half == half).value <= MOST_ALTERED


def test_the_set_is_as_large_and_wide_as_promised(messages: list[ScrubMessage]) -> None:
    personal = [message for message in messages if message.spans]
    assert len(personal) >= 700
    assert len(messages) - len(personal) >= 700
    assert len({message.language for message in messages}) == 9
    assert {span.kind for message in personal for span in message.spans} == set(KINDS)
    accounts = [re.sub(r"[\s-]", "", text) for text in spans_of(personal, "iban")]
    assert len({text[:2].upper() for text in accounts if not text[0].isdigit()}) >= 30


def test_accounts_and_cards_have_valid_check_digits(messages: list[ScrubMessage]) -> None:
    accounts = spans_of(messages, "iban")
    assert all(iban.is_valid(text if text[0].isalpha() else f"PL{text}") for text in accounts)
    assert all(luhn.is_valid(re.sub(r"\D", "", text)) for text in spans_of(messages, "card"))


def test_a_span_that_survives_in_part_counts_as_missed() -> None:
    text = "born 12/03/1988"  # only the date goes
    whole, date = Span("id", 0, len(text)), Span("id", len("born "), len(text))
    assert missed_spans(ScrubMessage(text, "en", "develop", (whole, date))) == [whole]


def spans_of(messages: list[ScrubMessage], kind: str) -> list[str]:
    return [message.text[span.start : span.end] for message in messages for span in message.spans if span.kind == kind]
