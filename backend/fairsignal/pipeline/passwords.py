"""Keys, tokens, passwords and PINs -> ``[secret]``."""

from __future__ import annotations

import re

from fairsignal.pipeline.replacing import Counts, counting

__all__ = ["PASSWORD_WORDS", "replace_secrets"]

PASSWORD_WORDS = (
    *("pass", "pwd", "mdp", "mot de", "kennwort", "clave", "contrase", "senha", "wachtwoord", "hasł", "haslo"),
    *("şifre", "sifre", "parola"),
)
"""In lower case: one of these is in every text with a password that holds no digit."""

_KEY = re.compile(
    r"\b(?:sk|pk|rk)[-_](?:[a-z]+[-_])*[A-Za-z0-9]{16,}\b|\bgh[pousr]_[A-Za-z0-9]{20,}\b|\bgithub_pat_\w{20,}\b"
    r"|\bglpat-[\w-]{16,}|\bxox[abprs]-[\w-]{10,}|\bAKIA[A-Z0-9]{16}\b|\bAIza[\w-]{30,}"
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?|\b0x[0-9a-fA-F]{40,}\b|\b(?:bc1|[13])[a-km-zA-HJ-NP-Z1-9]{25,60}\b"
    r"|\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b|\b(?=\w*\d)(?=\w*[a-fA-F])[0-9a-fA-F]{24,}\b"
)
# Long runs that mix cases and digits, as random tokens do and words do not.
_TOKEN = re.compile(
    r"(?<![\w/])(?=[\w+/=-]{0,99}\d)(?=[\w+/=-]{0,99}[a-z])(?=[\w+/=-]{0,99}[A-Z])[A-Za-z0-9_+/=-]{20,}"
)

_WORD = re.compile(
    r"\b(?:(?:password|passwort|kennwort|passcode|pass ?phrase|contrase[ñn]a|wachtwoord|has[łl][oa]"
    r"|[şs]ifre|parola)[^\W\d]*"
    r"|passwd|pass|pwd?|mdp|clave|mot de passe|senha|palavra[- ]passe|wpa2?|digicode|code wi-?fi"
    r"|(?:wi-?fi|wlan)[- ](?:code|key|schlüssel))(?=[\s:=])",
    re.IGNORECASE,
)
_NEXT = re.compile(r"[^\s:=\"'„“”«»()>]+")
_NEXT_WORDS = 5
"""How far behind its word a password is looked for: "senha do wifi", "contraseña era"."""
_SHORTEST = 5
_SIGNS = set("!#$%&*_@+=^")
_COUNTED = re.compile(r"\d{1,3}-?[^\W\d_]+")  # "8-stellig", "16chars"

_PIN = re.compile(
    r"(?P<lead>\b(?:pin|pincode|pin[- ]?(?:code|nummer|number)|code pin|puk|passcode|cvv2?|cvc2?|otp"
    r"|(?:door|gate|unlock|lock|access|entry|alarm|security|safe|garage) code"
    r"|digicode|verification code|türcode|bestätigungscode|tan)\b[\s:=]{1,3}(?:(?!\d)[^\W\d]{1,10}[\s:=]{1,3}){0,4}?)"
    r"(?<!\bin )(?<!\bim )(?<!\bsince )(?<!\bseit )(?<!\ben )(?<!\bnel )(?<!\bem )(?<!\bfrom )"
    r"(?P<secret>\d{3,10})\b(?![.,:]\d|\s?(?:€|euro?|mal|times|x)\b)",
    re.IGNORECASE,
)
_LOGIN = re.compile(
    r"\b(?:log(?:ging|ged)? ?in|sign(?:ed|ing)? ?in|einlogg|anmeld|zugangsdaten|login|entrar|acced|iniciar"
    r"|identifi|connect|entro|accesso|spid|inlog|zalog|wejść|giriş|giremi|access|typed|unlock)",
    re.IGNORECASE,
)
# What somebody types after "I tried to log in with": letters, digits and a sign in one word.
_TYPED = re.compile(
    r"(?<![\w/.:@#-])(?=[^\s,;]{0,40}[A-Za-z]{2})(?=[^\s,;]{0,40}\d)(?=[^\s,;]{0,40}[!#$%&*])[\w!#$%&*+?.-]{7,40}(?![\w/@])"
)


def replace_secrets(text: str, removed: Counts) -> str:
    """Keys, tokens, passwords and PINs -> ``[secret]``."""
    text = _KEY.sub(counting("secret", removed), text)
    text = _TOKEN.sub(counting("secret", removed), text)

    def behind_its_word(match: re.Match[str]) -> str:
        removed["secret"] += 1
        return f"{match['lead']}[secret]"

    text = _without_passwords(text, removed)
    text = _PIN.sub(behind_its_word, text)
    if _TYPED.search(text) is not None and _LOGIN.search(text) is not None:
        text = _TYPED.sub(counting("secret", removed), text)
    return text


def _without_passwords(text: str, removed: Counts) -> str:
    kept, end = "", 0
    for word in _WORD.finditer(text):
        if word.start() < end:
            continue
        position = word.end()
        for _ in range(_NEXT_WORDS):
            following = _NEXT.search(text, position)
            if following is None:
                break
            position = following.end()
            if _is_made_up(following.group()):
                kept += f"{text[end : following.start()]}[secret]"
                end = position
                removed["secret"] += 1
                break
    return kept + text[end:]


def _is_made_up(word: str) -> bool:
    """Whether a word behind "password" looks like one: nothing that a dictionary has."""
    core = word.strip(",.;!?")
    if len(core) < _SHORTEST or _COUNTED.fullmatch(core) is not None:
        return False
    digits = sum(map(str.isdigit, core))
    if digits == len(core):
        return digits > _SHORTEST
    return any(map(str.isalpha, core)) and (digits > 0 or not _SIGNS.isdisjoint(core))
