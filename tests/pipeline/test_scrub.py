"""Every number below is a reserved, published test or specimen value, or fails its check digit on purpose."""

import time

import pytest

from fairsignal.domain.signals import Message
from fairsignal.pipeline.scrub import scrub, scrub_text

PERSONAL = [
    ("en", "mail me at jo.doe+x@example.co.uk pls", "jo.doe", "email"),
    ("de", "schreib an max (at) example.org", "max", "email"),
    ("en", "my handle is @jo_doe on there", "jo_doe", "handle"),
    ("en", "look https://example.com/a?token=9fK2x and tell me", "9fK2x", "url"),
    ("en", "it's on www.example.com/me", "example.com", "url"),
    ("en", "share.example.io/u/12 is mine", "u/12", "url"),
    ("en", "call 020 7946 0182 tomorrow", "7946", "phone"),
    ("en", "or (212) 555-0123 ok", "0123", "phone"),
    ("de", "ruf an unter 030 23125 417", "23125", "phone"),
    ("de", "meine nummer: +49 (0)172 9925904", "9925904", "phone"),
    ("es", "mi móvil es 612 34 56 78", "612 34", "phone"),
    ("fr", "mon tel 06 12 34 56 78", "06 12", "phone"),
    ("it", "chiamami al 347 123 4567", "4567", "phone"),
    ("pt", "meu zap é (11) 91234-5678", "91234", "phone"),
    ("nl", "bel 06-12345678 even", "12345678", "phone"),
    ("pl", "mój numer 512 345 678", "512 345", "phone"),
    ("pl", "numer 512345678 sms", "512345678", "phone"),
    ("tr", "telefonum 0532 123 45 67", "0532", "phone"),
    ("en", "send it to GB82 WEST 1234 5698 7654 32", "WEST", "iban"),
    ("de", "konto de89370400440532013000 danke", "3704", "iban"),
    ("de", "IBAN DE89 3704 0044 0532 0130 01 (vertippt)", "3704", "iban"),
    ("en", "paid with 4111 1111 1111 1111 exp 12/30", "4111", "card"),
    ("en", "card 5555-5555-5555-4444", "5555", "card"),
    ("en", "NI number QQ 12 34 56 C", "QQ 12", "id"),
    ("en", "my ssn is 078-05-1120", "078-05", "id"),
    ("es", "dni 12345678Z", "12345678Z", "id"),
    ("it", "codice fiscale RSSMRA85T10A562S", "RSSMRA85", "id"),
    ("de", "Perso L01X00T47", "L01X00T47", "id"),
    ("en", "passport number is X1234567 i think", "X1234567", "id"),
    ("pl", "pesel 44051401359", "44051401359", ""),
    ("tr", "tc kimlik no 10000000146", "10000000146", ""),
    ("de", "steuer-id 36574261809", "36574261809", ""),
    ("en", "number 925665416 on the back", "925665416", ""),
    ("en", "born 12/03/1988 if that matters", "1988", "birth_date"),
    ("de", "geboren am 3. März 1990", "1990", "birth_date"),
    ("en", "my router is 192.168.178.21", "192.168", "network"),
    ("en", "v6 is 2001:db8::8a2e:370:7334", "2001:db8", "network"),
    ("en", "mac 00:1A:2B:3C:4D:5E", "1A:2B", "network"),
    ("en", "key sk-abcDEF0123456789abcDEF works?", "abcDEF", "secret"),
    ("en", "token ghp_abcdefghijklmnopqrstuvwx0123", "ghp_", "secret"),
    ("de", "mein passwort ist Hund3sommer!", "Hund3", "secret"),
    ("en", "27 Thistledown Road, London E8 4ZZ", "Thistledown", "address"),
    ("en", "i live at 12 elm street dayton", "elm", "address"),
    ("en", "postcode E8 4ZZ", "4ZZ", "address"),
    ("de", "wohne im Amselgrundweg 23a, 04999 Leipzig", "Amsel", "address"),
    ("de", "Fliederbogenstr. 61, 12999 Berlin", "Flieder", "address"),
    ("fr", "j'habite 12 bis, rue des Lilas, 75011 Paris", "Lilas", "address"),
    ("es", "Calle del Naranjo Azul 17, pta 6, 46999 Valencia", "Naranjo", "address"),
    ("it", "sto in via Garibaldi 12, 40126 Bologna", "Garibaldi", "address"),
    ("pt", "moro na Rua das Flores, 120", "Flores", "address"),
    ("nl", "Prinsengracht 263, 1016 GV Amsterdam", "Prinsen", "address"),
    ("pl", "ul. Długa 14/3, 00-238 Warszawa", "Długa", "address"),
    ("tr", "adres Lale Sokak No: 5", "Lale", "address"),
]

CLEAN = [
    "3 day road trip with 2 kids, 1500 km, where do we stop",
    "is a 2019 Golf with 84,000 km for 12.500 € ok",
    "we fly 12.07.2026 - 19.07.2026, back by 10:30",
    "between 2019-2023 prices rose 18.5%",
    "rtx 4070 or ps5 with a 1440p 144hz screen",
    "run 5x800m at 3:45, then 2x400m",
    "reps 12 15 18 20 22, is that right",
    "mix 250 g flour, 1/2 tsp salt and 125 ml milk at 180 degrees",
    "the grid is 1920 x 1080, ratio 16:9",
    "iso 3200 f/2.8 1/500 sec with a 70-200",
    "hotel under 1 000 000 lira lol",
    "isbn 978-3-16-148410-0 worth reading?",
    "wh-1000xm5 vs qc45",
    "GR20 in 14 days, 180 km",
    "am strand von 8-12 uhr, was packen wir ein",
    "la plaza de garaje que alquilo por 70 al mes",
    "via Rome or via Milan, 3 hours each",
    "meeting called to order 10:02, minutes please",
    "how do I get from A to B at 100 mph",
    "my password manager is slow",
    "did you watch it at least 2 times",
]


@pytest.mark.parametrize(("language", "text", "secret", "kind"), PERSONAL)
def test_personal_data_is_replaced_and_counted(language: str, text: str, secret: str, kind: str) -> None:
    scrubbed, removed = scrub_text(text, language)
    assert secret in text
    assert secret not in scrubbed
    assert kind in removed if kind else removed


@pytest.mark.parametrize("text", CLEAN)
def test_clean_text_stays_as_it_is(text: str) -> None:
    assert scrub_text(text, "en") == (text, {})


def test_what_remains_reads_on() -> None:
    text = "write to a@example.com or call 020 7946 0182"
    assert scrub_text(text, "en") == ("write to [email] or call [phone]", {"email": 1, "phone": 1})


def test_scrubbing_twice_changes_nothing_more() -> None:
    for language, text, _, _ in PERSONAL:
        once, _ = scrub_text(text, language)
        assert scrub_text(once, language) == (once, {})


def test_dislikes_are_dropped_for_interests_but_kept_for_the_screen() -> None:
    scrubbed = scrub(Message("m", "c", 0, "I hate hiking, but which tent is light?"))
    assert scrubbed.text == "which tent is light?"
    assert scrubbed.full_text == "I hate hiking, but which tent is light?"
    assert scrubbed.language == "en"
    assert "hiking" not in repr(scrubbed)


@pytest.mark.parametrize(
    "filler",
    ["a1 ", "1" * 50 + " ", "x@", "a-A1", "Street 5 ", "calle a b ", "Am 5 ", "a.", "1 ", "via Rom ", "wort"],
)
def test_a_pasted_megabyte_takes_no_time(filler: str) -> None:
    started = time.process_time()
    scrub(Message("m", "c", 0, filler * (1_000_000 // len(filler))))
    assert time.process_time() - started < 2
