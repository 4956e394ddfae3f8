import json
from pathlib import Path

import pytest

from fairsignal.domain.errors import BadInput
from fairsignal.pipeline.importers import read_chats

from .exports import conversation, node, write


def texts(path: Path) -> list[str]:
    return [message.text for message in read_chats(path)]


def test_only_the_path_to_the_current_node_was_said(tmp_path: Path) -> None:
    chat = conversation(
        node("a", "root", "user", "first"),
        node("b", "a", "assistant", "answer"),
        node("edited-out", "b", "user", "a version that was edited"),
        node("c", "b", "user", "second"),
        current="c",
    )
    assert texts(write(tmp_path / "conversations.json", [chat])) == ["first", "second"]


def test_only_own_visible_text_counts(tmp_path: Path) -> None:
    hidden = {"is_visually_hidden_from_conversation": True}
    instructions = {"content_type": "user_editable_context", "user_profile": "likes tea", "parts": ["likes tea"]}
    photo = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://x", "metadata": {"a": [1]}}
    chat = conversation(
        node("s", "root", "system", "be helpful"),
        node("h", "s", "user", "hidden", metadata=hidden),
        node("w", "h", "user", "weightless", weight=0.0),
        node("i", "w", "user", content=instructions),
        node("t", "i", "tool", "output"),
        node("m", "t", "user", content={"content_type": "multimodal_text", "parts": [photo, "which lens", "is this"]}),
        node("e", "m", "user", " "),
    )
    assert texts(write(tmp_path / "x.json", [chat])) == ["which lens\nis this"]


def test_ids_and_times_are_those_of_the_export(tmp_path: Path) -> None:
    chat = conversation(node("a", "root", "user", "hi"), node("b", "a", "user", "ho", create_time=None), name="talk")
    first, second = read_chats(write(tmp_path / "x.json", [chat]))
    assert (first.id, first.conversation, first.sent_at) == ("a", "talk", 1_780_000_000)
    assert second.sent_at == 0
    assert "hi" not in repr(first)


def test_keys_may_come_in_any_order(tmp_path: Path) -> None:
    chat = conversation(node("a", "root", "user", "hi"))
    shuffled = {key: chat[key] for key in ("current_node", "id", "mapping", "conversation_id", "title")}
    shuffled["mapping"]["a"]["message"] = dict(reversed(shuffled["mapping"]["a"]["message"].items()))
    assert texts(write(tmp_path / "x.json", [shuffled])) == ["hi"]


def test_a_beginning_that_two_conversations_share_counts_once(tmp_path: Path) -> None:
    first = conversation(node("a", "root", "user", "shared"), name="one")
    second = conversation(node("a", "root", "user", "shared"), node("b", "a", "user", "new"), name="two")
    assert texts(write(tmp_path / "x.json", [first, second])) == ["shared", "new"]


@pytest.mark.parametrize(
    ("chat", "says"),
    [
        (conversation(node("a", "b", "user", "x"), node("b", "a", "user", "y")), "circle"),
        (conversation(node("a", "nowhere", "user", "x")), "follows one that is not in it"),
        (conversation(node("a", "root", "user", "x"), current="gone"), "current message"),
        (conversation(node("a", "root", "user", "x")) | {"current_node": None}, "current message"),
    ],
)
def test_broken_trees_are_refused(tmp_path: Path, chat: object, says: str) -> None:
    with pytest.raises(BadInput, match=says) as caught:
        texts(write(tmp_path / "x.json", [chat]))
    assert caught.value.code == "damaged-export"
    assert caught.value.remedy


def test_two_nodes_of_one_id_are_refused(tmp_path: Path) -> None:
    chat = json.dumps([conversation(node("a", "root", "user", "x"), node("b", "a", "user", "y"))])
    path = tmp_path / "x.json"
    path.write_text(chat.replace('"b": {"id": "b"', '"a": {"id": "b"'))
    with pytest.raises(BadInput, match="same id"):
        texts(path)


def test_an_empty_conversation_is_passed_over(tmp_path: Path) -> None:
    empty = {"title": "new chat", "mapping": {}, "current_node": None, "id": "c0"}
    assert texts(write(tmp_path / "x.json", [empty, conversation(node("a", "root", "user", "hi"))])) == ["hi"]
