"""Street addresses and full postcodes, as they are written in the languages that we know.

A street needs a house number to count: "Baker Street" is a sight, "221b Baker Street" is somebody's door.
"""

from __future__ import annotations

import re
from collections import Counter

__all__ = ["replace_addresses"]

_UPPER = "A-ZÀ-ÖØ-ÞĀĂĄĆĈĊČĎĐĒĖĘĚĞĠĢĪĮİŁŃŅŇŌŐŒŔŘŚŜŞŠŢŤŪŮŰŲŴŶŹŻŽ"
_NAME = rf"[{_UPPER}](?:[^\W\d_]|['’.-]){{1,30}}"
# "via Milan, 3 hours" is a journey.
_UNITS = "h|hrs?|hours?|min|minutes?|km|m|kg|g|days?|nights?|weeks?|people|times?|stops?|uhr|tage|euros?|€|%"
_NO_UNIT = rf"(?!\d|\s?(?:{_UNITS})\b)"
_NUMBER = r"\d{1,4}(?:\s?[a-zA-Z]\b)?(?:\s?[-/]\s?\d{1,4}\s?[a-zA-Z]?\b)?" + _NO_UNIT
_CITY = rf"{_NAME}(?:[ -](?:(?:am|an der|im|de|la|le|les|del|sur|di|upon|on) )?{_NAME})*"
# ", 04999 Leipzig" and the like; also flat numbers between street and town.
_TAIL = (
    r"(?:,?\s*(?:flat|apt\.?|apartment|unit|whg\.?|wohnung|pta\.?|piso|apto\.?|int\.?|scala|bus|m\.|daire|kat)\s*[\w/.º-]{1,6})*"
    rf"(?:,?\s+(?:(?:[A-Z]{{1,2}}-)?\d{{4,5}}(?:-\d{{3}})?|\d{{2}}-\d{{3}}|\d{{4}} ?[A-Z]{{2}})\s+{_CITY})?"
)

_ENGLISH_TYPES = (
    "street|st|road|rd|avenue|ave|lane|ln|drive|dr|close|court|ct|crescent|cres|terrace|place|pl|way|square|gardens|gdns"
    "|grove|boulevard|blvd|mews|parade|highway|hwy|circle|trail|row|rise|walk"
)
_UK_POSTCODE = r"[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2}"
_US_TAIL = r"[A-Z]{2}\s+\d{5}(?:-\d{4})?"

# Words that no street is named with: "la plaza que alquilo por 70" is no address.
_NO_STOP = r"(?!(?:que|por|en|em|con|com|al|ao|para|se|y|e|un|una|um|uma|me|hay|há|a las|às|desde|mais|más|es|é)\b)"

_PATTERNS = tuple(
    re.compile(pattern, flags)
    for pattern, flags in (
        # 27 Thistledown Road, London E8 4ZZ / 12 Elm St, Dayton OH 45402
        (
            rf"\b(?:(?:flat|apt\.?|unit)\s*\w{{1,4}},?\s+)?\d{{1,5}}[a-zA-Z]?,?\s+(?:{_NAME}\s+){{1,4}}(?i:{_ENGLISH_TYPES})\b\.?"
            rf"(?:,?\s+{_CITY})?(?:,?\s+(?:{_UK_POSTCODE}|{_US_TAIL}))?",
            0,
        ),
        # the same in lower case, where only a preposition or a postcode tells it from "2 weeks road trip"
        (
            rf"(?<=\b(?:at|to) )\d{{1,5}}[a-z]?,?\s+(?:[a-z'-]{{1,30}}\s+){{1,3}}(?:{_ENGLISH_TYPES})\b"
            rf"(?!\s+(?:trip|bike|race|tax|test))(?:,?\s+[a-z]+)?(?:,?\s+{_UK_POSTCODE})?",
            re.IGNORECASE,
        ),
        (
            rf"\b\d{{1,5}}[a-z]?,?\s+(?:[a-z'-]{{1,30}}\s+){{1,3}}(?:{_ENGLISH_TYPES}),?\s+(?:[a-z]+,?\s+)?"
            rf"{_UK_POSTCODE}\b",
            re.IGNORECASE,
        ),
        # Amselgrundweg 23a, 04999 Leipzig / Fliederbogenstr. 61 / Singel 12, 1017 AB Amsterdam
        (
            r"\b(?:[\wÀ-ž-]{1,40}\s?(?:straße|strasse|str\.|gasse|allee)|[\wÀ-ž-]{0,40}(?:weg|platz|damm|ufer|steig|chaussee|ring|promenade|winkel|zeile)"
            r"|[\wÀ-ž-]{0,40}(?:straat|laan|plein|gracht|kade|singel|dreef|steeg|dijk))"
            rf"\s+(?:(?:Nr|nr|no)\.?\s*)?{_NUMBER}(?!\s?(?:km|m|min|h|uhr|euro|€|%)\b)" + _TAIL,
            re.IGNORECASE,
        ),
        # Am Markt 5, 12345 Ort / Unter den Linden 6, 10117 Berlin: the town is what tells
        (
            rf"\b(?:Am|An|Auf|Im|In|Unter|Zum|Zur|Hinter|Vor)\s+(?:de[rmns]\s+)?(?:{_NAME}\s+){{1,2}}{_NUMBER},?\s+\d{{4,5}}\s+{_CITY}",
            0,
        ),
        # 12 bis, rue des Lilas, 75011 Paris
        (
            r"\b\d{1,4}(?:\s?(?:bis|ter|[a-d]))?,?\s+(?:rue|avenue|av\.|boulevard|bd|chemin|allée|allee|impasse|quai|route|cours|place|passage|square)"
            r"\s+(?:(?:de|du|des|la|le|les|l'|d'|de l')\s?)*[\wÀ-ž'-]{1,30}(?:[ -](?:(?:de|du|des|la|le)\s)*"
            rf"{_NAME}){{0,3}}(?:,?\s+\d{{5}}\s+{_CITY})?",
            re.IGNORECASE,
        ),
        # Calle del Naranjo Azul 17, pta 6, 46999 Valencia / C/ Mayor, 3
        (
            r"(?:\b(?:calle|avda\.?|avenida|plaza|pza\.?|paseo|camino|carrer|ronda|travesía|glorieta)(?![^\W\d])|\bc/)\s*"
            rf"(?:(?:de|del|la|las|los|el)\s+)*(?:{_NO_STOP}[\wÀ-ž'.-]{{1,30}}\s*){{1,4}}?,?\s*(?:n[º°.o]*\s*)?{_NUMBER}"
            + _TAIL,
            re.IGNORECASE,
        ),
        # via Garibaldi 12, 40126 Bologna ("via" is also an English word, so the name needs a capital)
        (
            r"\b(?:[Vv]ia|[Vv]iale|[Pp]iazza|[Pp]iazzale|[Cc]orso|[Vv]icolo|[Ll]argo|[Ss]trada)\s+"
            rf"(?:(?:di|del|della|dei|delle|dell')\s?)*(?:{_NAME}\s*){{1,4}}?,?\s*(?:n\.?\s*)?{_NUMBER}" + _TAIL,
            0,
        ),
        # Rua das Flores, 120, apto 3
        (
            r"\b(?:rua|avenida|av\.|travessa|praça|alameda|estrada|rodovia|largo|beco)\s+(?:(?:de|da|do|das|dos)\s+)*"
            rf"(?:{_NO_STOP}[\wÀ-ž'.-]{{1,30}}\s*){{1,5}}?,?\s*(?:n[º°.o]*\s*)?{_NUMBER}" + _TAIL,
            re.IGNORECASE,
        ),
        # ul. Długa 14/3, 00-238 Warszawa
        (
            rf"\b(?:ul\.|ulica|ulicy|al\.|aleja|alei|aleje|os\.|osiedle|pl\.)\s*(?:{_NAME}\s*){{1,4}}?,?\s*{_NUMBER}(?:\s*m\.?\s*\d+)?"
            + _TAIL,
            re.IGNORECASE,
        ),
        # Çiçek Sokak No: 5 Daire 3 / Atatürk Mah. Lale Sk. 12
        (
            r"\b(?:[\wÀ-žİı]{1,30}\s+){1,3}(?:mahallesi|mah\.?|caddesi|cad\.|cd\.|sokağı|sokak|sok\.|sk\.|bulvarı|blv\.)"
            r"(?:\s+(?:[\wÀ-žİı]{1,30}\s+){1,2}(?:caddesi|cad\.|cd\.|sokağı|sokak|sok\.|sk\.))?,?\s*(?:no\s*[:.]?\s*)?\d{1,4}(?:\s?/\s?\d{1,4})?"
            + _TAIL,
            re.IGNORECASE,
        ),
        # A full British, Dutch or Canadian postcode names a handful of doors by itself.
        (rf"\b{_UK_POSTCODE}\b", 0),
        (r"\b[1-9]\d{3} [A-EGHJ-NP-TV-Z]{2}\b(?=[ ,.]|$)", 0),
        (r"\b[ABCEGHJ-NPRSTVXY]\d[A-Z] \d[A-Z]\d\b", 0),
    )
)


# Every pattern holds one of these; most messages with a number hold none.
_HINT = re.compile(
    rf"\d[a-z]?,? [\w'’ .-]{{0,60}}\b(?:{_ENGLISH_TYPES})\b"
    r"|stra(?:ß|ss)e|str\.|gasse|allee|weg|platz|damm|ufer|steig|chaussee|ring|promenade|winkel|zeile|straat|laan|plein"
    r"|gracht|kade|singel|dreef|steeg|dijk|\b(?:am|an|auf|im|in|unter|zum|zur|hinter|vor) .{1,60}\d{4,5} \w"
    r"|\brue\b|avenue|\bav\.|boulevard|\bbd\b|chemin|allée|impasse|\bquai|route|cours|place|passage|square"
    r"|calle|avda|avenida|plaza|pza|paseo|camino|carrer|ronda|traves|glorieta|\bc/|\bvia|piazza|corso|vicolo|largo|strada"
    r"|\brua\b|praça|alameda|estrada|rodovia|beco|\bul|\bal[.e]|\bos[.i]|\bpl\.|mahal|mah\b|cad|\bcd\b|sok|\bsk\b|bulvar|\bblv"
    rf"|{_UK_POSTCODE}|\b[1-9]\d{{3}} [a-z]{{2}}\b|\b[a-z]\d[a-z] \d[a-z]\d\b",
    re.IGNORECASE,
)


def replace_addresses(text: str, removed: Counter[str]) -> str:
    """Addresses with a house number, and full postcodes -> ``[address]``."""
    if _HINT.search(text) is None:
        return text

    def substitute(_: re.Match[str]) -> str:
        removed["address"] += 1
        return "[address]"

    for pattern in _PATTERNS:
        text = pattern.sub(substitute, text)
    return text
