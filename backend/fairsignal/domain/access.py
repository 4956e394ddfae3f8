"""Who may do what: secrets that grant access, the scopes of operators' API keys, and the rules of signing in."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Literal, get_args

from fairsignal.domain.errors import BadInput

__all__ = [
    "SCOPES",
    "Scope",
    "digest_of_secret",
    "key_id_of",
    "new_api_key",
    "new_nonce",
    "new_session_token",
    "parse_scopes",
]

Scope = Literal["chats", "decisions", "uses", "settle", "admin", "metrics"]
"""What an operator's API key opens; none includes another."""
SCOPES: tuple[Scope, ...] = get_args(Scope)

# Prefixes tell the two apart, and let scanners for leaked secrets find them.
_KEY = re.compile(r"fsk_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")
_SESSION = "fss_"
_NONCE_DIGITS = 32


def new_api_key() -> tuple[str, str]:
    """(id, secret): 48 random bits that name the key, and the key itself with 256 random bits."""
    key_id = secrets.token_hex(6)
    return key_id, f"fsk_{key_id}_{secrets.token_urlsafe(32)}"


def key_id_of(secret: str) -> str | None:
    """The id of what has the form of an API key; None for anything else."""
    found = _KEY.fullmatch(secret)
    return None if found is None else found[1]


def new_session_token() -> str:
    """256 random bits."""
    return _SESSION + secrets.token_urlsafe(32)


def new_nonce() -> str:
    """128 random bits, of letters and digits as EIP-4361 asks."""
    return secrets.token_hex(_NONCE_DIGITS // 2)


def digest_of_secret(secret: str) -> bytes:
    """SHA-256: enough for secrets of 256 random bits, which nobody can guess."""
    return hashlib.sha256(secret.encode()).digest()


def parse_scopes(names: list[str]) -> tuple[Scope, ...]:
    """Scopes in their own order, each once.

    Raises:
        BadInput: none, or one that does not exist.
    """
    if not names or not set(names) <= set(SCOPES):
        raise BadInput(
            "An API key has one or more of the scopes " + ", ".join(SCOPES) + ".",
            remedy="Name each with --scope.",
            code="unknown-scope",
        )
    return tuple(scope for scope in SCOPES if scope in names)
