"""Runs of digits: telephone numbers and other identifiers, told from amounts, years, dates and scores.

Numbering plans (``phonenumbers``) say what a telephone number is. What only looks like one, because somebody mistyped
it, is replaced all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import phonenumbers
from stdnum import isbn

from fairsignal.pipeline.replacing import Counts

__all__ = ["DATE", "YEARS", "is_amount", "is_book", "replace_runs"]

_RUN = re.compile(
    r"(?<![\w,#$€£])(?<!\d\.)(?:\+ ?|\(\+?)?\d(?:[ \t\xa0().\-/–]{0,3}\d){6,18}(?![\w%€$£]|[.,]\d)"
    # digits of a length that nothing but an identifier has
    r"|(?<![\w.,])\d{20,40}(?!\w)"
)
_UNIT = re.compile(
    r"\s?(?:km|kms|kg|kwh|m/s|m2|m²|qm|mq|ml|cm|mm|hp|ps|cv|kw|rpm|px|miles?|mi|eur|euros?|€|\$|£|usd|gbp|chf|zł|zl|pln|tl"
    r"|reais|hab|habitantes|ab|abitanti|einwohner|people|persons|leute|inwoners|mieszkańców|nüfus|kişi|steps|schritte)"
    r"(?!\w)",
    re.IGNORECASE,
)
DATE = re.compile(
    r"\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](?:1[5-9]|20)?\d{2}|(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])"
)
YEARS = re.compile(r"(?:(?:1\d|2[01])\d{2}(?:[-/–]\d{2}(?!\d))?[ ()./–-]*)+")
_GROUPED = re.compile(r"\d{1,3}(?:[ .\xa0]\d{3})+")
_DOTTED = re.compile(r"\d{1,3}(?:\.\d{3})+")
_DECIMAL = re.compile(r"\d{1,2}\.\d{1,2}")
# Law 13.709/2018; windows 26100.1742; arXiv 1706.03762
_LAW = re.compile(r"\d{1,3}(?:\.\d{3})*/(?:19|20)?\d{2}|[1-9]\d?\.\d+|[1-9]\d+\.\d{1,5}")
# 124.0.6367.91, but not 1.617.555.0142
_VERSION = re.compile(r"(?!1\.\d{3}\.\d{3}\.\d{4}$)(?=(?:\d+\.)*\d(?:\.|$))[1-9]\d{0,2}(?:\.\d{1,5}){3}")
# Inside a DOI, or what a sum comes to
_SCHOLARLY = re.compile(r"\b10\.\d{4,9}/\S*$|\d\S*\s*=\s*$")
_BOOK = re.compile(r"97[89](?:[- ]?\d){10}")
_NEGATIVE = re.compile(r"\d -\d")
_SEPARATORS = re.compile(r"[ \t\xa0().\-/–]+")
_MIN_DIGITS = 8
"""A run of digits this long that is no date, year or amount is taken for an identifier."""
_FEW_DIGITS = 5
_LONG_DIGITS = 11
"""Groups of digits this long together are no amount that anyone writes."""
_BOOK_DIGITS = 13

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
# Where a number begins with 0 unless the country code does: without either it is something else, as a rule.
_TRUNK = {"GB", "DE", "AT", "CH", "FR", "BE", "NL", "AU", "NZ", "IE", "ZA"}
# Nine digits in three groups, as amounts are written, too.
_THREES = {"ES": "67", "PL": "45678", "PT": "9"}
"""Region -> first digits of mobile numbers."""
_NORTH_AMERICA = {"US", "CA"}
_NORTH_AMERICAN_GROUPS = {(10,), (3, 7), (3, 3, 4), (11,), (1, 10), (1, 3, 7), (1, 3, 3, 4)}
_PHONE_WORD = re.compile(
    r"(?:\btel|phone|fon|\bcall|\btext|ring|\brufn|\bruf|anruf|handy|mobil|móvil|movil|\bcel|nummer|number|numer|número"
    r"|numero|numara|whats|\bwp\b|\bzap|\bsms|\bgsm|natel|llám|llama|appel|chiam|liga|bel |\bbellen|dzwo"
    r"|\bara|contact|erreich)",
    re.IGNORECASE,
)


def replace_runs(text: str, language: str, removed: Counts) -> str:
    """Telephone numbers -> ``[phone]``, other long numbers -> ``[number]``.

    ``language`` (ISO 639-1) decides which countries' national numbers are tried.
    """
    regions = _REGIONS.get(language, _ANY_REGION)
    return _RUN.sub(_substitute(regions, removed), text)


def is_book(digits: str) -> bool:
    """An ISBN of thirteen digits. Shorter ones look too much like phone numbers to be let through."""
    return len(digits) == _BOOK_DIGITS and digits.startswith(("978", "979")) and bool(isbn.is_valid(digits))


def is_amount(text: str) -> bool:
    """Digits in groups of three behind dots."""
    return _DOTTED.fullmatch(text) is not None


def _substitute(regions: tuple[str, ...], removed: Counts) -> Callable[[re.Match[str]], str]:
    def substitute(match: re.Match[str]) -> str:
        run = match.group()
        measured = _UNIT.match(match.string, match.end()) is not None
        kind = _kind_of(run, regions, measured, match.string[max(0, match.start() - 40) : match.start()])
        if not kind:
            return run
        removed[kind] += 1
        return f"[{kind}]"

    return substitute


def _kind_of(run: str, regions: tuple[str, ...], measured: bool, before: str) -> str:
    """``phone``, ``number``, or the empty string for dates, years and amounts."""
    stripped = run.strip(" ()")
    digits = re.sub(r"\D", "", run)
    international = run.lstrip("(").startswith(("+", "00")) and len(digits) >= _MIN_DIGITS
    if international:
        return "phone"
    if _is_harmless(stripped, digits, before):
        return ""
    if measured and not digits.startswith("0"):
        return ""
    groups = [group for group in _SEPARATORS.split(stripped) if group]
    widest = max(map(len, groups))
    named = _PHONE_WORD.search(before) is not None
    # "12 15 18 20 22" is a list of numbers, unless it begins like a phone number.
    if widest <= 2 and not digits.startswith("0") and not named:
        return ""
    if _is_phone(stripped, digits, groups, regions, named):
        return "phone"
    if len(digits) < _MIN_DIGITS or (_GROUPED.fullmatch(stripped) and not _is_odd_group(stripped, digits)):
        return ""
    if any(DATE.fullmatch(part) for part in re.split(r"\s*[ –-]\s*", stripped)):
        return ""
    if len(groups) == 1 or (len(digits) >= _LONG_DIGITS and widest >= 3):
        return "number"
    return "number" if len(digits) > _MIN_DIGITS and widest in (3, 4, 5) and 3 <= len(groups) <= 5 else ""


def _is_harmless(run: str, digits: str, before: str) -> bool:
    """Dates, years, laws, versions, books, and lists of them."""
    if DATE.fullmatch(run) or YEARS.fullmatch(run) or _LAW.fullmatch(run) or is_book(digits):
        return True
    if _BOOK.fullmatch(run) and ("-" in run or "isbn" in before.lower()):
        return True
    if _SCHOLARLY.search(before):
        return True
    if digits.startswith("0"):
        return False
    if _VERSION.fullmatch(run):
        return True
    if _NEGATIVE.search(run):
        return True
    words = [word for word in run.split() if word not in "-–/"]
    kinds = [_kind_of_word(word) for word in words]
    return len(words) > 1 and all(kinds) and not {"amount", "decimal", "date"}.isdisjoint(kinds)


def _kind_of_word(word: str) -> str:
    if DATE.fullmatch(word):
        return "date"
    if _DOTTED.fullmatch(word):
        return "amount"
    if _DECIMAL.fullmatch(word):
        return "decimal"
    if YEARS.fullmatch(word):
        return "year"
    return "small" if len(word) <= _FEW_DIGITS and word.isdigit() else ""


def _is_odd_group(run: str, digits: str) -> bool:
    """Groups of three that are no round amount: "32 524 261 801" is a tax number."""
    return " " in run and len(digits) >= _LONG_DIGITS and not digits.endswith("000")


def _is_phone(run: str, digits: str, groups: list[str], regions: tuple[str, ...], named: bool) -> bool:
    # National numbers have at least nine digits or begin with the trunk prefix; "1400 1500" is something else.
    if len(digits) <= _MIN_DIGITS and not digits.startswith("0") and not (named and len(digits) == _MIN_DIGITS):
        return False
    # 06 12 34 56 78, valid or not
    if re.fullmatch(r"0[1-9](?:[ .\-/]?\d\d){4}", run):
        return True
    threes = _GROUPED.fullmatch(run) is not None
    widths = tuple(map(len, groups))
    for region in regions:
        if region in _TRUNK and not digits.startswith("0") and not named:
            continue
        if region in _NORTH_AMERICA and widths not in _NORTH_AMERICAN_GROUPS:
            continue
        if threes and not named and not (len(digits) == 9 and digits[0] in _THREES.get(region, "")):
            continue
        if _is_valid(digits, region):
            return True
    return False


def _is_valid(digits: str, region: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(digits, region))
    except phonenumbers.NumberParseException:
        return False
