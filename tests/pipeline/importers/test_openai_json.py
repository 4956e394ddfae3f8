import json
from pathlib import Path

import pytest

from fairsignal.domain.errors import BadInput
from fairsignal.pipeline.importers import read_chats

from .exports import write, write_folder


def user(content: object) -> dict[str, object]:
    return {"role": "user", "content": content}


ASSISTANT = {"role": "assistant", "content": "private thing", "tool_calls": [{"function": {"arguments": "{}"}}]}
PARTS = [
    {"type": "text", "text": "two"},
    {"type": "image_url", "image_url": {"url": "x"}},
    {"text": "3", "type": "text"},
]


def test_a_list_of_conversations(tmp_path: Path) -> None:
    chats = [
        {"messages": [{"role": "system", "content": "s"}, user("one"), ASSISTANT]},
        {"id": "chat", "model": {"a": [1]}, "created": 1_780_000_000, "messages": [user(PARTS), user(None), user(" ")]},
    ]
    first, second = read_chats(write(tmp_path / "log.json", chats))
    assert (first.id, first.conversation, first.sent_at, first.text) == ("record-1:1:1", "record-1", 0, "one")
    assert (second.id, second.conversation, second.sent_at) == ("chat:2:0", "chat", 1_780_000_000)
    assert second.text == "two\n3"


def test_one_indented_conversation(tmp_path: Path) -> None:
    path = tmp_path / "chat.json"
    path.write_text(json.dumps({"id": "chat", "messages": [user("one"), ASSISTANT, user("two")]}, indent=2))
    assert [message.text for message in read_chats(path)] == ["one", "two"]


def test_a_bare_list_of_messages_is_one_conversation(tmp_path: Path) -> None:
    messages = list(
        read_chats(write(tmp_path / "chat.json", [ASSISTANT, user("one"), {"content": "two", "role": "user"}]))
    )
    assert [message.text for message in messages] == ["one", "two"]
    assert {message.conversation for message in messages} == {"record-1"}
    assert [message.id for message in messages] == ["record-1:1:1", "record-1:1:2"]


def test_a_folder_of_logs_of_both_kinds(tmp_path: Path) -> None:
    chat = {"messages": [user("one")]}
    write_folder(
        tmp_path,
        {
            "a/log.jsonl": json.dumps(chat) + "\n" + json.dumps(chat),
            "b/log.jsonl": json.dumps(chat),
            "c/log.json": json.dumps([chat]),
            "settings.json": json.dumps({"theme": "dark"}),
        },
    )
    messages = list(read_chats(tmp_path))
    assert len(messages) == len({message.id for message in messages}) == 4


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        ('[{"messages": [{"role": "user", "content": "priv', "truncated-file", "byte"),
        ('[{"messages": [{"role": "user", "content": "private"}]}, {"x": 1}]', "damaged-export", "Item 2"),
        ('[{"messages": [{"role": "user", "content": "private"}]}, 5]', "damaged-export", "Item 2"),
        ('[{"messages": [{"role": "user", "content": "private"}, 5]}]', "damaged-export", "item 1"),
        ('[{"role": "user", "content": "private"}, {"content": "private"}]', "damaged-export", "Item 2"),
        ('[{"role": "user", "content": "private"}] x', "not-json", "not valid JSON"),
        ('[{"role": "assistant", "content": "private"}]', "empty-export", "no message"),
        ('[{"role": "user", "content": ' + "[" * 100 + "]" * 100 + "}]", "damaged-export", "nested"),
    ],
)
def test_broken_lists_are_refused(tmp_path: Path, content: str, code: str, says: str) -> None:
    path = tmp_path / "log.json"
    path.write_text(content)
    with pytest.raises(BadInput) as caught:
        list(read_chats(path))
    assert caught.value.code == code
    assert says in caught.value.message
    assert "private" not in str(caught.value)
