"""Street addresses and full postcodes, as they are written in the languages that we know.

A street needs a house number to count: "Baker Street" is a sight, "221b Baker Street" is somebody's door.
"""

from __future__ import annotations

import re
from collections import Counter

__all__ = ["replace_addresses"]

_UPPER = "A-ZÀ-ÖØ-ÞĀĂĄĆĈĊČĎĐĒĖĘĚĞĠĢĪĮİŁŃŅŇŌŐŒŔŘŚŜŞŠŢŤŪŮŰŲŴŶŹŻŽ"
_NAME = rf"(?-i:[{_UPPER}])(?:[^\W\d_]|['’.-]){{1,30}}"
_WORD = r"[^\W\d_](?:[^\W\d_]|['’.-]){0,30}"
# "via Milan, 3 hours" is a journey.
_UNITS = (
    "h|hrs?|hours?|min|minutes?|km|m|cm|mm|m2|m²|qm|kg|g|days?|nights?|weeks?|people|times?|stops?|uhr|tage|stunden|std"
    "|días?|dias?|horas?|heures?|jours?|ore|giorni|notti|fois|veces|vezes|volte|mal|keer|dni|gün|etapas?|étapes?|euros?|€|%"
)
_NO_UNIT = rf"(?![\d,.]\d|\d|\s?(?:{_UNITS})(?!\w|\.\s?\d))"
_NUMBER = (
    r"\d{1,4}(?:\s?[a-zA-Z]\b(?!\.\s?\d)|\s(?:bis|ter)\b)?"
    r"(?:\s?[-/+]\s?(?:\d{1,4}(?:\s?[a-zA-Z]\b)?|[a-zA-Z]\b|[IVX]{1,4}\b)){0,3}" + _NO_UNIT
)
_NR = r"(?:\b(?:nr|no|n[º°o]|num|número|n)\b\.?\s*:?\s*|n[º°]\s*)?"
_CITY = rf"{_NAME}(?:[ -](?:(?:am|an der|im|de|la|le|les|del|sur|di|upon|on) )?{_NAME}){{0,3}}"

_UK_POSTCODE = r"(?-i:[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2})"
_IE_POSTCODE = r"(?-i:(?:[AC-FHKNPRTV-Y]\d{2}|D6W) ?(?=[A-Z0-9]*\d)[AC-FHKNPRTV-Y][0-9AC-FHKNPRTV-Y]{3})"
_CA_POSTCODE = r"(?-i:[ABCEGHJ-NPRSTVXY]\d[A-Z] ?\d[A-Z]\d)"
_LETTERED = rf"(?:{_UK_POSTCODE}|{_IE_POSTCODE}|{_CA_POSTCODE})"
_NUMERIC = r"(?:(?-i:[A-Z]{1,2})-)?(?:\d{5}-\d{3,4}|\d{4}-\d{3}|\d{2}-\d{3}|\d{4} ?(?-i:[A-Z]{2})|\d{4,5})(?!\w|[.,]\d)"

# Flats, floors, stairs and blocks, between street and town.
_FLAT = (
    r"(?:[,\s]\s*(?:"
    r"(?:flat|apt|apartment|unit|suite|ste|whg|wohnung|top|stiege|tür|pta|puerta|portal|esc|escalera|piso|planta|local"
    r"|app?t?|apto|cj|conj|conjunto|sala|bloco|bl|lote|bte|boîte|boite|box|bus|int|interno|scala|sc|m|lok|daire|kat|blok"
    r"|bajo|bldg|casa|house|haus)\b\.?:?\s*(?:\d{1,5}\s?[a-z]?\b|[a-z]\b)"
    r"|(?-i:[DK]):\s?\d{1,4}|#\s?\d{1,5}\w?"
    r"|\d{1,2}\s?[ºª°](?:\s?(?:[a-z]|izq|dcha|dch|dto|dta|esq|fte|frt|ctro)\b\.?)?"
    r"|\d{1,2}\.?\s?(?:og|eg|ug|dg|stock|etage|étage|obergeschoss|verdieping|piętro|kat|floor)\b"
    r"|\d(?:er|ro|do|r|a|è|ème|e)\s(?:\d[a-z]?|étage)\b|col\.?\s" + _CITY + r"|bajo|zona\s\d+"
    r")){0,4}"
)
_TAIL = (
    _FLAT + rf"(?:,?\s+(?:-\s)?{_NUMERIC}(?:\s+{_CITY})?"
    rf"|(?:,?\s+{_CITY}(?:\s\d{{1,2}}\b)?){{0,2}},?\s+(?:(?-i:[A-Z]{{2,3}})\s+)?"
    rf"(?:{_LETTERED}|\d{{5}}(?:-\d{{4}})?|(?<=[A-Z] )\d{{4}})\b)?"
)

_ENGLISH_TYPES = (
    "street|st|road|rd|avenue|ave|lane|ln|drive|dr|close|court|ct|crescent|cres|terrace|place|pl|way|square|gardens|gdns"
    "|grove|boulevard|blvd|mews|parade|highway|hwy|circle|trail|row|rise|walk"
)
_DOOR = r"(?:(?:flat|apt\.?|apartment|unit)\s*\w{1,4}\s?[,/]?\s*)?"

# Words that no street is named with: "la plaza que alquilo por 70" is no address.
_NO_STOP = (
    r"(?!(?:que|por|en|em|con|com|al|ao|para|se|y|e|un|una|um|uma|me|hay|há|a|à|às|desde|mais|más|es|é|sube|sobe|piena|llena"
    r"|lleno|cheia|con|dal|per|ou|o)\b)"
)
# No streets, though they end like some.
_NO_STREET = (
    r"(?!\w*(?:arbeits|listen|stell|park|sitz|start|tabellen|camping|spiel|steh|sport|fußball|golf|rad|wander|heim|um|hin|rück|schul"
    r"|rennweg|ehe|he)(?:platz|weg|ring|wege|plätze)\b)"
)
_DUTCH_FIRST = (
    r"(?:\b(?:lange|korte|oude|nieuwe|grote|kleine|hoge|lage|eerste|tweede|derde|[1-3]e|van"
    r"|van der|van den|de|het|am|an der|alte|neue|große|obere|untere)\s+){0,2}"
)
_NAMELESS_ITALIAN = (
    "roma|milano|torino|napoli|garibaldi|mazzini|cavour|verdi|dante|marconi|matteotti|gramsci|manzoni|leopardi"
    "|rossini|puccini|galilei|carducci|pascoli|kennedy|europa|trieste|trento|veneto|nazionale|dei mille"
    "|della repubblica|san \\w+|santa \\w+"
)

_PATTERNS = tuple(
    re.compile(pattern, flags)
    for pattern, flags in (
        # 27 Thistledown Road, London E8 4ZZ / 12 Elm St, Dayton OH 45402 / Unit 5/62 Banksia Street, Brunswick VIC 3056
        (
            rf"(?i:\b{_DOOR})\b\d{{1,5}}(?:[-/]\d{{1,4}})?[a-zA-Z]?,?\s+(?:(?:{_NAME}|(?-i:[NSEW]{{1,2}}|\d{{1,3}}(?:st|nd|rd|th)))\s+){{1,4}}(?i:{_ENGLISH_TYPES})\b\.?"
            rf"(?i:{_TAIL})",
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
            rf"(?i:[A-Z]{{1,2}}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{{2}})\b",
            re.IGNORECASE,
        ),
        (
            r"(?:(?<=\baddress )|(?<=\baddress: )|(?<=\baddress is )|(?<=\blive in )|(?<=\bdeliver to ))"
            r"\d{1,5}[a-z]?,?\s+(?:[a-z'-]{1,30}\s+){1,3}(?:street|st|road|rd|avenue|ave|lane|ln|crescent|terrace|court|drive|close)\b",
            re.IGNORECASE,
        ),
        # PO Box 4471
        (
            r"\b(?:p\.?\s?o\.?\s?box|postfach|postbus|apartado(?: de correos)?|caixa postal|casella postale"
            r"|bo[iî]te postale|skrytka(?: pocztowa)?|posta kutusu)\s*\d(?:\s?\d){0,7}\b",
            re.IGNORECASE,
        ),
        # Amselgrundweg 23a, 04999 Leipzig / Fliederbogenstr. 61 / Singel 12, 1017 AB Amsterdam
        (
            rf"{_DUTCH_FIRST}(?<![\w-]){_NO_STREET}(?:[\wÀ-ž-]{{1,40}}(?:\s?(?:straße|strasse|str\.|gasse|allee)|str\b)"
            r"|[\wÀ-ž-]{2,40}(?:weg|platz|damm|ufer|chaussee)|(?-i:[A-ZÄÖÜ])[\wÀ-ž-]{1,40}(?:steig|ring|promenade|winkel|zeile)"
            rf"|[\wÀ-ž-]{{2,40}}(?:straat|laan|plein|gracht|kade|singel|dreef|steeg|dijk)|(?-i:Singel|Plein))"
            rf"\s*(?:(?:Nr|nr|no)\.?\s*)?{_NUMBER}" + _TAIL,
            re.IGNORECASE,
        ),
        # Kurfürstendamm has a name before it, "Kärntner Ring 99", "Im Winkel 14" only capitals
        (
            rf"(?-i:\b(?:{_NAME}\s+){{1,2}}|\b(?:Am|Im|Zum|Zur)\s+)(?-i:Weg|Platz|Damm|Ufer|Steig|Chaussee|Ring|Promenade|Winkel|Zeile|Allee|Berg|Hof"
            r"|Gracht|Straat|Kade|Laan|Plein|Singel|Dijk|Straße|Strasse)"
            rf"\s+{_NUMBER}" + _TAIL,
            re.IGNORECASE,
        ),
        # Straße des 17. Juni 135
        (
            rf"\b(?:straße|strasse|str\.|platz|allee)\s+(?:des|der|am|zum|zur)\s+(?:\d{{1,2}}\.\s?)?{_NAME}(?:\s+{_NAME})?\s+{_NUMBER}"
            + _TAIL,
            re.IGNORECASE,
        ),
        # Laan van Meerdervoort 1201 / Steenweg op Gent 412
        (
            r"\b(?:laan|steenweg|straat|plein|weg|kade|dreef|dijk)\s+(?:van|op|der|den|de|naar|het)(?:\s+[^\W\d_][\w'-]{0,30}){1,3}?"
            rf"\s+{_NUMBER}" + _TAIL,
            re.IGNORECASE,
        ),
        # Am Markt 5, 12345 Ort / Unter den Linden 6, 10117 Berlin: the town is what tells; so it does of a hamlet
        (
            rf"\b(?:Am|An|Auf|Im|In|Unter|Zum|Zur|Hinter|Vor)\s+(?:de[rmns]\s+)?(?:{_NAME}\s+){{1,2}}{_NUMBER},?\s+\d{{4,5}}\s+{_CITY}"
            rf"|\b(?:An der|Am|Auf der|Auf dem|Unter den|Zum|Zur|Hinter der|Hinter dem)\s+(?:(?:Alten|Neuen|Hohen)\s+)?"
            rf"(?:Kirche|Eichen|Linden|Markt|Bach|Mühle|Wald|Rathaus|Bahnhof|Kirchplatz"
            rf"|Anger|Sportplatz|Schloss|Brunnen|Buchen|Hang|Berg)\s+{_NUMBER}",
            0,
        ),
        # C 4, 12, 68159 Mannheim
        (rf"\b[A-U] ?\d, ?\d{{1,2}}[a-z]?,\s+\d{{5}}\s+{_CITY}", 0),
        # 12 bis, rue des Lilas, 75011 Paris
        (
            r"\b\d{1,4}(?:\s?(?:bis|ter|[a-d]))?,?\s+(?:(?:rue|avenue|av\.|boulevard|bd|chemin|allée|allee|impasse|quai)\s"
            r"|(?:route|cours|place|passage|square)\s+(?=(?:de|du|des|la|le|les|l'|d')\b|(?-i:[A-ZÀ-Ý])))"
            r"\s*(?:(?:de|du|des|la|le|les|l'|d'|de l')\s?)*[\wÀ-ž'-]{1,30}(?:[ -](?:(?:de|du|des|la|le)\s)*"
            rf"{_NAME}){{0,3}}(?:\s(?!(?:à|a|au|et|est|pour|avec|en|avant|dans|sans|c'est|je|on|il|ou|qui|ne|n'est)\b){_WORD})?{_TAIL}",
            re.IGNORECASE,
        ),
        # Rue du Midi 14 bte 3, 1000 Bruxelles / Chaussée de Wavre 812
        (
            r"\b(?:rue|avenue|boulevard|bd|chaussée|chemin|allée|impasse|quai|route|place|clos|drève)"
            rf"\s+(?:(?:de|du|des|la|le|les|l'|d'|de l')\s?)*(?:{_NAME}\s*){{1,4}}?,?\s*{_NUMBER}" + _TAIL,
            re.IGNORECASE,
        ),
        (r"\blieu-?dit\s+[\wÀ-ž' -]{2,30}(?:,\s*\d{5}\b)?", re.IGNORECASE),
        # calle 45 # 23-17 / Carrera 7 No. 71-52
        (
            r"\b(?:calle|cl|carrera|cra|kra|kr|avenida|av|transversal|diagonal)\.?\s+\d{1,3}\s?[a-z]?(?:\s?bis)?\s*(?:#|no\.?|n[º°])\s*"
            r"\d{1,3}\s?[a-z]?\s?-\s?\d{1,3}",
            re.IGNORECASE,
        ),
        # Calle del Naranjo Azul 17, pta 6, 46999 Valencia / C/ Mayor, 3
        (
            r"(?:\b(?:calle|avda\.?|avenida|av\.|carrer|travesía)(?![^\W\d])|\bc/)\s*"
            rf"(?:(?:de|del|la|las|los|el)\s+)*(?:{_NO_STOP}{_WORD}\s*){{1,4}}?,?\s*{_NR}{_NUMBER}" + _TAIL,
            re.IGNORECASE,
        ),
        (
            r"\b(?:plaza|pza\.?|plaça|paseo|passeig|camino|ronda|glorieta|carretera|urbanización)(?![^\W\d])\s*"
            rf"(?:(?:de|del|la|las|los|el)\s+)*(?:{_NAME}|(?:mayor|viejo|real|nuevo)\b)(?:\s*(?:(?:de|del|la)\s+)*{_NAME}){{0,3}},?\s*{_NR}{_NUMBER}"
            + _TAIL,
            re.IGNORECASE,
        ),
        # via Garibaldi 12, 40126 Bologna ("via" is also an English word, so the name needs a capital, or fame)
        (
            r"(?:\b(?:[Vv]ia|[Vv]iale|[Pp]iazza|[Pp]iazzale|[Cc]orso|[Vv]icolo|[Ll]argo|[Ss]trada|[Cc]ontrada|[Ll]ungomare)|\b(?:[Vv]\.le|[Pp]\.za|[Pp]\.zza|[Cc]\.so))\s+"
            rf"(?:(?:di|del|della|dei|degli|delle|dell')\s?)*(?:{_NAME}\s*){{1,4}}?,?\s*(?:n\.?\s*)?{_NUMBER}(?i:{_TAIL})",
            0,
        ),
        (
            rf"\b(?:via|viale|piazza|corso|vicolo)\s+(?:{_NAMELESS_ITALIAN})\s+(?:n\.?\s*)?{_NUMBER}" + _TAIL,
            re.IGNORECASE,
        ),
        # Rua das Flores, 120, apto 3 / Rua 25 de Março, 881
        (
            r"\b(?:rua|(?-i:R)\.|avenida|av\.|travessa|alameda|beco)\s+(?:(?:de|da|do|das|dos)\s+)*"
            rf"(?:(?:\d{{1,2}}\s+de\s+)?{_NO_STOP}{_WORD}\s*){{1,5}}?,?\s*{_NR}{_NUMBER}" + _TAIL,
            re.IGNORECASE,
        ),
        (
            r"\b(?:praça|estrada|rodovia|largo|ladeira)\s+(?:(?:de|da|do|das|dos)\s+)*"
            rf"(?:{_NAME}\s*)(?:(?:de|da|do|das|dos)\s+|{_NAME}\s*){{0,4}}?,?\s*(?:km\s*)?{_NR}{_NUMBER}" + _TAIL,
            re.IGNORECASE,
        ),
        # SQN 308 Bloco C apto 204
        (
            r"\b(?:SQ[NS]|SH[IC][NGS]|CL[NS]|QN[A-Z]|QI|QE)\s?\d{1,3}(?:,?\s*(?:bloco|bl|conjunto|cj|casa|lote|apto|ap|loja)\.?\s*\w{1,4}){1,4}",
            re.IGNORECASE,
        ),
        # ul. Długa 14/3, 00-238 Warszawa / ul. 3 Maja 17
        (
            rf"(?:\b(?:ulica|ulicy|aleja|alei|aleje|osiedle|osiedlu)\s|\b(?:ul|al|os|pl)\.)\s*(?:(?:\d{{1,2}}(?:-go)?\s+)?(?:{_NAME}|[^\W\d_]{{4,30}})\s*){{1,4}}?,?\s*{_NUMBER}(?:\s*m\.?\s*\d+)?"
            + _TAIL,
            re.IGNORECASE,
        ),
        # kwiatowa 8/2
        (r"\b(?!połowa)[^\W\d_]{3,20}(?:owa|ska|cka)\s+\d{1,3}[a-z]?/\d{1,3}\b", re.IGNORECASE),
        # Çiçek Sokak No: 5 Daire 3 / Atatürk Mah. Lale Sk. 12 / Yeşiltepe mah. 2. cad. no:11
        (
            r"\b(?:[\wÀ-žİı]{1,30}\s+){1,3}(?:mahallesi|mah\b\.?|caddesi|cad\b\.?|cd\b\.?|sokağı|sokak|sok\b\.?|sk\b\.?|bulvarı|blv\b\.?|apartmanı|apt\.|sitesi)"
            r"(?:\s+(?:[\wÀ-žİı]{1,30}\.?\s+){1,2}(?:caddesi|cad\b\.?|cd\b\.?|sokağı|sokak|sok\b\.?|sk\b\.?|bulvarı|blv\b\.?))?"
            rf",?\s*(?:no\s*[:.]?\s*)?\d{{1,4}}(?:\s?/\s?\d{{1,4}})?(?:\s?/?\s?[a-z]\b(?!:))?{_NO_UNIT}(?!\s?(?:gün|yıl|saat|dk))"
            + _TAIL,
            re.IGNORECASE,
        ),
        # A full British, Irish, Canadian or Dutch postcode names a handful of doors by itself.
        (rf"\b(?=\w+ ){_LETTERED}(?!\w)", 0),
        (rf"\b[1-9]\d{{3}} [A-EGHJ-NP-TV-Z]{{2}}(?=,?\s{_NAME}|$)", 0),
        (
            r"(?:\bpostcode|\bpostal code|\bpostleitzahl|\bkod pocztowy"
            r"|\bcódigo postal|\bcode postal|\bcep|\bplz|\bzip(?: code)?|\bposta kodu)[\s:]{1,2}"
            r"(?:[1-9]\d{3} ?[A-Z]{2}|\d{5}-\d{3,4}|\d{2}-\d{3}|\d{4}-\d{3}|\d{4,5})(?!\w)",
            re.IGNORECASE,
        ),
    )
)


# Every pattern holds one of these; most messages with a number hold none. Parts of words, whole words, postcodes.
_PARTS = (
    *(
        "straße",
        "strasse",
        "str.",
        "str ",
        "gasse",
        "allee",
        "allée",
        "weg",
        "platz",
        "damm",
        "ufer",
        "steig",
        "chauss",
        "ring",
    ),
    *("promenade", "winkel", "zeile", "straat", "laan", "plein", "gracht", "kade", "singel", "dreef", "steeg", "dijk"),
    *(
        "avenue",
        "avenida",
        "boulevard",
        "chemin",
        "lieu-dit",
        "lieudit",
        "plaza",
        "paseo",
        "passeig",
        "camino",
        "urbaniz",
    ),
    *("c/", "v.le", "p.za", "p.zza", "c.so", "postfach", "postbus", "postal", "kutusu", "ul.", "al.", "os.", "pl."),
    *("mahal", "mah.", "cadde", "cad.", "cd.", "soka", "sok.", "sk.", "bulvar", "blv.", "apt.", "apartman", "sitesi"),
    *("owa ", "ska ", "cka ", "kod pocz", "posta kodu", "postcode", "postleit", " berg ", " hof "),
)
_WORDS = frozenset(
    (
        f"{_ENGLISH_TYPES}|str|rue|av|bd|impasse|quai|route|cours|passage|chaussée|clos|drève|place|calle|avda|carrer|cl"
        "|carrera|cra|kra|kr|transversal|diagonal|pza|plaça|ronda|glorieta|travesía|carretera|via|viale|piazza|piazzale|corso"
        "|vicolo|largo|strada|contrada|lungomare|rua|r|travessa|praça|alameda|estrada|rodovia|beco|ladeira|ulica|ulicy|aleja"
        "|alei|aleje|osiedle|osiedlu|mah|cad|sok|sk|cd|blv|sokak|box|apartado|casella|skrytka|cep|plz|zip|sqn|sqs|shis|shin"
        "|cln|cls|qi|qe|unter|zum|zur|hinter"
    ).split("|")
)
_CODES = re.compile(
    rf"\b{_LETTERED}(?!\w)|\b[1-9]\d{{3}} [A-Z]{{2}}\b|\b[A-U] ?\d, ?\d|\b(?:Am|An|Auf|Im|In|Vor|SQ[NS]) ?\D{{1,40}}\d"
)
_WORD_OF = re.compile(r"[^\W\d_]+")


def _may_hold_one(text: str) -> bool:
    lower = text.lower()
    return (
        any(part in lower for part in _PARTS)
        or not _WORDS.isdisjoint(_WORD_OF.findall(lower))
        or _CODES.search(text) is not None
    )


def replace_addresses(text: str, removed: Counter[str]) -> str:
    """Addresses with a house number, and full postcodes -> ``[address]``."""
    if not _may_hold_one(text):
        return text

    def substitute(_: re.Match[str]) -> str:
        removed["address"] += 1
        return "[address]"

    for pattern in _PATTERNS:
        text = pattern.sub(substitute, text)
    return text
