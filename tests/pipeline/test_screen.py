from collections.abc import Mapping

from fairsignal.domain.signals import Dropped, Intent, Reading
from fairsignal.pipeline.screen import IN_CONTEXT, NEIGHBOUR, SENSITIVE_CONVERSATION, screen

WARY = 0.1


def reading(
    name: str, *, interests: Mapping[str, float] | None = None, reason: str = "", health: float = 0.0, chat: str = "c"
) -> Reading:
    return Reading(
        message_id=name,
        conversation=chat,
        sent_at=0,
        language="en",
        interests={"travel": 0.9} if interests is None and not reason else interests or {},
        sensitive={"health": health, "religion": 0.0},
        blocked=bool(reason),
        reasons=(reason,) if reason else (),
        intent=Intent.NONE,
    )


def kept(*readings: Reading) -> list[str]:
    return [item.message_id for item in screen(readings, wary=WARY).kept]


def test_a_blocked_message_is_never_used_and_its_rule_is_told() -> None:
    screened = screen([reading("a", reason="suspected:health"), reading("b")], wary=WARY)
    assert screened.dropped == (Dropped("a", "suspected:health"),)
    assert [item.message_id for item in screened.kept] == ["b"]


def test_a_certainly_sensitive_message_costs_both_neighbours_their_interests() -> None:
    messages = [reading("a"), reading("b"), reading("c", reason="sensitive:health"), reading("d"), reading("e")]
    screened = screen(messages, wary=WARY)
    assert [item.message_id for item in screened.kept] == ["a", "e"]
    assert {Dropped("b", NEIGHBOUR), Dropped("d", NEIGHBOUR)} <= set(screened.dropped)


def test_neighbours_in_other_conversations_are_not_touched() -> None:
    assert kept(reading("a", reason="sensitive:health"), reading("b", chat="other")) == ["b"]


def test_a_neighbour_counts_even_when_another_conversation_lies_between() -> None:
    assert kept(reading("a", reason="sensitive:health"), reading("x", chat="other"), reading("b")) == ["x"]


def test_two_certain_messages_of_one_class_close_the_conversation() -> None:
    sensitive = [
        reading("s1", reason="sensitive:health"),
        *map(reading, "abc"),
        reading("s2", reason="sensitive:health"),
    ]
    screened = screen([*sensitive, *map(reading, "def")], wary=WARY)
    assert screened.kept == ()
    assert Dropped("f", SENSITIVE_CONVERSATION) in screened.dropped


def test_two_classes_do_not_add_up() -> None:
    sensitive = [
        reading("s1", reason="sensitive:health"),
        *map(reading, "abc"),
        reading("s2", reason="sensitive:union"),
    ]
    assert kept(*sensitive) == ["b"]


def test_the_screen_is_wary_in_a_sensitive_conversation_only() -> None:
    doubtful = [reading("far"), reading("far2"), reading("doubtful", health=0.12)]
    screened = screen([reading("s", reason="sensitive:health"), *doubtful], wary=WARY)
    assert [item.message_id for item in screened.kept] == ["far2"]
    assert Dropped("doubtful", IN_CONTEXT) in screened.dropped
    assert kept(*doubtful) == ["far", "far2", "doubtful"]


def test_messages_without_interests_are_neither_kept_nor_dropped() -> None:
    screened = screen([reading("a", interests={})], wary=WARY)
    assert screened.kept == screened.dropped == ()
