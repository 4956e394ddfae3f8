"""Numbers and codes that point at one person: accounts, cards, identity papers, phones, network addresses.

Check digits (``python-stdnum``) and numbering plans (``phonenumbers``) say what a number is. What only looks like one,
because somebody mistyped it, is replaced all the same: a lost model number costs nothing, a kept phone number does.
"""

from __future__ import annotations

import re

from stdnum import iban, luhn

from fairsignal.pipeline.papers import replace_papers
from fairsignal.pipeline.phones import YEARS, is_book, replace_runs
from fairsignal.pipeline.replacing import Counts, counting, counting_if

__all__ = ["replace_numbers"]

_IPV4 = re.compile(
    r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?::\d{1,5})?(?![\w.]?\d)"
)
# Masks and addresses that every machine has.
_NOBODYS_IPV4 = ("255.", "0.", "127.", "8.8.", "1.1.1.1")
_IPV6 = re.compile(
    r"(?<![\w:])(?:[0-9a-fA-F]{1,4}:){3,7}(?::?[0-9a-fA-F]{1,4})+(?![\w:])|(?<![\w:])[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4})*::[0-9a-fA-F:]+"
)
_MAC = re.compile(r"\b(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}\b")

_IBAN = re.compile(
    r"\b[A-Z]{2}\s?\d{2}(?:[\s.-]?[A-Z0-9]{1,4}){3,9}(?!\w)|\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b", re.IGNORECASE
)
_IBAN_COUNTRIES = re.compile(
    "AD|AE|AL|AT|AZ|B[AEGHRY]|C[HRYZ]|D[EKO]|E[EGS]|F[IOR]|G[BEILRT]|H[RU]|I[ELST]|JO|K[WZ]|L[BCITUV]|M[CDEKRTU]|N[LO]"
    "|P[KLST]|QA|R[OS]|S[AEIKM]|T[NR]|UA|VA|XK",
    re.IGNORECASE,
)
_NO_CHECK_DIGITS = ("00", "01", "99")
_SHORTEST_IBAN = 15
# Polish accounts are mostly written without the country.
_POLISH = re.compile(r"(?<!\w)\d{2}(?:[ -]?\d{4}){6}(?!\w)")
_CARD = re.compile(r"(?<![\w.,])(?<!\d/)(?:\d[ .-]{0,2}){12,18}\d(?![\w])")
_FOURS = re.compile(r"\d{4}([ .-]{1,2})\d{4}\1\d{4}\1\d{1,7}")
_LEAST_DIGITS = 4
"""The shortest thing that is looked for, an IPv4 address, has as many."""


def replace_numbers(text: str, language: str, removed: Counts) -> str:
    """Accounts, cards, ids, phones, birth dates and network addresses -> ``[iban]``, ``[card]``, ``[id]`` ..."""
    digits = sum(map(str.isdigit, text))
    if digits < 2:
        return text
    if digits >= _LEAST_DIGITS:
        text = _MAC.sub(counting("network", removed), text)
        text = _IPV4.sub(counting_if(lambda found: not found.startswith(_NOBODYS_IPV4), "network", removed), text)
        text = _IPV6.sub(counting("network", removed), text)
        text = _without_ibans(text, removed)
        text = _POLISH.sub(counting_if(lambda found: iban.is_valid(f"PL{found}"), "iban", removed), text)
        text = _CARD.sub(counting_if(_is_card, "card", removed), text)
    text = replace_papers(text, removed)
    return replace_runs(text, language, removed) if digits >= _LEAST_DIGITS else text


def _without_ibans(text: str, removed: Counts) -> str:
    """By hand, since what follows an account may look like more of it: the check digits say where it ends."""
    kept, position = "", 0
    while (match := _IBAN.search(text, position)) is not None:
        length = _iban_length(match.group())
        if not length:
            kept += text[position : match.start() + 1]
            position = match.start() + 1
            continue
        kept += f"{text[position : match.start()]}[iban]"
        position = match.start() + length
        removed["iban"] += 1
    return kept + text[position:]


def _iban_length(candidate: str) -> int:
    """How much of it is an account, 0 for none of it."""
    if _IBAN_COUNTRIES.match(candidate) is None:
        return 0
    for end in range(len(candidate), _SHORTEST_IBAN - 1, -1):
        if candidate[end - 1].isalnum() and iban.is_valid(re.sub(r"[\s.-]", "", candidate[:end])):
            return end
    # A wrong check digit is a typing error in a real account number, as long as most of it is digits.
    compact = re.sub(r"[\s.-]", "", candidate)
    if (not candidate[:2].isupper() and " " in candidate) or compact[2:4] in _NO_CHECK_DIGITS:
        return 0
    return len(candidate) if len(compact) >= _SHORTEST_IBAN and sum(map(str.isdigit, compact)) >= 12 else 0


def _is_card(candidate: str) -> bool:
    digits = re.sub(r"\D", "", candidate)
    if is_book(digits) or YEARS.fullmatch(candidate.strip()):
        return False
    return bool(luhn.is_valid(digits)) or (_FOURS.fullmatch(candidate.strip()) is not None and digits[0] in "23456")
