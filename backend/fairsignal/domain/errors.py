"""Every error that a person may meet: a stable code, a sentence that names the rule, and a remedy.

Adapters translate what third-party libraries raise into the most specific of these, keeping the cause. The API maps
them to RFC 9457 problems and the command line to an exit code, each in one place. Messages never carry secrets,
chat text or personal data.
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "BadInput",
    "ChainMismatch",
    "Conflict",
    "FairsignalError",
    "IntegrityError",
    "ModelUnavailable",
    "NotFound",
    "RateLimited",
    "Refused",
    "Unauthenticated",
    "Unavailable",
]


class FairsignalError(Exception):
    """Base of all errors that are told to people.

    Attributes:
        code: stable machine-readable name, kebab-case; of the class, or narrower.
        message: one sentence that says which rule was broken.
        remedy: one sentence that says what to do about it.
    """

    code: str = "error"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, remedy: str = "", code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class BadInput(FairsignalError):
    """What was given cannot be used as it is: a broken file, a malformed value, a bad signature."""

    code = "bad-input"


class NotFound(FairsignalError):
    """What was asked for does not exist."""

    code = "not-found"


class Conflict(FairsignalError):
    """What was asked for contradicts what has happened already."""

    code = "conflict"


class Refused(FairsignalError):
    """A rule of consent or payment says no. ``code`` is the rule."""

    code = "refused"


class RateLimited(Refused):
    """Asked too often."""

    code = "rate-limited"
    retryable: ClassVar[bool] = True

    def __init__(self, message: str, *, remedy: str = "", code: str | None = None, retry_after: int = 1) -> None:
        super().__init__(message, remedy=remedy, code=code)
        self.retry_after = retry_after
        """Seconds to wait."""


class Unauthenticated(FairsignalError):
    """Nobody known asks: no session and no API key, or one that ended."""

    code = "unauthenticated"


class Unavailable(FairsignalError):
    """A service that we depend on did not answer in time; the same call may succeed later."""

    code = "unavailable"
    retryable = True


class ChainMismatch(FairsignalError):
    """The node serves another chain than the one configured, or our contracts are not there."""

    code = "chain-mismatch"


class IntegrityError(FairsignalError):
    """Bytes do not match their hash, a ciphertext does not open, a share does not fit its commitment."""

    code = "integrity"


class ModelUnavailable(FairsignalError):
    """No trusted model for this text: extraction emits nothing (it fails closed)."""

    code = "model-unavailable"
