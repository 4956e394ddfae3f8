import json
from pathlib import Path
from typing import Any

import pytest

from fairsignal.domain.errors import BadInput
from fairsignal.pipeline.importers import read_chats

from .exports import (
    facebook_profile,
    instagram_profile,
    meta_json,
    meta_message,
    meta_thread,
    write_folder,
    write_zip,
)

ME = "Zoë Müller"
INBOX = "your_instagram_activity/messages/inbox"
PROFILE = "personal_information/personal_information/personal_information.json"


def texts(path: Path | list[Path], own_name: str | None = None) -> list[str]:
    return [message.text for message in read_chats(path, own_name)]


def thread(friend: str, *own: str) -> str:
    said = [meta_message(friend, "private thing"), *(meta_message(ME, text) for text in own)]
    return meta_json(meta_thread([friend, ME], *said))


def two_threads() -> dict[str, str | bytes]:
    return {
        f"{INBOX}/bob_17/message_1.json": thread("Bob", "für dich 🎿"),
        f"{INBOX}/eve_9/message_1.json": thread("Eve", "ok"),
    }


def refused(path: Path, own_name: str | None = None) -> BadInput:
    with pytest.raises(BadInput) as caught:
        texts(path, own_name)
    assert caught.value.remedy
    assert not any(name in str(caught.value) for name in ("Bob", "Eve", "Zoë", "private"))
    return caught.value


def test_the_owner_is_who_takes_part_in_every_chat_and_the_encoding_is_repaired(tmp_path: Path) -> None:
    assert texts(write_zip(tmp_path / "instagram.zip", two_threads())) == ["für dich 🎿", "ok"]
    assert texts(write_folder(tmp_path / "folder", two_threads())) == ["für dich 🎿", "ok"]


@pytest.mark.parametrize(
    ("name", "profile"),
    [
        (PROFILE, instagram_profile(ME, "zoe.m")),
        ("personal_information/profile_information/profile_information.json", facebook_profile(ME)),
    ],
)
def test_the_profile_tells_the_owner_of_a_single_chat(tmp_path: Path, name: str, profile: Any) -> None:
    members: dict[str, str | bytes] = {f"{INBOX}/bob_17/message_1.json": thread("Bob", "hi"), name: meta_json(profile)}
    assert texts(write_zip(tmp_path / "x.zip", members)) == ["hi"]


def test_the_profile_may_be_in_another_part_of_the_export(tmp_path: Path) -> None:
    chats = write_zip(tmp_path / "part-1.zip", {f"{INBOX}/bob_17/message_1.json": thread("Bob", "hi")})
    rest = write_zip(tmp_path / "part-2.zip", {PROFILE: meta_json(instagram_profile(ME, "zoe.m"))})
    assert texts([chats, rest]) == texts(tmp_path) == ["hi"]


def test_a_single_chat_without_a_profile_needs_the_name(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "x.zip", {f"{INBOX}/bob_17/message_1.json": thread("Bob", "hi")})
    error = refused(path)
    assert error.code == "own-name-needed"
    assert "--name" in error.remedy
    assert texts(path, "zoë müller") == ["hi"]
    assert refused(path, "Mallory").code == "own-name-unknown"


def test_two_people_in_every_chat_cannot_be_told_apart(tmp_path: Path) -> None:
    members: dict[str, str | bytes] = {
        f"{INBOX}/bob_17/message_1.json": thread("Bob", "hi"),
        f"{INBOX}/group_3/message_1.json": meta_json(meta_thread(["Bob", "Eve", ME], meta_message("Bob", "private"))),
    }
    assert refused(write_zip(tmp_path / "x.zip", members)).code == "own-name-needed"


def test_a_friend_who_alone_is_listed_is_not_taken_for_the_owner(tmp_path: Path) -> None:
    alone = meta_json(meta_thread(["Bob"], meta_message("Bob", "private thing")))
    members: dict[str, str | bytes] = {f"{INBOX}/bob_{n}/message_1.json": alone for n in (1, 2)}
    assert refused(write_zip(tmp_path / "x.zip", members)).code == "own-name-needed"


def test_a_group_that_the_owner_has_left_does_not_tell_who_it_is(tmp_path: Path) -> None:
    members: dict[str, str | bytes] = {}
    for friend in ("Eve", "Carl"):
        left = meta_thread(["Bob", friend], meta_message("Bob", "private thing")) | {"is_still_participant": False}
        members[f"{INBOX}/group_{friend}/message_1.json"] = meta_json(left)
    assert refused(write_zip(tmp_path / "x.zip", members)).code == "own-name-needed"
    assert texts(write_zip(tmp_path / "y.zip", members | two_threads())) == ["für dich 🎿", "ok"]


def test_a_profile_whose_fields_name_both_people_of_a_chat_tells_nothing(tmp_path: Path) -> None:
    members: dict[str, str | bytes] = {
        f"{INBOX}/bob_17/message_1.json": thread("Bob", "hi"),
        PROFILE: meta_json(instagram_profile(ME, "Bob")),
    }
    assert refused(write_zip(tmp_path / "x.zip", members)).code == "own-name-needed"


def test_a_thread_is_told_in_the_order_of_time_over_its_files(tmp_path: Path) -> None:
    def part(*numbers: int) -> str:
        said = [meta_message(ME, f"say {n}", 1_780_000_000_000 + n * 1000) for n in numbers]
        return meta_json(meta_thread(["Bob", ME], *said))

    members: dict[str, str | bytes] = {
        f"{INBOX}/bob_17/message_1.json": part(5, 6),
        f"{INBOX}/bob_17/message_2.json": part(3, 4),
        f"{INBOX}/bob_17/message_10.json": part(1, 2),
    }
    messages = list(read_chats(write_zip(tmp_path / "x.zip", members), ME))
    assert [message.text for message in messages] == [f"say {n}" for n in range(1, 7)]
    assert [message.sent_at for message in messages] == [1_780_000_000 + n for n in range(1, 7)]
    assert {message.conversation for message in messages} == {"thread-1"}
    assert len({message.id for message in messages}) == 6


def test_what_is_given_zipped_and_unpacked_counts_once(tmp_path: Path) -> None:
    write_zip(tmp_path / "x.zip", two_threads())
    write_folder(tmp_path / "unpacked", two_threads())
    assert sorted(texts(tmp_path)) == ["für dich 🎿", "ok"]


def test_what_meta_wrote_in_the_persons_name_is_no_word_of_theirs(tmp_path: Path) -> None:
    thread_ = meta_thread(
        ["Bob", ME],
        meta_message(ME, f"{ME} sent an attachment.", share={"link": "https://example.org", "share_text": "not mine"}),
        meta_message(ME, "Du hast einen Anhang gesendet."),
        meta_message(ME, "Liked a message"),
        meta_message(ME, "Reacted ❤️ to your message "),
        meta_message(ME, f"{ME} started a video chat", type="Call", call_duration=10),
        meta_message(ME, "taken back", is_unsent=True),
        meta_message(ME, None, photos=[{"uri": "x.jpg", "creation_timestamp": 1}]),
        meta_message(ME, "I liked a message from you", reactions=[{"reaction": "❤", "actor": "Bob"}]),
        meta_message(ME, "look https://example.org", type="Share", share={"link": "https://example.org"}),
    )
    path = write_zip(tmp_path / "x.zip", {f"{INBOX}/bob_17/message_1.json": meta_json(thread_)})
    assert texts(path, ME) == ["I liked a message from you", "look https://example.org"]


def test_text_that_was_never_broken_stays_as_it_is(tmp_path: Path) -> None:
    sound = json.dumps(
        meta_thread(["Bob", ME], meta_message(ME, "für 10 €"), meta_message(ME, "é")), ensure_ascii=False
    )
    path = write_zip(tmp_path / "x.zip", {f"{INBOX}/bob_17/message_1.json": sound})
    assert texts(path, ME) == ["für 10 €", "é"]


def test_plain_files_are_read_too(tmp_path: Path) -> None:
    path, profile = tmp_path / "message_1.json", tmp_path / "personal_information.json"
    path.write_text(thread("Bob", "hi"))
    profile.write_text(meta_json(instagram_profile(ME, "zoe.m")))
    assert texts(path, ME) == texts([path, profile]) == ["hi"]
    assert "holds no chats" in refused(profile).message


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (thread("Bob", "hi")[:-30], "truncated-file", "message_1.json (2 of 2): The file breaks off"),
        ("", "unknown-format", "message_1.json (2 of 2)"),
        ('{"participants": [], "messages": [1]}', "damaged-export", "message_1.json (2 of 2)"),
        ('{"participants": [], "messages": []} x', "not-json", "message_1.json (2 of 2)"),
        ('{"stickers": []}', "unknown-format", "message_1.json (2 of 2)"),
        ('{"participants": ["Bob"], "messages": [{"senderName": "Bob"}]}', "unknown-format", "encrypted chats"),
    ],
)
def test_a_broken_file_among_others_is_named_and_nothing_passed_over(
    tmp_path: Path, content: str, code: str, says: str
) -> None:
    members: dict[str, str | bytes] = {
        f"{INBOX}/anna_1/message_1.json": thread("Anna", "hi"),
        f"{INBOX}/bob_17/message_1.json": content,
    }
    error = refused(write_zip(tmp_path / "x.zip", members), ME)
    assert error.code == code
    assert says in error.message


def test_an_export_in_html_is_told_as_such(tmp_path: Path) -> None:
    error = refused(write_zip(tmp_path / "x.zip", {f"{INBOX}/bob_17/message_1.html": "<html>"}))
    assert error.code == "unknown-format"
    assert "HTML" in error.message
    assert "JSON" in error.remedy
