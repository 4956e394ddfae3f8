"""Clauses in which a person says what they do not like: "I hate hiking" is no interest in hiking.

Only plain dislike counts. "I have no tent yet" is no dislike, and most questions that hold a "not" are none either.
"""

from __future__ import annotations

import re

__all__ = ["without_dislikes"]

_DISLIKES = (
    # English
    r"(?:i|we)(?:'ve|'m| am| really| absolutely| just| totally| honestly| still| have)* "
    r"(?:hate|hated|detest|loathe|despise|can'?t stand|cannot stand|can'?t bear|cannot bear)\b",
    r"(?:i|we) (?:really |honestly |just |absolutely )*(?:don'?t|do not|never|didn'?t) "
    r"(?:really |even |particularly )*(?:like|liked|enjoy|enjoyed|care for|care about)\b",
    r"(?:i'?m|i am|we'?re|we are) (?:really |just |so )*not (?:really |at all )*"
    r"(?:interested in|into|a fan of|fond of|keen on|one for)\b",
    r"(?:i|we) (?:have|'ve got|got) (?:absolutely )?(?:no|zero) interest in\b",
    r"not (?:interested in|a fan of|my thing)\b",
    # German
    r"ich (?:\w+ )?hasse\b",
    r"hasse ich\b",
    r"(?:ich|wir) (?:mag|mögen|moegen)\b[^,;.!?]{0,30}\b(?:kein|keine|keinen|keinem|keiner|nicht|nicht so|nix)\b",
    r"(?:mag|mögen|moegen) (?:ich|wir) (?:\w+ ){0,2}(?:nicht|gar nicht|kein\w*)\b",
    r"(?:interessiert|interessieren) (?:mich|uns) (?:\w+ ){0,2}(?:nicht|null|kein bisschen)\b",
    r"(?:ich|wir) (?:kann|können|koennen)\b[^,;.!?]{0,40}\bnicht (?:leiden|ausstehen|ab)\b",
    r"(?:hab|habe|haben) (?:ich |wir )?(?:\w+ ){0,2}(?:kein interesse|nichts am hut|nix am hut)\b",
    # Spanish
    r"(?:yo )?(?:odio|detesto|no soporto|no aguanto)\b",
    r"no (?:me|nos) (?:gusta|gustan|interesa|interesan|va|van|mola|molan|llama)\b",
    # French
    r"(?:je |j'|on )(?:déteste|deteste|hais)\b",
    r"(?:je |j')(?:n'|ne )?(?:aime|supporte) (?:pas|plus|pas trop|pas du tout)\b",
    r"(?:ne |n'|ça )?m'intéresse(?:nt)? pas\b",
    # Italian
    r"(?:odio|detesto|non sopporto)\b",
    r"non (?:mi|ci) (?:piace|piacciono|interessa|interessano|va)\b",
    # Portuguese
    r"(?:odeio|detesto|não suporto|nao suporto|não curto|nao curto)\b",
    r"n(?:ã|a)o (?:gosto|gostamos|me interesso) (?:muito |nada )?(?:de|do|da|dos|das|por)\b",
    # Dutch
    r"(?:ik |we |wij )(?:haat|haten|verafschuw)\b",
    r"(?:ik |we |wij )(?:hou|houd|houden)\b[^,;.!?]{0,20}\bniet van\b",
    r"(?:ik |we )(?:vind|vinden)\b[^,;.!?]{0,30}\b(?:niks aan|niet leuk|vreselijk)\b",
    r"geen (?:zin|interesse) in\b",
    # Polish
    r"(?:nienawidzę|nienawidze|nie znoszę|nie znosze|nie cierpię|nie cierpie)\b",
    r"nie (?:lubię|lubie|lubimy|interesuje mnie|interesują mnie)\b",
    # Turkish (the verb comes last)
    r"\w* ?nefret (?:ediyorum|ederim|ediyoruz)\b",
    r"\w* ?(?:sevmiyorum|sevmem|sevmiyoruz|hoşlanmıyorum|hoslanmiyorum|ilgilenmiyorum|ilgimi çekmiyor)\b",
)
_DISLIKE = re.compile(r"\b(?:" + "|".join(_DISLIKES) + ")", re.IGNORECASE)

# Cheap first look: every pattern above holds one of these.
_HINTS = (
    *("hate", "haat", "haten", "hass", "hais", "odi", "ode", "detest", "détest", "loathe", "despise", "stand", "bear"),
    *("like", "enjoy", "care", "into", "interes", "intéres", "fan of", "fond", "keen", "my thing", "one for", "mag"),
    *("mögen", "moegen", "leiden", "ausstehen", "nicht ab", "am hut", "soport", "sopport", "suport", "aguant", "gust"),
    *(
        "gost",
        "mola",
        "molan",
        "me va",
        "nos va",
        "mi va",
        "ci va",
        "llama",
        "aime",
        "supporte",
        "piac",
        "curto",
        "van",
    ),
    *("niks aan", "niet leuk", "vreselijk", "zin in", "nienawi", "znosz", "cierpi", "lubi", "nefret", "sevm", "lanm"),
    *("ilgi", "verafschuw"),
)

# Where one thought ends and the next begins; a "but" belongs to what is left out.
_BUT = (
    r"(?:but|although|though|while|aber|sondern|obwohl|dafür|pero|sino|aunque|mais|par contre|ma|però|mas|porém|maar"
    r"|ale|lecz|ama|fakat)\s+"
)
_BOUNDARY = re.compile(rf"([.!?;:,\n]+\s*(?:{_BUT})?|\s+[-–—]+\s+|\s+{_BUT})", re.IGNORECASE)


def without_dislikes(text: str) -> str:
    """The text without the clauses in which its writer rejects something; unchanged when there are none."""
    lower = text.lower()
    if not any(hint in lower for hint in _HINTS) or _DISLIKE.search(text) is None:
        return text
    pieces = _BOUNDARY.split(text)
    clauses, ends = pieces[::2], [*pieces[1::2], ""]
    kept = [clause + end for clause, end in zip(clauses, ends, strict=True) if _DISLIKE.search(clause) is None]
    return "".join(kept).strip()
