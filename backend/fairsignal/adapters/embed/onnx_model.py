"""Opening the networks that ``make train`` wrote, on one core."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from fairsignal.domain.errors import ModelUnavailable

# ONNX Runtime reports to its maker, under a device id that it keeps in the home directory, from the moment that it is
# imported. Only this variable, set before, stops all of it; so nobody else may import it.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime  # type: ignore[import-untyped]  # ships no types

__all__ = ["open_model", "sha256_of"]

_REMEDY = "Restore backend/fairsignal/data/heads from the repository, or run `make train`; nothing is extracted."
_ERRORS_ONLY = 3


def open_model(path: Path) -> tuple[onnxruntime.InferenceSession, str]:
    """A network and the SHA-256 of its file.

    Raises:
        ModelUnavailable: the file is missing or damaged.
    """
    digest = sha256_of(path, "The model", _REMEDY)
    try:
        options = onnxruntime.SessionOptions()
        # Messages are many and small: one core each is the fastest way, and sums keep their order.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        # By its path: of bytes the session would keep a copy.
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the library raises types of its own that it does not export
        raise ModelUnavailable(f"The network {path.name} is damaged.", remedy=_REMEDY) from error
    return session, digest


def sha256_of(path: Path, what: str, remedy: str) -> str:
    """Hash of a weights file.

    Raises:
        ModelUnavailable: it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ModelUnavailable(f"{what}'s {path.name} cannot be read.", remedy=remedy) from error
