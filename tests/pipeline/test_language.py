import pytest

from fairsignal.pipeline.language import UNKNOWN, identify, is_readable


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("which tent is best for two people", "en"),
        ("welches zelt ist gut für zwei", "de"),
        ("qué tienda es buena para dos personas", "es"),
        ("quelle tente pour deux personnes", "fr"),
        ("quale tenda mi consigli per due persone", "it"),
        ("qual barraca é boa para duas pessoas", "pt"),
        ("welke tent is goed voor twee personen", "nl"),
        ("jaki namiot jest dobry dla dwóch osób", "pl"),
        ("iki kişi için hangi çadır iyi", "tr"),
    ],
)
def test_trained_languages_are_told_apart(text: str, language: str) -> None:
    assert identify(text) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("weli ross cha me z chilbi ohni rezervation rite am sunntig", "de"),
        ("asvz: crossfit ab 7ni isch voll, wann fängt online", "de"),
    ],
)
def test_dialects_belong_to_their_language(text: str, language: str) -> None:
    assert identify(text) == language


@pytest.mark.parametrize("text", ["ok", "", "123", "??", "lol"])
def test_too_short_to_tell_is_said_so_and_is_readable(text: str) -> None:
    assert identify(text) == UNKNOWN
    assert is_readable(UNKNOWN)


@pytest.mark.parametrize(
    "text",
    [
        "Какую палатку лучше взять для двоих в горы",
        "二人用のテントはどれがいいですか",
        "ما هي أفضل خيمة لشخصين في الجبال",
        "mikä teltta olisi paras kahdelle hengelle vuoristossa kesällä",
        "melyik sátor a legjobb két személynek a hegyekben nyáron",
        # share their commonest words with languages that we read
        "jag skulle vilja veta var man kan köpa en bra begagnad cykel i Göteborg",
        "hvor kan jeg finde en god opskrift på rugbrød som ikke tager hele dagen",
        "saya ingin mencari sepatu lari yang bagus dan murah untuk pemula",
        "tražim jeftin apartman na moru za cijelu obitelj u kolovozu",
        "voldria trobar un bon restaurant a Girona per sopar demà a la nit",
    ],
)
def test_languages_that_nobody_trained_for_are_not_readable(text: str) -> None:
    assert not is_readable(identify(text))
