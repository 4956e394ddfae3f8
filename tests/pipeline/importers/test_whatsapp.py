from datetime import UTC, datetime
from pathlib import Path

import pytest

from fairsignal.domain.errors import BadInput
from fairsignal.pipeline.importers import read_chats

from .exports import write_folder, write_zip

ME = "Anna Ünal"
LRM, NNBSP = "\u200e", "\u202f"


def write_chat(path: Path, *lines: str, end: str = "\n") -> Path:
    path.write_bytes("".join(line + end for line in lines).encode())
    return path


def texts(path: Path | list[Path], own_name: str | None = ME) -> list[str]:
    return [message.text for message in read_chats(path, own_name)]


def refused(path: Path | list[Path], own_name: str | None = ME) -> BadInput:
    with pytest.raises(BadInput) as caught:
        texts(path, own_name)
    assert caught.value.remedy
    assert not any(word in str(caught.value) for word in ("Anna", "Bob", "private"))
    return caught.value


IPHONE = (
    f"[12.03.24, 14:05:11] Bob: {LRM}Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt.",
    f"[12.03.24, 14:05:11] {ME}: Kennst du ein gutes Zelt?",
    "",
    "Für zwei.",
    "[12.03.24, 14:06:00] Bob: private thing",
    f"{LRM}[12.03.24, 14:07:00] {ME}: {LRM}Bild weggelassen",
    f"{LRM}[12.03.24, 14:07:30] {ME}: so eins {LRM}<Anhang: 00000012-PHOTO-2024-03-12.jpg>",
    f"[12.03.24, 14:07:35] {ME}: oder so {LRM}Bild weggelassen",
    f"{LRM}[12.03.24, 14:07:40] {ME}: Prospekt.pdf • {LRM}3 Seiten {LRM}Dokument weggelassen",
    f"[12.03.24, 14:08:00] {ME}: und einen Kocher {LRM}<Diese Nachricht wurde bearbeitet.>",
    f"[12.03.24, 14:09:00] {ME}: {LRM}Du hast diese Nachricht gelöscht.",
)
ANDROID = (
    "12.03.24, 14:04 - Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt. Niemand kann sie lesen.",
    f"12.03.24, 14:05 - {ME}: Kennst du ein gutes Zelt?",
    "",
    "Für zwei.",
    "12.03.24, 14:06 - Bob: private thing",
    f"12.03.24, 14:06 - {ME} hat den Betreff zu „Zelt: welches“ geändert",
    f"12.03.24, 14:07 - {ME}: <Medien ausgeschlossen>",
    f"12.03.24, 14:07 - {ME}: {LRM}IMG-20240312-WA0007.jpg (Datei angehängt)",
    "so eins",
    f"12.03.24, 14:08 - {ME}: und einen Kocher <Diese Nachricht wurde bearbeitet.>",
    f"12.03.24, 14:09 - {ME}: Du hast diese Nachricht gelöscht",
    f"12.03.24, 14:09 - {ME}: null",
)


def test_the_iphone_layout(tmp_path: Path) -> None:
    first, photo, other, stove = read_chats(write_chat(tmp_path / "_chat.txt", *IPHONE, end="\r\n"), ME)
    assert (first.text, first.sent_at) == ("Kennst du ein gutes Zelt?\n\nFür zwei.", 1_710_252_311)
    assert (photo.text, other.text, stove.text) == ("so eins", "oder so", "und einen Kocher")
    assert {first.conversation, stove.conversation} == {"chat-1"}
    assert len({first.id, photo.id, stove.id}) == 3


def test_the_android_layout(tmp_path: Path) -> None:
    first, caption, stove = read_chats(write_chat(tmp_path / "WhatsApp Chat mit Bob.txt", *ANDROID), ME)
    assert (first.text, first.sent_at) == ("Kennst du ein gutes Zelt?\n\nFür zwei.", 1_710_252_300)
    assert (caption.text, stove.text) == ("so eins", "und einen Kocher")


@pytest.mark.parametrize(
    "head",
    [
        "12.03.24, 14:05 - ",  # de
        "12/03/2024, 14:05 - ",  # en-GB, fr, it, es
        "12/03/2024, 2:05 pm - ",  # en-AU
        f"12/03/2024, 2:05{NNBSP}pm - ",  # en-IN since 2023
        "12/3/24, 14:05 - ",  # es
        "12/3/24 14:05 - ",
        "12/3/24, 2:05 p.\u00a0m. - ",  # es-MX
        "12/03/2024 14:05 - ",  # pt-BR
        "12/03/2024 à 14:05 - ",  # fr, earlier
        "12-03-2024 14:05 - ",  # nl
        "12.03.2024, 14:05 - ",  # pl
        "12.03.2024 14:05 - ",  # tr
        "12.03.2024 ÖS 2:05 - ",
        "2024-03-12, 14:05 - ",  # sv, fr-CA
        "2024/03/12, 14:05 - ",  # en-ZA
        "2024. 03. 12. 14:05 - ",  # hu
        "[12.03.24, 14:05:00] ",
        "[12/03/2024, 14:05:00] ",
        "[12/03/24, 2:05:00 PM] ",
        f"{LRM}[12/03/2024, 2:05:00{NNBSP}PM] ",
        "[12-03-2024 14:05:00] ",
        "[12.03.2024 14:05:00] ",
        "[2024-03-12, 14:05:00] ",
    ],
)
def test_dates_and_clocks_of_many_countries(tmp_path: Path, head: str) -> None:
    # The second line's day tells the order.
    later = head.replace("12/3", "13/3").replace("12/03", "13/03")
    path = write_chat(tmp_path / "_chat.txt", f"{head}Bob: private", f"{head}{ME}: hi", f"{later}Bob: private")
    (message,) = read_chats(path, ME)
    assert message.sent_at == 1_710_252_300


@pytest.mark.parametrize(
    ("clock", "hour"),
    [("12:05 AM", 0), ("1:05 AM", 1), ("12:05 PM", 12), ("11:05 pm", 23), ("12:05 ÖÖ", 0), ("1:05 ös", 13)],
)
def test_the_12_hour_clock(tmp_path: Path, clock: str, hour: int) -> None:
    (message,) = read_chats(write_chat(tmp_path / "x.txt", f"12.03.2024, {clock} - {ME}: hi"), ME)
    assert (message.sent_at - 300) % 86_400 == hour * 3600


@pytest.mark.parametrize(
    "placeholder",
    [
        "<Media omitted>",
        "<Medien ausgeschlossen>",
        "<Multimedia omitido>",
        "<Médias omis>",
        "<Media omessi>",
        "<Mídia oculta>",
        "<Ficheiro não revelado>",
        "<Media weggelaten>",
        "<Pominięto multimedia>",
        "<Medya dahil edilmedi>",
        "<Video note omitted>",
        "image omitted",
        "Bild weggelassen",
        "imagen omitida",
        "image absente",
        "immagine omessa",
        "imagem ocultada",
        "afbeelding weggelaten",
        "obraz pominięty",
        "görüntü dahil edilmedi",
        "This message was deleted.",
        "Diese Nachricht wurde gelöscht.",
        "Eliminaste este mensaje",
        "Vous avez supprimé ce message",
        "Questo messaggio è stato eliminato",
        "Você apagou esta mensagem",
        "Dit bericht is verwijderd",
        "Ta wiadomość została usunięta",
        "Bu mesajı sildiniz",
        "IMG-20240312-WA0001.jpg (file attached)",
        "IMG-20240312-WA0001.jpg (arquivo anexado)",
        "IMG 1 (2).jpg (dosya ekli)",
        "location: https://maps.google.com/?q=52.5,13.4",
    ],
)
def test_what_stands_for_something_else_is_no_message(tmp_path: Path, placeholder: str) -> None:
    lines = (f"12.03.24, 14:05 - {ME}: {placeholder}", f"12.03.24, 14:06 - {ME}: hi")
    assert texts(write_chat(tmp_path / "x.txt", *lines)) == ["hi"]


@pytest.mark.parametrize(
    "marker",
    [
        "This message was edited",
        "Diese Nachricht wurde bearbeitet.",
        "Se editó este mensaje",
        "Ce message a été modifié",
        "Questo messaggio è stato modificato",
        "Mensagem editada",
        "Dit bericht is bewerkt",
        "Ta wiadomość została zmieniona",
        "Bu mesaj düzenlendi",
    ],
)
def test_the_mark_of_an_edited_message_is_cut_off(tmp_path: Path, marker: str) -> None:
    line = f"12.03.24, 14:05 - {ME}: I <3 this <{marker}>"
    assert texts(write_chat(tmp_path / "x.txt", line)) == ["I <3 this"]


def test_marks_around_names_and_mentions_do_not_matter(tmp_path: Path) -> None:
    lines = (
        f"[12.03.24, 14:05:11] ~{NNBSP}anna ünal: hi @\u2068Bob\u2069",
        "[12.03.24, 14:05:12] \u202aAnna U\u0308nal\u202c: ho",
        f"[12.03.24, 14:05:13] {ME} Junior: private",
        f"[12.03.24, 14:05:13] Bob: {ME}: private",
    )
    assert texts(write_chat(tmp_path / "_chat.txt", *lines)) == ["hi @Bob", "ho"]


def test_a_chat_pasted_into_a_message_puts_no_words_into_the_persons_mouth(tmp_path: Path) -> None:
    lines = (
        "[12.03.24, 14:05:11] Bob: look what you said",
        f"12.03.24, 14:05 - {ME}: private",
        f"[12/03/24, 14:05:11] {ME}: private",
        f"[99.99.24, 14:05:11] {ME}: private",
        f"[12.03.24, 14:06:11] {ME}: hi",
    )
    assert texts(write_chat(tmp_path / "_chat.txt", *lines)) == ["hi"]


def order_of(tmp_path: Path, dates: list[str], clock: str = "14:05") -> list[str]:
    lines = [f"{date}, {clock} - {ME}: {number}" for number, date in enumerate(dates)]
    messages = read_chats(write_chat(tmp_path / "x.txt", *lines), ME)
    return [datetime.fromtimestamp(message.sent_at, tz=UTC).date().isoformat() for message in messages]


def test_a_day_past_the_twelfth_tells_the_order_for_the_whole_file(tmp_path: Path) -> None:
    assert order_of(tmp_path, ["1/2/24", "3/13/24"]) == ["2024-01-02", "2024-03-13"]
    assert order_of(tmp_path, ["1/2/24", "13/3/24"]) == ["2024-02-01", "2024-03-13"]
    assert order_of(tmp_path, ["24/1/2", "24/3/13"]) == ["2024-01-02", "2024-03-13"]


def test_without_one_time_runs_forwards(tmp_path: Path) -> None:
    assert order_of(tmp_path, ["11/2/24", "12/1/24"]) == ["2024-11-02", "2024-12-01"]
    assert order_of(tmp_path, ["2/11/24", "1/12/24"]) == ["2024-11-02", "2024-12-01"]


def test_without_any_evidence_the_day_comes_first_except_on_an_american_clock(tmp_path: Path) -> None:
    assert order_of(tmp_path, ["1/2/24"]) == ["2024-02-01"]
    assert order_of(tmp_path, ["1/2/24"], "2:05 pm") == ["2024-02-01"]
    assert order_of(tmp_path, ["1/2/24"], f"2:05{NNBSP}PM") == ["2024-01-02"]
    assert order_of(tmp_path, ["1.2.24"], "2:05 PM") == ["2024-02-01"]


def test_many_chats_in_zips_and_folders(tmp_path: Path) -> None:
    chat = f"12.03.24, 14:05 - {ME}: tent\n"
    other = f"[12.03.24, 14:05:11] {ME}: stove\n"
    write_zip(tmp_path / "WhatsApp Chat - Bob.zip", {"_chat.txt": other, "00000001-PHOTO.jpg": b"\xff\xd8"})
    write_folder(tmp_path, {"deep/er/WhatsApp Chat with Eve.txt": chat, "deep/notes.txt": "a list\nof things"})
    messages = list(read_chats(tmp_path, ME))
    assert sorted(message.text for message in messages) == ["stove", "tent"]
    assert {message.conversation for message in messages} == {"chat-1", "chat-2"}


def test_a_chat_that_is_given_twice_counts_once(tmp_path: Path) -> None:
    chat = "".join(line + "\n" for line in ANDROID)
    one = write_zip(tmp_path / "x.zip", {"WhatsApp Chat with Bob.txt": chat})
    other = write_chat(tmp_path / "WhatsApp Chat with Bob.txt", *ANDROID)
    assert texts([one, other]) == texts(one)


def test_the_name_is_needed_and_has_to_be_in_the_chat(tmp_path: Path) -> None:
    path = write_chat(tmp_path / "_chat.txt", *IPHONE)
    error = refused(path, None)
    assert error.code == "own-name-needed"
    assert "--name" in error.remedy
    assert refused(path, "Mallory").code == "own-name-unknown"
    assert "blank" in refused(path, " ").message


def test_a_group_where_the_person_never_wrote_is_fine_beside_one_where_they_did(tmp_path: Path) -> None:
    silent = write_chat(tmp_path / "silent.txt", "12.03.24, 14:06 - Bob: private thing")
    spoken = write_chat(tmp_path / "spoken.txt", f"12.03.24, 14:06 - {ME}: hi")
    assert texts([silent, spoken]) == ["hi"]
    assert refused(silent).code == "own-name-unknown"


def test_only_placeholders_is_an_empty_export(tmp_path: Path) -> None:
    assert refused(write_chat(tmp_path / "x.txt", f"12.03.24, 14:06 - {ME}: <Media omitted>")).code == "empty-export"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty-export"),
        (b"private notes\n", "unknown-format"),
        (f"12.03.24, 14:06 - {ME}: f".encode() + b"\xfcr private\n", "bad-encoding"),
        ("\n".join(ANDROID).encode("utf-16"), "bad-encoding"),
        (f"12.03.24, 14:06 - {ME}: ".encode() + b"x" * (2 << 20), "damaged-export"),
        (f"12.03.24, 14:06 - {ME}: x\n".encode() + b"private\n" * 200_000, "damaged-export"),
        (b"SQLite format 3\x00private", "unknown-format"),
    ],
)
def test_what_is_no_chat_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "_chat.txt"
    path.write_bytes(content)
    assert refused(path).code == code


def test_a_whatsapp_file_in_an_unknown_layout_is_not_passed_over(tmp_path: Path) -> None:
    write_chat(tmp_path / "a.txt", f"12.03.24, 14:06 - {ME}: hi")
    write_chat(tmp_path / "WhatsApp Chat with Bob.txt", "12 March 2024 at 14:06 - Bob: private")
    error = refused(tmp_path)
    assert error.code == "unknown-format"
    assert error.message.startswith("File (1 of 2)")
