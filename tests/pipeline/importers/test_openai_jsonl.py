import json
from pathlib import Path

import pytest

from fairsignal.domain.errors import BadInput
from fairsignal.pipeline.importers import read_chats


def write(path: Path, *records: object) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return path


def user(content: object) -> dict[str, object]:
    return {"role": "user", "content": content}


def test_own_messages_of_all_lines_in_order(tmp_path: Path) -> None:
    path = write(
        tmp_path / "log.jsonl",
        {"messages": [{"role": "system", "content": "s"}, user("one"), {"role": "assistant", "content": "a"}]},
        {
            "id": "chat",
            "created": 1_780_000_000,
            "messages": [user([{"type": "text", "text": "two"}, {"type": "image_url"}])],
        },
    )
    first, second = read_chats(path)
    assert (first.id, first.conversation, first.sent_at, first.text) == ("line-1:1:1", "line-1", 0, "one")
    assert (second.id, second.conversation, second.sent_at, second.text) == ("chat:2:0", "chat", 1_780_000_000, "two")


def test_a_repeated_conversation_id_gives_no_repeated_message_ids(tmp_path: Path) -> None:
    record = {"id": "chat", "messages": [user("again")]}
    messages = list(read_chats(write(tmp_path / "log.jsonl", record, record)))
    assert len({message.id for message in messages}) == 2
    assert {message.conversation for message in messages} == {"chat"}


@pytest.mark.parametrize("created", [True, "yesterday", -5, 1e300, None])
def test_a_nonsensical_time_counts_as_none(tmp_path: Path, created: object) -> None:
    (message,) = read_chats(write(tmp_path / "log.jsonl", {"created": created, "messages": [user("x")]}))
    assert message.sent_at == 0


def test_blank_lines_and_a_missing_last_line_end_are_fine(tmp_path: Path) -> None:
    path = write(tmp_path / "log.jsonl", {"messages": [user("one")]})
    path.write_text(path.read_text() + "\n\n" + path.read_text().rstrip())
    assert [message.text for message in read_chats(path)] == ["one", "one"]


@pytest.mark.parametrize(
    ("second_line", "code", "says"),
    [
        ('{"messages": [{"role": "us', "truncated-file", "line 2, at byte"),
        ("not json\n", "not-json", "Line 2"),
        ('{"prompt": "x"}\n', "damaged-export", "Line 2"),
        ('{"messages": ["x"]}\n', "damaged-export", "line 2"),
        ('{"messages": ' + "[" * 100_000 + "\n", "damaged-export", "nested"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_passed_over(tmp_path: Path, second_line: str, code: str, says: str) -> None:
    path = write(tmp_path / "log.jsonl", {"messages": [user("secret words")]})
    path.write_text(path.read_text() + second_line)
    with pytest.raises(BadInput, match=says) as caught:
        list(read_chats(path))
    assert caught.value.code == code
    assert "secret" not in str(caught.value)


def test_a_line_in_another_encoding_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "log.jsonl", {"messages": [user("x")]})
    path.write_bytes(path.read_bytes() + '{"messages": [{"role": "user", "content": "für"}]}\n'.encode("latin-1"))
    with pytest.raises(BadInput, match="Line 2 is not in UTF-8"):
        list(read_chats(path))
