import json
from pathlib import Path

import pytest

from fairsignal.domain.errors import BadInput
from fairsignal.pipeline.importers import read_chats

from .exports import claude_conversation, claude_message, write, write_folder, write_zip


def texts(path: Path | list[Path]) -> list[str]:
    return [message.text for message in read_chats(path)]


def test_only_what_the_human_wrote_counts(tmp_path: Path) -> None:
    attached = {"file_name": "cv.txt", "file_size": 9, "file_type": "txt", "extracted_content": "somebody's words"}
    chat = claude_conversation(
        claude_message("human", "which tent", "for two", attachments=[attached], files=[{"file_name": "a.png"}]),
        claude_message("assistant", "a dome tent"),
        claude_message("human", "and a stove"),
    )
    assert texts(write(tmp_path / "conversations.json", [chat])) == ["which tent\nfor two", "and a stove"]


def test_an_old_export_without_content_blocks_has_its_text(tmp_path: Path) -> None:
    old = claude_message("human", "which tent")
    del old["content"]
    empty = claude_message("human", "and a stove", content=[])
    assert texts(write(tmp_path / "x.json", [claude_conversation(old, empty)])) == ["which tent", "and a stove"]


def test_blocks_that_are_not_text_are_no_words(tmp_path: Path) -> None:
    blocks = [
        {
            "type": "tool_result",
            "name": "web",
            "text": "from a page",
            "content": [{"type": "text", "text": "from a page"}],
        },
        {"type": "image", "text": None, "source": {"type": "base64"}},
        {"type": "text", "text": "is this mould"},
    ]
    chat = claude_conversation(claude_message("human", "is this mould", content=blocks))
    assert texts(write(tmp_path / "x.json", [chat])) == ["is this mould"]


def test_ids_and_times_are_those_of_the_export(tmp_path: Path) -> None:
    chat = claude_conversation(
        claude_message("human", "hi", uuid="m1"), claude_message("human", "ho", uuid="m2", created_at="soon"), name="c9"
    )
    first, second = read_chats(write(tmp_path / "x.json", [chat]))
    assert (first.id, first.conversation, first.sent_at) == ("m1", "c9", 1_780_000_000)
    assert second.sent_at == 0


def branched(**extra: str) -> dict[str, object]:
    zeros = "00000000-0000-4000-8000-000000000000"
    return claude_conversation(
        claude_message("human", "first", uuid="a", parent_message_uuid=zeros),
        claude_message("assistant", "answer", uuid="b", parent_message_uuid="a"),
        claude_message("human", "a version that was edited", uuid="c", parent_message_uuid="b"),
        claude_message("human", "second", uuid="d", parent_message_uuid="b"),
        **extra,
    )


def test_what_was_edited_away_was_not_said(tmp_path: Path) -> None:
    assert texts(write(tmp_path / "x.json", [branched()])) == ["first", "second"]
    chosen = branched(current_leaf_message_uuid="c")
    assert texts(write(tmp_path / "y.json", [chosen])) == ["first", "a version that was edited"]


def test_messages_in_a_circle_are_refused(tmp_path: Path) -> None:
    one = claude_message("human", "x", uuid="a", parent_message_uuid="b")
    other = claude_message("human", "y", uuid="b", parent_message_uuid="a")
    with pytest.raises(BadInput, match="circle") as caught:
        texts(write(tmp_path / "x.json", [claude_conversation(one, other)]))
    assert caught.value.code == "damaged-export"


def test_a_split_export_is_read_from_its_zips_or_the_folder_that_holds_them(tmp_path: Path) -> None:
    zips = []
    for number in range(3):
        chat = claude_conversation(claude_message("human", f"part {number}"), name=f"c{number}")
        zips.append(
            write_zip(
                tmp_path / f"data-2026-05-28-20-26-40-batch-000{number}.zip",
                {
                    "users.json": json.dumps([{"uuid": "a1", "full_name": "Anna", "verified_phone_number": None}]),
                    "projects.json": json.dumps([{"uuid": "p", "prompt_template": "", "docs": [{"content": "x"}]}]),
                    "conversations.json": json.dumps([chat]),
                },
            )
        )
    assert texts(zips) == texts(tmp_path) == ["part 0", "part 1", "part 2"]


def test_a_part_without_chats_and_a_part_given_twice_do_no_harm(tmp_path: Path) -> None:
    chat = json.dumps([claude_conversation(claude_message("human", "hi"))])
    write_folder(tmp_path, {"a/conversations.json": chat, "b/conversations.json": chat, "c/conversations.json": "[]"})
    assert texts(tmp_path) == ["hi"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('[{"uuid": "1", "chat_messages": []}]', "empty-export"),
        ('[{"uuid": "1", "chat_messages": null}]', "empty-export"),
        ('[{"uuid": "1", "chat_messages": {"a": 1}}]', "damaged-export"),
        ('[{"uuid": "1", "chat_messages": [1]}]', "damaged-export"),
        ('[{"uuid": "1", "chat_messages": []}, 7]', "damaged-export"),
        ('[{"uuid": "1", "chat_messages": [{"sender": "human", "text": "secr', "truncated-file"),
        ('[{"uuid": "1", "chat_messages": []}] []', "not-json"),
        ('[{"uuid": "1", "chat_messages": [{"sender": "human" "text": "secret"}]}]', "not-json"),
        ('[{"uuid": "1", "full_name": "secret", "verified_phone_number": null}]', "unknown-format"),
        ('[{"uuid": "1", "name": "secret", "prompt_template": "", "docs": []}]', "unknown-format"),
    ],
)
def test_broken_or_other_files_are_refused_without_repeating_them(tmp_path: Path, content: str, code: str) -> None:
    path = tmp_path / "conversations.json"
    path.write_text(content)
    with pytest.raises(BadInput) as caught:
        texts(path)
    assert caught.value.code == code
    assert caught.value.remedy
    assert "secr" not in str(caught.value)
