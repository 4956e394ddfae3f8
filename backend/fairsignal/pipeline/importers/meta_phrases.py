"""What Meta writes in the person's name: no words of theirs. In the nine languages that signals are drawn from."""

from __future__ import annotations

import re

__all__ = ["is_automatic"]

# After the sender's name, or in the second person.
_ATTACHMENT = (
    "sent an attachment",
    "hat einen anhang gesendet",
    "hast einen anhang gesendet",
    "envió un archivo adjunto",
    "enviaste un archivo adjunto",
    "a envoyé une pièce jointe",
    "avez envoyé une pièce jointe",
    "ha inviato un allegato",
    "hai inviato un allegato",
    "enviou um anexo",
    "heeft een bijlage verzonden",
    "hebt een bijlage verzonden",
    "wysłał(a) załącznik",
    "wysłano załącznik",
    "bir ek gönderdi",
    "bir ek gönderdin",
)
_LIKED = (
    "liked a message",
    "hat eine nachricht mit „gefällt mir“ markiert",
    "gefällt eine nachricht",
    "indicó que le gusta un mensaje",
    "a aimé un message",
    "ha messo mi piace a un messaggio",
    "curtiu uma mensagem",
    "vindt een bericht leuk",
    "polubił(a) wiadomość",
    "bir mesajı beğendi",
)
_REACTED = re.compile(
    r"(?:reacted \S+ to your message|hat mit \S+ auf deine nachricht reagiert|reaccionó con \S+ a tu mensaje"
    r"|a réagi avec \S+ à votre message|ha reagito con \S+ al tuo messaggio|reagiu com \S+ à sua mensagem"
    r"|heeft met \S+ op je bericht gereageerd|zareagował\(a\) \S+ na twoją wiadomość"
    r"|mesajına \S+ ifadesini bıraktı)"
)
_YOU = ("you", "du", "vous", "você", "je", "sen", "u")


def is_automatic(text: str, sender: str) -> bool:
    """True when ``text`` is nothing but Meta's own sentence about what ``sender`` did."""
    bare = text.strip().rstrip(".").casefold()
    for name in (sender.casefold(), *_YOU):
        if bare.startswith(name + " "):
            bare = bare[len(name) + 1 :]
            break
    return bare in _ATTACHMENT or bare in _LIKED or _REACTED.fullmatch(bare) is not None
