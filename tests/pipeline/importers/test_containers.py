import json
import struct
import zipfile
from pathlib import Path

import pytest

from fairsignal.domain.errors import BadInput
from fairsignal.pipeline.importers import read_chats

from .exports import claude_conversation, claude_message, conversation, node, write_folder, write_zip

CHATGPT = json.dumps([conversation(node("a", "root", "user", "tent"))])
CLAUDE = json.dumps([claude_conversation(claude_message("human", "stove"))])
WHATSAPP = "12.03.24, 14:05 - Anna: pan\n"
LOG = '{"messages": [{"role": "user", "content": "lamp"}]}\n'


def texts(path: Path | list[Path], own_name: str | None = None) -> list[str]:
    return [message.text for message in read_chats(path, own_name)]


def refused(path: Path | list[Path]) -> BadInput:
    with pytest.raises(BadInput) as caught:
        texts(path)
    assert caught.value.remedy
    return caught.value


def test_exports_of_several_services_in_one_folder(tmp_path: Path) -> None:
    write_folder(
        tmp_path,
        {
            "openai/conversations.json": CHATGPT,
            "openai/user.json": "{}",
            "logs/a/b/c.jsonl": LOG,
            "chats/_chat.txt": WHATSAPP,
            ".DS_Store": b"\x00",
            "__MACOSX/conversations.json": b"\x00",
            "openai/._conversations.json": b"\x00",
        },
    )
    write_zip(tmp_path / "claude.zip", {"data/conversations.json": CLAUDE})
    assert texts(tmp_path, "Anna") == ["tent", "stove", "pan", "lamp"]


@pytest.mark.parametrize("folder", ["", "export/"])
def test_what_was_uploaded_to_an_assistant_is_not_read_as_the_persons_chats(tmp_path: Path, folder: str) -> None:
    members: dict[str, str | bytes] = {
        f"{folder}conversations.json": CHATGPT,
        f"{folder}file-1-WhatsApp Chat with Bob.txt": WHATSAPP,
        f"{folder}uploads/_chat.txt": WHATSAPP,
        f"{folder}file-2-log.jsonl": LOG,
        f"{folder}uploads/messages/inbox/bob/message_1.json": "{",
    }
    assert texts(write_zip(tmp_path / "x.zip", members)) == ["tent"]
    assert texts(write_folder(tmp_path / "unpacked", members)) == ["tent"]


def test_several_files_are_read_in_the_order_given(tmp_path: Path) -> None:
    paths = []
    for name in ("b", "a"):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps([conversation(node(name, "root", "user", name))]))
        paths.append(path)
    assert texts(paths) == ["b", "a"]
    assert refused([]).message == "No file was given."


def test_of_several_files_the_broken_one_is_told(tmp_path: Path) -> None:
    parts: dict[str, str | bytes] = {"conversations-000.json": CHATGPT, "conversations-001.json": CHATGPT[:-9]}
    error = refused(write_zip(tmp_path / "x.zip", parts))
    assert error.code == "truncated-file"
    assert error.message.startswith("conversations-001.json (2 of 2): The file breaks off")


def test_a_zip_made_on_windows_is_read(tmp_path: Path) -> None:
    assert texts(write_zip(tmp_path / "x.zip", {"export\\conversations.json": CHATGPT})) == ["tent"]


def test_more_zips_than_are_held_open(tmp_path: Path) -> None:
    for number in range(40):
        chat = f"[12.03.24, 14:05:{number:02}] Anna: say {number}\n"
        write_zip(tmp_path / f"WhatsApp Chat - {number}.zip", {"_chat.txt": chat})
    assert texts(tmp_path, "Anna") == [f"say {number}" for number in range(40)]


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    write_folder(tmp_path / "export", {"conversations.json": CHATGPT})
    (tmp_path / "export" / "again").symlink_to(tmp_path / "export", target_is_directory=True)
    assert texts(tmp_path) == ["tent"]


@pytest.mark.parametrize(
    ("members", "code", "says"),
    [
        ({}, "empty-export", "is empty"),
        ({"cat.jpg": b"x"}, "unknown-format", "conversations.json"),
        ({"more.zip": b"x"}, "unknown-format", "other zip files"),
        ({"a/b/message_1.html": b"x"}, "unknown-format", "HTML"),
        ({"notes.txt": b"hello"}, "unknown-format", "no WhatsApp chat"),
        ({"conversations.json": b"[]"}, "unknown-format", "without any conversation"),
    ],
)
def test_a_zip_without_chats_is_refused_with_its_reason(
    tmp_path: Path, members: dict[str, str | bytes], code: str, says: str
) -> None:
    error = refused(write_zip(tmp_path / "x.zip", members))
    assert error.code == code
    assert says in error.message


def test_a_folder_without_chats_is_refused_with_its_reason(tmp_path: Path) -> None:
    assert refused(tmp_path).code == "empty-export"
    write_folder(tmp_path, {"cat.jpg": b"x"})
    assert "The folder holds no conversations.json" in refused(tmp_path).message


def test_a_folder_with_a_damaged_zip_is_refused(tmp_path: Path) -> None:
    write_folder(tmp_path, {"conversations.json": CHATGPT})
    whole = write_zip(tmp_path / "x.zip", {"conversations.json": CHATGPT}).read_bytes()
    (tmp_path / "x.zip").write_bytes(whole[:-30])
    assert refused(tmp_path).code == "truncated-file"


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("conversations.json", "w") as member:
        for _ in range(300):
            member.write(b" " * (1 << 20))
    assert path.stat().st_size < 1 << 20
    assert refused(path).code == "zip-bomb"


def test_a_member_never_gives_more_than_the_size_it_declares(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "x.zip", {"conversations.json": CHATGPT + " " * 10_000_000})
    content = bytearray(path.read_bytes())
    directory = content.rindex(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = struct.pack("<I", len(CHATGPT) + 10)
    path.write_bytes(content)
    assert refused(path).code == "truncated-file"


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "x.zip", {"conversations.json": CHATGPT})
    content = bytearray(path.read_bytes())
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert refused(path).code == "encrypted-zip"


def test_a_zip_in_a_rare_compression_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "x.zip", {"conversations.json": CHATGPT})
    content = bytearray(path.read_bytes())
    for start, place in ((content.index(b"PK\x03\x04"), 8), (content.rindex(b"PK\x01\x02"), 10)):
        content[start + place : start + place + 2] = struct.pack("<H", 9)
    path.write_bytes(content)
    error = refused(path)
    assert error.code == "unsupported-zip"
    assert "Unpack" in error.remedy


@pytest.mark.parametrize(
    ("magic", "says"), [(b"\x1f\x8b\x08", "gzip"), (b"7z\xbc\xaf\x27", "7z"), (b"Rar!\x1a", "RAR")]
)
def test_other_archives_are_told_by_name(tmp_path: Path, magic: bytes, says: str) -> None:
    path = tmp_path / "export"
    path.write_bytes(magic + bytes(50))
    assert says in refused(path).message
