"""What WhatsApp itself writes into messages, in the nine languages that signals are drawn from.

iPhones put a left-to-right mark before each such piece, which tells it in every language. Android puts what stands for
a file in angle brackets, ``<Media omitted>``, alone on the message's first line, which tells it as well. Only what
comes without either has to be known by heart; the wordings are those of the apps.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from fairsignal.pipeline.importers.own_name import MARKS

__all__ = ["own_words"]

_MARK = re.compile(f"[{MARKS}]")
_PLACEHOLDER = re.compile(r"<[^<>]{3,60}>")
_MARKED_TAIL = re.compile("\u200e<[^<>]*>\\s*$")
"""``<attached: photo.jpg>`` after a caption, or ``<This message was edited>``."""
_DOCUMENT = re.compile(" • \u200e")
"""``Brochure.pdf • 3 pages``: the name of a file, not words."""

_EDITED = re.compile(
    r"\s*<(?:"
    r"this message was edited|diese nachricht wurde bearbeitet|se editó este mensaje|este mensaje fue editado"
    r"|ce message a été modifié|questo messaggio è stato modificato|mensagem editada|esta mensagem foi editada"
    r"|dit bericht is bewerkt|ta wiadomość została zmieniona|edytowano|bu mesaj düzenlendi"
    r")\.?>\s*$",
    re.IGNORECASE,
)
_ATTACHED = re.compile(
    r"\S.*\.\w{2,5} \((?:"
    r"file attached|datei angehängt|archivo adjunto|archivo adjuntado|fichier joint|file allegato|arquivo anexado"
    r"|ficheiro anexado|bestand bijgevoegd|załączony plik|plik załączony|dosya ekli"
    r")\)",
    re.IGNORECASE,
)
_LOCATION = re.compile(
    r"(?:location|standort|ubicación|localisation|posizione|localização|locatie|położenie|konum): ?https?://\S+",
    re.IGNORECASE,
)
_WHOLE = frozenset(
    """
    null

    media omitted|medien ausgeschlossen|medien weggelassen|multimedia omitido|archivo omitido|médias omis|fichier omis
    media omessi|media omesso|mídia oculta|mídia omitida|ficheiro não revelado|media weggelaten|pominięto multimedia
    pliki pominięto|medya dahil edilmedi|medya atlanmış

    image omitted|bild weggelassen|imagen omitida|image absente|immagine omessa|imagem ocultada|imagem não revelada
    afbeelding weggelaten|obraz pominięty|görüntü dahil edilmedi
    video omitted|video weggelassen|video omitido|vidéo absente|video omesso|vídeo omitido|vídeo não revelado
    video weggelaten|wideo pominięte|video dahil edilmedi
    audio omitted|audio weggelassen|audio omitido|audio omis|audio omesso|áudio ocultado|ficheiro de áudio não revelado
    audio weggelaten|audio pominięte|ses dahil edilmedi
    sticker omitted|sticker weggelassen|sticker omitido|sticker omis|sticker non incluso|figurinha omitida
    sticker não revelado|sticker weggelaten|pominięto naklejkę|çıkartma dahil edilmedi
    gif omitted|gif weggelassen|gif omitido|gif retiré|gif esclusa|gif omitida|gif não revelada|gif weggelaten
    plik gif pominięty|gif dahil edilmedi
    document omitted|dokument weggelassen|documento omitido|document manquant|documento omesso|documento não revelado
    document weggelaten|dokument pominięty|belge dahil edilmedi
    contact card omitted|kontaktkarte ausgelassen|tarjeta de contacto omitida|fiche contact manquante
    scheda contatto omessa|cartão do contato omitido|contacto não revelado|visitekaartje weggelaten
    pominięta wizytówka kontaktu|kişi kartı dahil edilmedi

    this message was deleted|diese nachricht wurde gelöscht|se eliminó este mensaje|este mensaje fue eliminado
    ce message a été supprimé|questo messaggio è stato eliminato|mensagem apagada|esta mensagem foi apagada
    dit bericht is verwijderd|ta wiadomość została usunięta|bu mesaj silindi
    you deleted this message|du hast diese nachricht gelöscht|eliminaste este mensaje|vous avez supprimé ce message
    hai eliminato questo messaggio|você apagou esta mensagem|apagou esta mensagem|u hebt dit bericht verwijderd
    je hebt dit bericht verwijderd|usunąłeś(-ęłaś) tę wiadomość|usunięto tę wiadomość|bu mesajı sildiniz

    missed voice call|verpasster sprachanruf|llamada perdida|llamada de voz perdida|appel vocal manqué
    chiamata vocale persa|chamada de voz perdida|gemist spraakgesprek|gemiste spraakoproep|nieodebrane połączenie
    cevapsız sesli arama
    missed video call|verpasster videoanruf|videollamada perdida|appel vidéo manqué|videochiamata persa
    videochamada perdida|chamada de vídeo perdida|gemist videogesprek|gemiste video-oproep|nieodebrane poł. wideo
    cevapsız görüntülü arama

    live location shared|live-standort wird geteilt|ubicación en tiempo real compartida
    localisation en direct partagée|posizione attuale condivisa|localização atual compartilhada|live locatie gedeeld
    udostępniona transmisja położenia|mevcut konum paylaşıldı
    """.replace("\n", "|").split("|")
)
_KNOWN = frozenset(phrase.strip() for phrase in _WHOLE) - {""}


def own_words(lines: Sequence[str]) -> str:
    """What the person wrote of a message's lines; empty when the app alone has spoken."""
    kept = []
    for number, line in enumerate(lines):
        # A line that the app wrote begins with its mark: "image omitted", a poll's options, a document's name.
        if line.startswith("\u200e") or _DOCUMENT.search(line):
            continue
        line = _EDITED.sub("", _MARK.sub("", _without_tail(line))).strip()
        if number == 0 and (_PLACEHOLDER.fullmatch(line) or _ATTACHED.fullmatch(line) or _LOCATION.fullmatch(line)):
            continue
        kept.append(line)
    text = "\n".join(kept).strip()
    return "" if _is_known(text) else text


def _without_tail(line: str) -> str:
    while (shorter := _MARKED_TAIL.sub("", line)) != line:
        line = shorter
    # A caption may be followed by what stands for its picture.
    before, mark, tail = line.rpartition("\u200e")
    return before if mark and _is_known(tail) else line


def _is_known(text: str) -> bool:
    return text.strip().rstrip(".").casefold() in _KNOWN
