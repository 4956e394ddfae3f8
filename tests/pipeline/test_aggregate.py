import pytest

from fairsignal.domain.signals import Intent, Reading
from fairsignal.pipeline.aggregate import DAY, HALF_LIFE, signals_of

NOW = 1_790_000_000


def reading(
    name: str,
    score: float = 0.5,
    *,
    slug: str = "travel",
    age: int = 0,
    sent_at: int | None = None,
    intent: Intent = Intent.NONE,
    language: str = "en",
) -> Reading:
    return Reading(
        message_id=name,
        conversation="c",
        sent_at=NOW - age if sent_at is None else sent_at,
        language=language,
        interests={slug: score},
        sensitive={},
        blocked=False,
        reasons=(),
        intent=intent,
    )


def signals(*readings: Reading, allowed: set[str] | None = None, texts: dict[str, str] | None = None):
    prints = texts or {item.message_id: item.message_id for item in readings}
    return signals_of(readings, prints, now=NOW, allowed=allowed)


def test_one_message_is_no_signal() -> None:
    assert signals(reading("a", 0.99)) == ((), ())


def test_two_distinct_messages_are_a_signal_with_their_evidence() -> None:
    (signal,), (evidence,) = signals(reading("a"), reading("b"))
    assert (signal.slug, signal.evidence, signal.score) == ("travel", 2, 0.75)
    assert evidence.message_ids == ("a", "b")


def test_two_faint_mentions_are_no_signal_however_recent() -> None:
    assert signals(reading("a", 0.3), reading("b", 0.3)) == ((), ())
    (signal,), _ = signals(*(reading(name, 0.3) for name in "abc"))
    assert signal.score == pytest.approx(1 - 0.7**3)


def test_a_repeated_text_is_one_message() -> None:
    assert signals(reading("a"), reading("b"), texts={"a": "same", "b": "same"}) == ((), ())


def test_a_message_counts_half_after_the_half_life() -> None:
    (signal,), _ = signals(reading("a", 0.8, age=HALF_LIFE), reading("b", 0.8, age=HALF_LIFE))
    assert signal.score == pytest.approx(1 - 0.6**2)


def test_days_are_all_that_is_told_of_time() -> None:
    (signal,), _ = signals(reading("a", age=10 * DAY + 123), reading("b", age=77))
    assert signal.first_seen % DAY == signal.last_seen % DAY == 0
    assert signal.first_seen == (NOW - 10 * DAY - 123) // DAY * DAY
    assert signal.last_seen == (NOW - 77) // DAY * DAY


@pytest.mark.parametrize("sent_at", [0, NOW + 5 * DAY])
def test_undated_and_future_messages_count_as_written_now(sent_at: int) -> None:
    (signal,), _ = signals(reading("a", sent_at=sent_at), reading("b", sent_at=sent_at))
    assert signal.last_seen == NOW // DAY * DAY
    assert signal.score == 0.75


def test_only_allowed_categories_come_out() -> None:
    readings = [reading(f"{slug}{number}", slug=slug) for slug in ("travel", "pets") for number in (1, 2)]
    found, evidence = signals(*readings, allowed={"pets"})
    assert [signal.slug for signal in found] == [item.slug for item in evidence] == ["pets"]
    assert signals(*readings, allowed=set()) == ((), ())


def test_the_recent_stage_wins_and_none_only_when_there_is_no_other() -> None:
    old = [reading(f"o{number}", age=300 * DAY, intent=Intent.EXPLORING) for number in range(3)]
    (signal,), _ = signals(*old, reading("new", intent=Intent.READY), reading("x", intent=Intent.NONE))
    assert signal.intent is Intent.READY
    (signal,), _ = signals(reading("a"), reading("b"))
    assert signal.intent is Intent.NONE


def test_the_commonest_known_language_is_told() -> None:
    (signal,), _ = signals(reading("a", language="de"), reading("b", language="und"), reading("c", language="und"))
    assert signal.language == "de"
