"""Whatever happens to an export, it is read or refused with a rule and a remedy; nothing else is ever raised."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from fairsignal.domain.errors import BadInput
from fairsignal.pipeline.importers import read_chats

from .exports import (
    claude_conversation,
    claude_message,
    conversation,
    meta_json,
    meta_message,
    meta_thread,
    node,
    write_zip,
)

NAME = "Anna"
MEMBERS: dict[str, str] = {
    "chatgpt/conversations.json": json.dumps(
        [
            conversation(
                node("a", "root", "user", "tent"), node("b", "a", "assistant", "yes"), node("c", "b", "user", "ok")
            )
        ]
    ),
    "claude/conversations.json": json.dumps(
        [claude_conversation(claude_message("human", "tent"), claude_message("assistant", "yes"))]
    ),
    "messages/inbox/bob_1/message_1.json": meta_json(
        meta_thread(["Bob", NAME], meta_message(NAME, "tent für zwei"), meta_message("Bob", "yes"))
    ),
    "openai/log.json": json.dumps([{"id": "c", "created": 1, "messages": [{"role": "user", "content": "tent"}]}]),
    "openai/log.jsonl": json.dumps({"id": "c", "created": 1, "messages": [{"role": "user", "content": "tent"}]}) + "\n",
    "whatsapp/_chat.txt": f"[12.03.24, 14:05:11] {NAME}: tent\n[12.03.24, 14:05:12] Bob: yes\nmore\n",
}
FORMATS = pytest.mark.parametrize("name", MEMBERS)


def outcome(path: Path) -> int | None:
    """How many messages there are, or None when it is refused."""
    try:
        return sum(1 for _ in read_chats(path, NAME))
    except BadInput as error:
        refusal = error
    assert refusal.message
    assert refusal.remedy
    assert "tent" not in str(refusal)
    return None


@FORMATS
def test_what_is_whole_is_read(tmp_path: Path, name: str) -> None:
    assert outcome(write_zip(tmp_path / "x.zip", {name: MEMBERS[name]})) is not None


@pytest.mark.parametrize("name", [name for name in MEMBERS if not name.endswith((".jsonl", ".txt"))])
def test_a_json_file_cut_off_anywhere_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.json"
    content = MEMBERS[name].encode()
    for length in range(0, len(content) - 1, 3):
        path.write_bytes(content[:length])
        assert outcome(path) is None, length


def overwritten(content: bytearray, random_: random.Random) -> bytes:
    for _ in range(random_.randint(1, 4)):
        content[random_.randrange(len(content))] = random_.randrange(256)
    return bytes(content)


def moved(content: bytearray, random_: random.Random) -> bytes:
    start, end = sorted(random_.randrange(len(content)) for _ in range(2))
    target = random_.randrange(len(content))
    return bytes(content[:target] + content[start:end] + content[target:])


def replaced_value(content: bytearray, random_: random.Random) -> bytes:
    """Another type of value where some other was."""
    text = content.decode()
    starts = [place + 2 for place in range(len(text) - 2) if text[place : place + 2] == ": "]
    start = random_.choice(starts or [0])
    end = min((place for place in (text.find(",", start), text.find("}", start)) if place >= 0), default=start)
    values = ["null", "true", "-1", "1e999", '"x"', "[]", "{}", '[{"a": [1]}]', "123456789012345678901234567890"]
    return (text[:start] + random_.choice(values) + text[end:]).encode()


@FORMATS
@pytest.mark.parametrize("damage", [overwritten, moved, replaced_value])
def test_damage_of_any_kind_is_survived(
    tmp_path: Path, name: str, damage: Callable[[bytearray, random.Random], bytes]
) -> None:
    random_ = random.Random(f"{name} {damage.__name__}")
    path = tmp_path / name.rpartition("/")[2]
    for _ in range(150):
        path.write_bytes(damage(bytearray(MEMBERS[name].encode()), random_))
        outcome(path)


def test_damage_to_a_zip_of_any_kind_is_survived(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    content = write_zip(path, dict(MEMBERS)).read_bytes()
    random_ = random.Random("zip")
    for round_ in range(400):
        damage = moved if round_ % 4 == 0 else overwritten
        path.write_bytes(damage(bytearray(content), random_))
        outcome(path)
        path.write_bytes(content[: random_.randrange(len(content))])
        assert outcome(path) is None
