"""The index of a use log: canonical JSON of at most 256 KiB, so that its SHA-256 is its address on IPFS and what
``SignalMarket.settle`` puts on chain (docs/use-log.md, "Index").
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from eth_utils.address import is_address, to_checksum_address

from fairsignal.domain.cid import CHUNK
from fairsignal.domain.errors import BadInput, IntegrityError
from fairsignal.domain.hpke import open_message, seal_message
from fairsignal.domain.log_keys import LogContext, LogKeys, key_commitment

__all__ = [
    "MAX_CAMPAIGNS",
    "LogIndex",
    "SealedKey",
    "check_books_key",
    "keys_of",
    "open_log_key",
    "parse_index",
    "seal_log_key",
]

MAX_CAMPAIGNS = 1_000
"""In one epoch: each costs the settling transaction about 8,000 gas."""
_FORMAT = "fairsignal-use-log"
_SAFE = 1 << 53
"""Numbers below it are numbers in every JSON reader."""


@dataclass(frozen=True, slots=True)
class SealedKey:
    """The log key, sealed to one auditor."""

    key: bytes
    """The auditor's X25519 public key."""
    sealed: bytes = field(repr=False)
    """HPKE message, 80 bytes."""


@dataclass(frozen=True, slots=True)
class LogIndex:
    """What an epoch's log says of itself, in the clear. Amounts in token base units."""

    context: LogContext
    previous: bytes
    """SHA-256 of the index of the epoch before; zeros for the first."""
    from_block: int
    """Uses of later blocks,"""
    to_block: int
    """up to this one."""
    campaigns: tuple[tuple[bytes, int], ...]
    """(id, debit) by ascending id; records name a campaign by its position here."""
    uses: int
    subjects: int
    """Leaves of the totals."""
    gross: int
    total: int
    root: bytes
    """Of the Merkle tree of the totals; zeros while nobody earned anything."""
    use_directories: tuple[bytes, ...]
    """SHA-256 each, as of the other two."""
    total_directories: tuple[bytes, ...]
    day_directories: tuple[bytes, ...]
    log_commitment: bytes
    """To the log key, 32 bytes; see ``log_keys.key_commitment``."""
    books_commitment: bytes
    """To the key of this epoch's books, which the next log hands on."""
    previous_books: bytes
    """Key of the last epoch's books, for whoever has this log's key; empty for the first epoch."""
    auditors: tuple[SealedKey, ...] = ()

    def encode(self) -> bytes:
        """Canonical JSON.

        Raises:
            BadInput: more campaigns or auditors than an index holds.
        """
        encoded = _canonical(_document(self))
        if len(encoded) > CHUNK or len(self.campaigns) > MAX_CAMPAIGNS:
            raise BadInput(
                f"An epoch has at most {MAX_CAMPAIGNS} campaigns, and an index at most {CHUNK} bytes.",
                remedy="Close epochs more often, or name fewer auditors.",
                code="epoch-too-large",
            )
        return encoded

    @property
    def debits(self) -> bytes:
        """As ``SignalMarket.settle`` takes them: the first 20 bytes of a campaign's id, amount 12; 32 bytes each."""
        return b"".join(campaign[:20] + debit.to_bytes(12) for campaign, debit in self.campaigns)


def parse_index(data: bytes) -> LogIndex:
    """Read an index.

    Raises:
        IntegrityError: not one, or not in canonical form.
    """
    malformed = IntegrityError(
        "This is no index of a use log, or not one of version 1.", remedy="Ask its operator.", code="bad-use-log"
    )
    if len(data) > CHUNK:
        raise malformed
    try:
        index = _parsed(json.loads(data))
        canonical = _canonical(_document(index))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise malformed from error
    # One index, one spelling: nothing can hide in it, nor be left out.
    ids = [campaign for campaign, _ in index.campaigns]
    if canonical != data or ids != sorted(set(ids)) or len(ids) > MAX_CAMPAIGNS:
        raise malformed
    return index


def seal_log_key(log_key: bytes, public_key: bytes, context: LogContext) -> bytes:
    """HPKE message with the log key to an auditor's or a keeper's X25519 key; -> 80 bytes.

    Raises:
        BadInput: not a usable key.
    """
    return seal_message(log_key, public_key, context.encoded)


def open_log_key(sealed: bytes, private_key: bytes, context: LogContext) -> bytes:
    """The inverse of ``seal_log_key``.

    Raises:
        IntegrityError: altered, sealed to another key, or of another epoch.
    """
    return open_message(sealed, private_key, context.encoded)


def keys_of(index: LogIndex, log_key: bytes) -> LogKeys:
    """The keys of a log.

    Raises:
        IntegrityError: this is not the log key that the index commits to.
    """
    keys = LogKeys(log_key, index.context)
    if keys.commitment != index.log_commitment:
        raise IntegrityError(
            "The log key is not the one that the log's index commits to.",
            remedy="Ask its operator.",
            code="wrong-log-key",
        )
    return keys


def check_books_key(index: LogIndex, key: bytes) -> bytes:
    """-> ``key``, of an epoch's books, which the log of the next epoch handed on.

    Args:
        index: of the epoch whose books they are.

    Raises:
        IntegrityError: not the key that this index commits to.
    """
    if key_commitment(index.context, "books", key) != index.books_commitment:
        raise IntegrityError(
            "The key of the last epoch's totals is not the one that its own log commits to.",
            remedy="Ask the operator.",
            code="wrong-books-key",
        )
    return key


def _canonical(document: dict[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode("ascii")


def _document(index: LogIndex) -> dict[str, Any]:
    context = index.context
    return {
        "format": _FORMAT,
        "version": 1,
        "chain_id": context.chain_id,
        "market": context.market,
        "operator": context.operator,
        "epoch": context.epoch,
        "previous": _hex(index.previous),
        "from_block": index.from_block,
        "to_block": index.to_block,
        "campaigns": [[_hex(campaign), str(debit)] for campaign, debit in index.campaigns],
        "uses": index.uses,
        "subjects": index.subjects,
        "gross": str(index.gross),
        "total": str(index.total),
        "root": _hex(index.root),
        "parts": {
            "uses": [_hex(digest) for digest in index.use_directories],
            "totals": [_hex(digest) for digest in index.total_directories],
            "days": [_hex(digest) for digest in index.day_directories],
        },
        "commitments": {"log": _hex(index.log_commitment), "books": _hex(index.books_commitment)},
        "previous_books": _hex(index.previous_books),
        "auditors": [[_hex(auditor.key), _hex(auditor.sealed)] for auditor in index.auditors],
    }


def _parsed(document: dict[str, Any]) -> LogIndex:
    if (document["format"], document["version"]) != (_FORMAT, 1):
        raise ValueError("another format")
    parts = document["parts"]
    return LogIndex(
        context=LogContext(
            chain_id=_number(document["chain_id"]),
            market=_address(document["market"]),
            operator=_address(document["operator"]),
            epoch=_number(document["epoch"]),
        ),
        previous=_bytes(document["previous"], 32),
        from_block=_number(document["from_block"]),
        to_block=_number(document["to_block"]),
        campaigns=tuple((_bytes(campaign, 32), _amount(debit)) for campaign, debit in document["campaigns"]),
        uses=_number(document["uses"]),
        subjects=_number(document["subjects"]),
        gross=_amount(document["gross"]),
        total=_amount(document["total"]),
        root=_bytes(document["root"], 32),
        use_directories=_digests(parts["uses"]),
        total_directories=_digests(parts["totals"]),
        day_directories=_digests(parts["days"]),
        log_commitment=_bytes(document["commitments"]["log"], 32),
        books_commitment=_bytes(document["commitments"]["books"], 32),
        previous_books=_bytes(document["previous_books"], 48 if _number(document["epoch"]) > 1 else 0),
        auditors=tuple(SealedKey(_bytes(key, 32), _bytes(sealed, 80)) for key, sealed in document["auditors"]),
    )


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


def _bytes(text: str, length: int) -> bytes:
    value = bytes.fromhex(text.removeprefix("0x"))
    if len(value) != length:
        raise ValueError("another length")
    return value


def _digests(texts: Sequence[str]) -> tuple[bytes, ...]:
    return tuple(_bytes(text, 32) for text in texts)


def _number(value: object) -> int:
    if type(value) is not int or not 0 <= value < _SAFE:
        raise ValueError("not a number")
    return value


def _amount(text: str) -> int:
    amount = int(text)
    if not 0 <= amount < 1 << 96:
        raise ValueError("not an amount")
    return amount


def _address(text: str) -> str:
    if not is_address(text):
        raise ValueError("not an address")
    return str(to_checksum_address(text))
