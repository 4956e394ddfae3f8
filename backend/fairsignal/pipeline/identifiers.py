"""Numbers and codes that point at one person: accounts, cards, identity papers, phones, network addresses, secrets.

Check digits (``python-stdnum``) and numbering plans (``phonenumbers``) say what a number is. What only looks like one,
because somebody mistyped it, is replaced all the same: a lost model number costs nothing, a kept phone number does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import phonenumbers
from stdnum import iban, isbn, luhn

__all__ = ["replace_numbers", "replace_secrets"]

_Counts = Counter[str]

# --- secrets ----------------------------------------------------------------------------------------------------------

_KEY = re.compile(
    r"\b(?:sk|pk|rk)[-_](?:[a-z]+[-_])*[A-Za-z0-9]{16,}\b|\bgh[pousr]_[A-Za-z0-9]{20,}\b|\bgithub_pat_\w{20,}\b"
    r"|\bglpat-[\w-]{16,}\b|\bxox[abprs]-[\w-]{10,}\b|\bAKIA[A-Z0-9]{16}\b|\bAIza[\w-]{30,}\b"
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?|\b0x[0-9a-fA-F]{40,}\b|\b(?:bc1|[13])[a-km-zA-HJ-NP-Z1-9]{25,60}\b"
    r"|\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b|\b(?=\w*\d)(?=\w*[a-fA-F])[0-9a-fA-F]{24,}\b"
)
# Long runs that mix cases and digits, as random tokens do and words do not.
_TOKEN = re.compile(
    r"(?<![\w/])(?=[\w+/=-]{0,99}\d)(?=[\w+/=-]{0,99}[a-z])(?=[\w+/=-]{0,99}[A-Z])[A-Za-z0-9_+/=-]{20,}"
)
_PASSWORD = re.compile(
    r"(?P<word>\b(?:password|passwort|kennwort|passwd|passcode|pass ?phrase|contraseña|contrasena|mot de passe|senha"
    r"|wachtwoord|hasło|haslo|şifre|sifre|parola)\w*)"
    r"(?P<link>\s*(?:is|ist|es|est|è|é|to|auf|jest|to)?\s*[:=]?\s*[\"'„“]?)"
    r"(?P<secret>(?=\S*[\d!@#$%^&*_])[^\s\"'“”]{5,64})",
    re.IGNORECASE,
)


def replace_secrets(text: str, removed: _Counts) -> str:
    """Keys, tokens and passwords -> ``[secret]``."""
    text = _KEY.sub(_counting("secret", removed), text)
    text = _TOKEN.sub(_counting("secret", removed), text)

    def password(match: re.Match[str]) -> str:
        removed["secret"] += 1
        return f"{match['word']}{match['link']}[secret]"

    return _PASSWORD.sub(password, text)


# --- numbers ----------------------------------------------------------------------------------------------------------

_IPV4 = re.compile(
    r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?::\d{1,5})?(?![\w.]?\d)"
)
_IPV6 = re.compile(
    r"(?<![\w:])(?:[0-9a-fA-F]{1,4}:){3,7}(?::?[0-9a-fA-F]{1,4})+(?![\w:])|(?<![\w:])[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4})*::[0-9a-fA-F:]+"
)
_MAC = re.compile(r"\b(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}\b")

_IBAN = re.compile(r"\b[A-Z]{2}\s?\d{2}(?:[\s-]?[A-Z0-9]{2,4}){3,8}(?:[\s-]?[A-Z0-9]{1,3})?\b", re.IGNORECASE)
_IBAN_COUNTRIES = re.compile(
    "AD AE AL AT AZ BA BE BG BH BR BY CH CR CY CZ DE DK DO EE EG ES FI FO FR GB GE GI GL GR GT HR HU IE IL IS IT JO KW "
    "KZ LB LC LI LT LU LV MC MD ME MK MR MT MU NL NO PK PL PS PT QA RO RS SA SE SI SK SM TN TR UA VA XK".replace(
        " ", "|"
    )
)
_CARD = re.compile(r"(?<![\w.,])(?:\d[ -]?){12,18}\d(?![\w])")

# Identity papers by their shape. Letters and digits alternate in none of these as they do in product names.
_PAPERS = re.compile(
    r"\b[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b"  # GB national insurance
    r"|\b\d{3}-\d{2}-\d{4}\b"  # US social security
    r"|\b\d{8}-?[A-HJ-NP-TV-Z]\b|\b[XYZ]-?\d{7}-?[A-Z]\b"  # ES DNI, NIE
    r"|\b[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]\b"  # IT codice fiscale
    r"|\b(?=\w*[A-Z]\w*[A-Z])(?:[LMNPRTVWXY](?=(?:\w*\d){4})[0-9CFGHJKLMNPRTVWXYZ]{8})\d?\b"  # DE identity card
    r"|\b[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?\d[\dAB] ?\d{3} ?\d{3}(?: ?\d{2})?\b"  # FR social security
    r"|\b\d{3}\.\d{3}\.\d{3}-\d{2}\b|\b\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}\b"  # BR CPF, CNPJ
    r"|\b756\.\d{4}\.\d{4}\.\d{2}\b"  # CH AHV
    r"|\b\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}\b"  # BE national number
    r"|\b\d{2} ?\d{6} ?[A-Z] ?\d{3}\b"  # DE pension insurance
    r"|\b(?=[A-HJ-NPR-Z0-9]*\d{4})(?=\w*[A-Z]\w*[A-Z])[A-HJ-NPR-Z0-9]{17}\b"  # vehicle identification
)
# Words after which a code is an id, and words after which it is one only when they say "number".
_PAPER_WORD = re.compile(
    r"(?:\b(?:passport|reisepass|perso(?:nalausweis)?|ausweis|pasaporte|passeport|passaporto|paszport|pasaport|paspoort"
    r"|driving licen[cs]e|driver'?s licen[cs]e|führerschein|rijbewijs|ssn|social security|national insurance|nhs|tax id"
    r"|steuer-?id|steuernummer|idnr|sozialversicherung\w*|svnr|rentenversicherung\w*|dni|nif|codice fiscale|cpf|bsn"
    r"|pesel|tc kimlik|tckn|kimlik|sécurité sociale|numéro fiscal|\w*kontonummer|\w*kundennummer|\w*sendungsnummer"
    r"|\w*mitgliedsnummer|matrikelnummer|aktenzeichen|versicherungsnummer|bestellnummer|buchungs(?:nummer|code)|pnr"
    r"|fahrgestellnummer|kennzeichen|number plate|imei|vin)\b"
    r"|\b(?:ni|customer|client|cliente|kunden?|klant|account|konto|cuenta|compte|conto|conta|rekening|policy|polic[ey]|póliza"
    r"|polizza|polis|order|bestellung|pedido|commande|ordine|zamówieni[ea]|booking|reserva|réservation|prenotazione|tracking"
    r"|member|membership|student|case|ref|reference|referenz|serial|registration|id|steuer)[ -]?"
    r"(?:number|nummer|nr|no|num|número|numero|numéro|numer|code|código|n\.|nº|n°|#|id)(?!\w))"
    r"[^\n\d]{0,24}?"
    r"(?P<code>(?<![\w])(?=[A-Z0-9/-]*\d[A-Z0-9/-]*\d[A-Z0-9/-]*\d[A-Z0-9/-]*\d)[A-Z0-9][A-Z0-9/-]{4,23}\b)",
    re.IGNORECASE,
)

_BIRTH = re.compile(
    r"(?P<word>\b(?:born|dob|date of birth|birth ?date|geboren|geb\.|geburtsdatum|né|née|date de naissance|nacid[oa]"
    r"|fecha de nacimiento|nat[oa]|data di nascita|nascid[oa]|data de nascimento|geboortedatum|ur\.|urodzon[ya]"
    r"|doğum)\b[^\n\d]{0,16})"
    r"(?P<date>\d{1,2}[./ -]\d{1,2}[./ -]\d{2,4}|\d{4}-\d{2}-\d{2}|\d{1,2}\.? [^\W\d]{3,10} \d{4})",
    re.IGNORECASE,
)

_RUN = re.compile(r"(?<![\w.,#$€£])(?:\+|\(\+?)?\d(?:[ \t().\-/–]{0,3}\d){6,18}(?![\w%€$£]|[.,]\d)")
_DATE = re.compile(
    r"\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](?:19|20)?\d{2}|(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])"
)
_GROUPED = re.compile(r"\d{1,3}(?:[ .]\d{3})+")
_YEARS = re.compile(r"(?:(?:19|20)\d{2}[ ()./–-]*)+")
_SEPARATORS = re.compile(r"[ \t().\-/–]+")
_LEAST_DIGITS = 4
"""The shortest thing that is looked for, an IPv4 address, has as many."""
_MIN_DIGITS = 8
"""A run of digits this long that is no date, year or amount is taken for an identifier."""

# Countries whose phone numbers people write without the country code, by language.
_REGIONS: dict[str, tuple[str, ...]] = {
    "en": ("GB", "US", "AU", "IE", "IN", "NZ", "ZA"),
    "de": ("DE", "AT", "CH"),
    "es": ("ES", "MX", "AR", "CO", "CL", "PE"),
    "fr": ("FR", "BE", "CH", "CA"),
    "it": ("IT", "CH"),
    "pt": ("BR", "PT"),
    "nl": ("NL", "BE"),
    "pl": ("PL",),
    "tr": ("TR", "DE"),
}
_ANY_REGION = ("GB", "US", "DE", "ES", "FR", "IT", "BR", "PT", "NL", "PL", "TR")


def replace_numbers(text: str, language: str, removed: _Counts) -> str:
    """Accounts, cards, ids, phones, birth dates and network addresses -> ``[iban]``, ``[card]``, ``[id]`` ..."""
    if sum(map(str.isdigit, text)) < _LEAST_DIGITS:
        return text
    text = _MAC.sub(_counting("network", removed), text)
    text = _IPV4.sub(_counting("network", removed), text)
    text = _IPV6.sub(_counting("network", removed), text)
    text = _IBAN.sub(_if(_is_iban, "iban", removed), text)
    text = _CARD.sub(_if(_is_card, "card", removed), text)
    text = _PAPERS.sub(_counting("id", removed), text)
    text = _PAPER_WORD.sub(_named_id(removed), text)
    text = _BIRTH.sub(_birth_date(removed), text)
    regions = _REGIONS.get(language, _ANY_REGION)
    return _RUN.sub(_phone_or_number(regions, removed), text)


def _is_iban(candidate: str) -> bool:
    compact = re.sub(r"[\s-]", "", candidate).upper()
    if _IBAN_COUNTRIES.match(compact) is None:
        return False
    # A wrong check digit is a typing error in a real account number, as long as most of it is digits.
    return bool(iban.is_valid(compact)) or (len(compact) >= 15 and sum(map(str.isdigit, compact)) >= 12)


def _is_card(candidate: str) -> bool:
    digits = re.sub(r"\D", "", candidate)
    if _is_book(digits):
        return False
    return (
        bool(luhn.is_valid(digits)) or re.fullmatch(r"\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}", candidate.strip()) is not None
    )


def _phone_or_number(regions: tuple[str, ...], removed: _Counts) -> Callable[[re.Match[str]], str]:
    def substitute(match: re.Match[str]) -> str:
        run = match.group()
        kind = _kind_of(run, regions)
        if not kind:
            return run
        removed[kind] += 1
        return f"[{kind}]"

    return substitute


def _kind_of(run: str, regions: tuple[str, ...]) -> str:
    """``phone``, ``number``, or the empty string for dates, years and amounts."""
    stripped = run.strip(" ()")
    digits = re.sub(r"\D", "", run)
    if _DATE.fullmatch(stripped) or _YEARS.fullmatch(stripped) or _is_book(digits):
        return ""
    if run.lstrip("(").startswith(("+", "00")) and len(digits) >= _MIN_DIGITS:
        return "phone"
    # National numbers have at least nine digits or begin with the trunk prefix; "1400 1500" is something else.
    groups = _SEPARATORS.split(stripped)
    # "12 15 18 20 22" is a list of numbers, unless it begins like a phone number.
    if max(map(len, groups)) <= 2 and not digits.startswith("0"):
        return ""
    if (len(digits) > _MIN_DIGITS or digits.startswith("0")) and any(_is_phone(digits, region) for region in regions):
        return "phone"
    if len(digits) < _MIN_DIGITS or _GROUPED.fullmatch(stripped):
        return ""
    if any(_DATE.fullmatch(part) for part in re.split(r"\s*[ –-]\s*", stripped)):
        return ""
    if len(groups) == 1:
        return "number"
    return "number" if len(digits) > _MIN_DIGITS and max(map(len, groups)) >= 3 and len(groups) <= 5 else ""


def _is_book(digits: str) -> bool:
    """An ISBN of thirteen digits. Shorter ones look too much like phone numbers to be let through."""
    return len(digits) == 13 and digits.startswith(("978", "979")) and bool(isbn.is_valid(digits))


def _is_phone(digits: str, region: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(digits, region))
    except phonenumbers.NumberParseException:
        return False


def _named_id(removed: _Counts) -> Callable[[re.Match[str]], str]:
    def substitute(match: re.Match[str]) -> str:
        if _DATE.fullmatch(match["code"]) or _YEARS.fullmatch(match["code"]):
            return match.group()
        removed["id"] += 1
        return match.group()[: match.start("code") - match.start()] + "[id]"

    return substitute


def _birth_date(removed: _Counts) -> Callable[[re.Match[str]], str]:
    def substitute(match: re.Match[str]) -> str:
        removed["birth_date"] += 1
        return f"{match['word']}[date]"

    return substitute


def _if(test: Callable[[str], bool], kind: str, removed: _Counts) -> Callable[[re.Match[str]], str]:
    def substitute(match: re.Match[str]) -> str:
        if not test(match.group()):
            return match.group()
        removed[kind] += 1
        return f"[{kind}]"

    return substitute


def _counting(kind: str, removed: _Counts) -> Callable[[re.Match[str]], str]:
    return _if(lambda _: True, kind, removed)
