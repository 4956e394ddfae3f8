"""Identity papers, tax and health-insurance numbers, number plates, and whatever else is called somebody's number."""

from __future__ import annotations

import re
from collections.abc import Callable

from stdnum.es import nif
from stdnum.ie import pps
from stdnum.in_ import pan
from stdnum.it import codicefiscale
from stdnum.mx import curp, rfc
from stdnum.pt import cc

from fairsignal.pipeline.phones import DATE, YEARS, is_amount
from fairsignal.pipeline.replacing import Counts, counting

__all__ = ["replace_papers"]

# By their shape. Letters and digits alternate in none of these as they do in product names.
_SHAPES = re.compile(
    r"\b[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b"  # GB national insurance
    r"|(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])"  # US social security
    r"|\b[1-9][A-Z][A-Z0-9]\d-[A-Z][A-Z0-9]\d-[A-Z]{2}\d{2}\b"  # US Medicare
    r"|\b\d{8}-?[A-HJ-NP-TV-Z]\b|\b\d{2}\.\d{3}\.\d{3}-?[A-Z0-9]\b|\b[XYZ]-?\d{7}-?[A-Z]\b"  # ES, BR, CL
    r"|\b\d{2}[/-]\d{8}[/-]\d{2}\b"  # ES social security; AR CUIT
    r"|\b[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]\b"  # IT codice fiscale
    r"|\b(?=\w*[A-Z]\w*[A-Z])(?:[LMNPRTVWXY](?=(?:\w*\d){4})[0-9CFGHJKLMNPRTVWXYZ]{8})\d?\b"  # DE identity card
    r"|\b[12]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)\d[\dAB]\d{6}(?:\d{2})?\b"  # FR social security
    r"|\b[12] \d{2} (?:0[1-9]|1[0-2]|[2-9]\d) \d[\dAB] \d{3} \d{3}(?: \d{2})?\b"
    r"|\b\d{3}\.\d{3}\.\d{3}-\d{2}\b|\b\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}\b"  # BR CPF, CNPJ
    r"|\b\d{3}\.\d{5}\.\d{2}-\d\b"  # BR PIS
    r"|\b756\.\d{4}\.\d{4}\.\d{2}\b"  # CH AHV
    r"|\b\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}\b"  # BE national number
    r"|\b\d{2} ?\d{6} ?[A-Z] ?\d{3}\b"  # DE pension insurance
    r"|(?<![\d/])\d{3}/\d{3}/\d{5}(?![\d/])|(?<![\d/])\d{2}-\d{3}/\d{4}(?![\d/])"  # DE, AT tax
    r"|\b\d{6}[-+A]\d{3}[0-9A-FHJ-NPR-Y]\b"  # FI
    r"|\b\d{6}[-+/]\d{3,4}\b"  # SE, DK, CZ, SK
    r"|\b[A-Z]{4}\d{6}[HM][A-Z]{5}[0-9A-Z]\d\b"  # MX CURP
    r"|(?<![\w:(=])(?!KB)[A-Z]{1,2}\d{7,9}\b"  # passports and health insurance of many countries
    r"|\b(?=[A-HJ-NPR-Z0-9]*\d{4})(?=\w*[A-Z]\w*[A-Z])[A-HJ-NPR-Z0-9]{17}\b"  # vehicle identification
)
_FRENCH_PLATE = re.compile(r"\b[A-HJ-NP-TV-Z]{2}-\d{3}-[A-HJ-NP-TV-Z]{2}\b")
# Shapes that other things have as well: here the check digit decides.
_CHECKED = re.compile(
    r"\b(?:\d{7}[A-Wa-w][A-IWa-iw]?|[A-Za-z]{5}\d{4}[A-Za-z]|\d{8}[A-Za-z]|[A-Za-z]{3,4} ?\d{6} ?[A-Za-z0-9]{3}"
    r"|[A-Za-z]{6}\d{2}[A-Za-z]\d{2}[A-Za-z]\d{3}[A-Za-z]|[A-Za-z]{4}\d{6}[A-Za-z]{6}[0-9A-Za-z]\d"
    r"|\d{8} ?\d ?[A-Za-z0-9]{2}\d)\b"
)
_CHECKS = (pps, pan, nif, rfc, codicefiscale, curp, cc)

# Words after which a code is somebody's, and words after which it is only when they say "number".
_PAPER = (
    r"passport|reisepass|pass-?nr|perso(?:nalausweis)?(?:nummer)?|ausweis|pasaporte|passeport|passaporto"
    r"|passaporte|paszport"
    r"|pasaport|paspoort|driv(?:ing|er'?s?) licen[cs]e|licen[cs]e (?:number|no)|führerschein\w*|rijbewijs|permis"
    r"|prawo jazdy|ehliyet|ssn|social security|national insurance|nhs|tax id|tax file number|medicare|itin|utr|tfn"
    r"|pps|aadhaar|aadhar|steuer-?id|steuernummer|st\.?-?nr|idnr"
    r"|(?:sv|rv|st|kd|kv|vers|mitgl)[. -]{0,2}(?:nr|nummer)|svnr|sozialversicherung\w*"
    r"|rentenversicherung\w*|versicherten\w*|krankenkasse\w*|ahv|dni|nif|nuss|curp|rfc|cuit|cuil|c[eé]dula"
    r"|seguridad social|tarjeta sanitaria|codice fiscale|cod\.? ?fisc\w*|carta d'identità|tessera sanitaria|patente"
    r"|p\.? ?iva|partita iva|cpf|cnpj|cnh|título de eleitor|cartão (?:sus|de cidadão)|niss|utente|contribuinte"
    r"|bsn|burgerservicenummer|rijksregister\w*|id-?kaart|polisnummer|omzet id|pesel|nip|regon|dowód(?: osobisty)?"
    r"|seria i numer|tc kimlik|tckn|kimli[kğ]\w*|vergi no|sécu(?:rité sociale)?|numéro (?:fiscal|national)"
    r"|n° (?:fiscal|sécu)|registre national|carte d'identité|cni|cnp|egn|amka|oib|cpr|personnummer|personal number"
    r"|fødselsnummer|henkilötunnus|hetu|kennitala|teudat zehut|alien reg\w*"
    r"|kontonummer|kundennummer|sendungsnummer|mitgliedsn\w*|zählernummer|vertragskonto|matrikelnummer"
    r"|aktenzeichen|versicherungsnummer|bestellnummer|buchungs(?:nummer|code)|pnr|klantnummer|fahrgestellnummer|imei"
    r"|acct|booking ref|nr konta"
)
# Words with other meanings: only a long number straight behind them counts.
_AMBIGUOUS = (
    r"ni|pan|sin|ird|rut|run|nie|cif|epic|carnet|rg|pis|nis|cc|c\.i|c\.f|cf|rrn|btw|tc|vkn|sgk|secu|sécu|nir|nas"
    r"|ic|avs|svn|account|konto|cuenta|conta|conto|compte|rekening|polis|abn|ein"
)
_NUMBERED = (
    r"ni|customer|client|cliente|kunden?|klant|klienta|account|konto|cuenta|compte|conto|conta|rekening|policy"
    r"|polic[ey]"
    r"|póliza|polizza|polis|order|bestellung|pedido|commande|ordine|zamówieni[ea]|booking|reserva|réservation"
    r"|prenotazione"
    r"|tracking|member|membership|mitglieds?|student|case|ref|reference|referenz|serial|registration|id|identity|steuer"
    r"|müşteri|abone|codice|código|numéro|numero|número|numer|nr|n[°º]"
)
_NUMBER_WORD = (
    r"number|nummer|nr|no|num|número|numero|numéro|numer|code|código|n\.|nº|n°|#|id|de pedido|client[ea]?|klienta"
)
_CODE = (
    # In groups, each of which has a digit or is in capitals (12 O 345/23), or else joined (KX12-3456/7).
    r"(?<!\w)(?-i:[A-Z0-9][A-Z0-9./-]{0,13}(?: (?:\d[\dA-Z./-]{0,10}|[A-Z]{1,3})){1,6})(?!\w|[,.]\d)"
    r"|(?<!\w)(?=(?:[A-Z./-]*\d){2})[A-Z0-9][A-Z0-9./-]{4,23}(?!\w|[,.]\d)"
)
_NAMED = re.compile(
    rf"(?:(?<!\w)(?:{_PAPER})(?:-?(?:nummer|number|nr))?(?!\w)|\b(?:{_NUMBERED})[ .:-]{{0,2}}(?:{_NUMBER_WORD})(?!\w))"
    rf"[^\n\d]{{0,24}}?(?P<code>{_CODE})",
    re.IGNORECASE,
)
_NAMED_SHORTLY = re.compile(
    rf"\b(?:{_AMBIGUOUS})\b\.?(?:[ -]?(?:no|nr|number|num|nº|n°)\b\.?)?[\s:#]{{1,3}}"
    r"(?P<code>(?:[A-Z]{2}-?)?\d[\d ./-]{5,20}[A-Z0-9])(?!\w)",
    re.IGNORECASE,
)
_SORT_CODE = re.compile(r"(?P<lead>\bsort(?: code)?[\s:]{1,3}(?:is )?)\d{2}[- ]?\d{2}[- ]?\d{2}\b", re.IGNORECASE)
# Number plates: short, so the word for one has to stand before them.
_PLATE = re.compile(
    r"(?P<lead>(?i:\b(?:number plate|licen[cs]e plate|plate|reg(?:istration)?|kennzeichen|plaque(?: d'immatriculation)?"
    r"|immatriculation|matrícula|matricula|targa|placa|kenteken|rejestracj\w*|tablice|plaka))"
    r"(?: (?i:is|ist|es|est|è|é|to|no))?[\s:]{1,2})"
    r"(?P<code>(?=[\dÄ-Ü -]*[A-Z])(?=[A-ZÄ-Ü -]*\d)[A-Z0-9Ä-Ü]{1,8}(?:[ -][A-Z0-9Ä-Ü]{1,5}){0,2}[EH]?)(?!\w)"
)
# A shorter reference, in capitals, straight behind its word: QX7R2M
_REFERENCE = re.compile(
    r"(?P<lead>(?i:\b(?:pnr|(?:booking|buchungs?)[ -]?(?:ref(?:erence)?|code|nummer|nr)"
    r"|ref(?:erence)? (?:no|number)|confirmation code))[\s:]{1,2})"
    r"(?P<code>(?=[A-Z0-9]*\d)(?=[A-Z0-9]*[A-Z])[A-Z0-9]{5,8})(?!\w)"
)
_BIRTH = re.compile(
    r"(?P<lead>\b(?:born|dob|date of birth|birth ?date|geboren|geb\.|geburtsdatum|né|née|date de naissance|nacid[oa]"
    r"|fecha de nacimiento|nat[oa]|data di nascita|nascid[oa]|data de nascimento|geboortedatum|ur\.|urodzon[ya]"
    r"|doğum)\b[^\n\d]{0,16})"
    r"(?P<date>\d{1,2}[./ -]\d{1,2}[./ -]\d{2,4}|\d{4}-\d{2}-\d{2}|\d{1,2}\.? [^\W\d]{3,10} (?:19|20)\d{2})",
    re.IGNORECASE,
)
_MIXED = re.compile(r"\b(?=[A-Z]*\d)[A-Z0-9]{6,}\b")
_SIZES = re.compile(r"\d+(?:[.,]\d+)?(?:x\d+)+|\d{1,3}/\d{2}\w*", re.IGNORECASE)
_QUANTITY = re.compile(r"\d{1,5}(?:[.,]\d+)?\s?[^\W\d_]{1,12}|\d+\.\d{1,2}")
_LEAST_DIGITS, _SURE_DIGITS, _SURE_LENGTH = 2, 4, 6


def replace_papers(text: str, removed: Counts) -> str:
    """Numbers of papers and contracts -> ``[id]``, dates of birth -> ``[date]``."""
    digits = sum(map(str.isdigit, text))
    text = _FRENCH_PLATE.sub(counting("id", removed), text)
    if digits >= _SURE_DIGITS:
        text = _SHAPES.sub(counting("id", removed), text)
        text = _CHECKED.sub(_checked(removed), text)
    text = _PLATE.sub(_behind_its_word("id", removed), text)
    text = _REFERENCE.sub(_behind_its_word("id", removed), text)
    text = _SORT_CODE.sub(_behind_its_word("id", removed), text)
    if digits >= _SURE_DIGITS or _MIXED.search(text) is not None:
        text = _NAMED.sub(_named(removed), text)
        text = _NAMED_SHORTLY.sub(_named(removed), text)

    def birth(match: re.Match[str]) -> str:
        removed["birth_date"] += 1
        return f"{match['lead']}[date]"

    return _BIRTH.sub(birth, text)


def _checked(removed: Counts) -> Callable[[re.Match[str]], str]:
    def substitute(match: re.Match[str]) -> str:
        if not any(check.is_valid(match.group()) for check in _CHECKS):
            return match.group()
        removed["id"] += 1
        return "[id]"

    return substitute


def _behind_its_word(kind: str, removed: Counts) -> Callable[[re.Match[str]], str]:
    def substitute(match: re.Match[str]) -> str:
        removed[kind] += 1
        return f"{match['lead']}[{kind}]"

    return substitute


def _named(removed: Counts) -> Callable[[re.Match[str]], str]:
    def substitute(match: re.Match[str]) -> str:
        code = match["code"]
        if not _is_code(code):
            return match.group()
        removed["id"] += 1
        return match.group()[: match.start("code") - match.start()] + "[id]"

    return substitute


def _is_code(code: str) -> bool:
    """No date, year, size or amount, and long enough for a number of its own."""
    if any(pattern.fullmatch(code) for pattern in (DATE, YEARS, _SIZES, _QUANTITY)):
        return False
    if is_amount(code) and len(code) <= len("123.456"):
        return False
    digits = sum(map(str.isdigit, code))
    return digits >= _SURE_DIGITS or (digits >= _LEAST_DIGITS and " " not in code and len(code) >= _SURE_LENGTH)
