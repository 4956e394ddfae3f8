"""One signal in 96 bytes, as a category slot holds it before encryption (docs/sealed-format.md, "Record").

Scores keep 16 bits, times keep days; ``canonical`` says what a signal looks like after that. No record is all zeros
but that of an empty slot.
"""

from __future__ import annotations

import struct

from fairsignal.domain.categories import BY_BIT
from fairsignal.domain.errors import BadInput, IntegrityError
from fairsignal.domain.signals import Intent, Signal

__all__ = ["EMPTY", "RECORD_BYTES", "canonical", "decode_record", "encode_record"]

RECORD_BYTES = 96
EMPTY = bytes(RECORD_BYTES)

_DAY = 86_400
_LAYOUT = struct.Struct(">BHHIIB8s")
_MAX_U16 = 0xFFFF
_INTENTS = {Intent.EXPLORING: 1, Intent.COMPARING: 2, Intent.READY: 3, Intent.OWNS: 4, Intent.NONE: 5}
_INTENT_OF = {number: intent for intent, number in _INTENTS.items()}


def encode_record(signal: Signal) -> bytes:
    """-> 96 bytes. Evidence beyond 65,535 messages is written as 65,535.

    Raises:
        BadInput: a value outside its range.
    """
    language = signal.language.encode("ascii", errors="replace")
    days = (signal.first_seen // _DAY, signal.last_seen // _DAY)
    if not (0.0 <= signal.score <= 1.0 and signal.evidence >= 1 and 1 <= len(language) <= 8 and language.isalnum()):
        raise BadInput(f"The signal for {signal.slug} holds a value outside its range.", code="bad-signal")
    if not 0 <= days[0] <= days[1] < 1 << 32:
        raise BadInput(f"The signal for {signal.slug} was last seen before it was first seen.", code="bad-signal")
    fields = _LAYOUT.pack(
        1, round(signal.score * _MAX_U16), min(signal.evidence, _MAX_U16), *days, _INTENTS[signal.intent], language
    )
    return fields.ljust(RECORD_BYTES, b"\0")


def decode_record(category: int, record: bytes) -> Signal | None:
    """The signal of the slot at bit ``category``, None when the slot is empty.

    Raises:
        IntegrityError: not a record of this format.
    """
    if record == EMPTY:
        return None
    broken = IntegrityError(
        "A category slot holds a record of an unknown kind.",
        remedy="Use a newer version of this software to open it.",
        code="bad-record",
    )
    if len(record) != RECORD_BYTES or any(record[_LAYOUT.size :]) or category not in BY_BIT:
        raise broken
    present, score, evidence, first, last, intent, language = _LAYOUT.unpack_from(record)
    tag = language.rstrip(b"\0")
    if (
        present != 1
        or evidence < 1
        or first > last
        or intent not in _INTENT_OF
        or not (tag.isalnum() and tag.isascii())
    ):
        raise broken
    return Signal(
        slug=BY_BIT[category].slug,
        score=score / _MAX_U16,
        evidence=evidence,
        first_seen=first * _DAY,
        last_seen=last * _DAY,
        intent=_INTENT_OF[intent],
        language=tag.decode("ascii"),
    )


def canonical(category: int, signal: Signal) -> Signal | None:
    """The signal as whoever opens the slot will see it: with the record's precision."""
    return decode_record(category, encode_record(signal))
