"""What training gives, whatever was trained."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

__all__ = ["Trained"]

Array = np.ndarray


@dataclass(frozen=True, slots=True)
class Trained:
    """Heads, the files of the networks before and beside them, and their opinions on the tune part."""

    embedder_id: str
    heads: dict[str, Array]
    """``head`` (dimension, outputs), ``lexicon`` (features, outputs), ``bias`` (outputs,)"""
    logits: Array
    """(N, outputs) of the tune part"""
    files: dict[str, bytes] = field(default_factory=dict)
    """Networks by file name"""
    second_id: str | None = None
    second_logits: Array | None = None
    """(N, outputs) of the tune part by the second reader"""
