import json
from pathlib import Path

import pytest

from fairsignal.domain.errors import BadInput
from fairsignal.pipeline.importers import read_chats

from .exports import conversation, node, write_zip

CHATS = json.dumps([conversation(node("a", "root", "user", "hello there"), node("b", "a", "user", "private thing"))])


def refused(path: Path) -> BadInput:
    with pytest.raises(BadInput) as caught:
        list(read_chats(path))
    assert caught.value.remedy
    assert "private" not in str(caught.value)
    return caught.value


def test_a_zip_is_read_without_unpacking(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "export.zip", {"user.json": "{}", "export/conversations.json": CHATS})
    assert len(list(read_chats(path))) == 2


def test_a_split_export_is_read_in_the_order_of_its_parts(tmp_path: Path) -> None:
    parts = {
        f"conversations-{number}.json": json.dumps([conversation(node(f"n{number}", "root", "user", f"part {number}"))])
        for number in (10, 2, 1)
    }
    assert [m.text for m in read_chats(write_zip(tmp_path / "x.zip", parts))] == ["part 1", "part 2", "part 10"]


def test_a_zip_without_conversations_is_refused(tmp_path: Path) -> None:
    error = refused(write_zip(tmp_path / "x.zip", {"photos/cat.jpg": b"x"}))
    assert error.code == "unknown-format"
    assert "conversations.json" in error.message


def test_a_cut_off_zip_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "x.zip", {"conversations.json": CHATS * 50})
    path.write_bytes(path.read_bytes()[:-40])
    assert refused(path).code == "truncated-file"


def test_a_zip_with_flipped_bytes_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "x.zip", {"conversations.json": CHATS})
    content = bytearray(path.read_bytes())
    content[120:130] = bytes(10)
    path.write_bytes(content)
    refused(path)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.99, 0.9999])
def test_a_truncated_file_is_an_error_that_says_where(tmp_path: Path, share: float) -> None:
    path = tmp_path / "conversations.json"
    length = int(len(CHATS) * share)
    path.write_text(CHATS[:length])
    error = refused(path)
    assert error.code == "truncated-file"
    assert f"byte {length:,}" in error.message


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (b"", "empty-export", "empty"),
        (b"  \n", "unknown-format", "white space"),
        (b"[]", "unknown-format", "without any conversation"),
        (b"hello", "unknown-format", "not JSON"),
        (b"\x00\x01\x02", "unknown-format", "binary"),
        (b"%PDF-1.7", "unknown-format", "PDF"),
        (b"<!DOCTYPE html><html>", "unknown-format", "web page"),
        (b'[{"uuid": "1", "full_name": "private", "verified_phone_number": null}]', "unknown-format", "Claude"),
        (b'{"profile_user": [{"title": "private"}]}', "unknown-format", "Instagram"),
        (b'{"participants": ["private"], "messages": [{"senderName": "x"}]}', "unknown-format", "encrypted"),
        (b'{"name": "x", "version": "1.0"}', "unknown-format", "package"),
        (b'{"id": "1", "chatgpt_plus_user": true}', "unknown-format", "user.json"),
        (b"[1, 2]", "unknown-format", "another kind"),
        (b"[" * 100_000, "unknown-format", "another kind"),
        (b'[{"mapping": {"a": ' + b"[" * 100_000, "damaged-export", "object"),
        (b'[{"mapping": {"a": {"message": {"x": ' + b"[" * 100_000, "damaged-export", "nested"),
        (b'[{"mapping": {}, "title": 1}]', "empty-export", "no message"),
        (CHATS.encode() + b"xx", "not-json", "not valid JSON"),
        (CHATS.encode("utf-16"), "bad-encoding", "UTF-16"),
        (CHATS.replace("hello", "hello \xe9").encode("latin-1"), "bad-encoding", "UTF-8"),
    ],
)
def test_whatever_else_is_given_gets_its_own_sentence(tmp_path: Path, content: bytes, code: str, says: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    error = refused(path)
    assert error.code == code
    assert says in error.message


def test_a_byte_order_mark_is_harmless(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(b"\xef\xbb\xbf" + CHATS.encode())
    assert len(list(read_chats(path))) == 2


def test_a_missing_file_is_named_as_such(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "nothing.json").message


def test_an_export_without_own_messages_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps([conversation(node("a", "root", "assistant", "private"))]))
    assert refused(path).code == "empty-export"


def test_reading_twice_gives_the_same(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(CHATS)
    assert list(read_chats(path)) == list(read_chats(path))
