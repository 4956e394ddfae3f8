"""The files of trained heads."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import asdict

import numpy as np

from .choose import Chosen
from .examples import CLASSES, SLUGS
from .trained import Trained

__all__ = ["heads_files"]


def heads_files(trained: Trained, chosen: Chosen, lexicon_id: str, summary: object) -> dict[str, bytes]:
    """File name -> content."""
    buffer = io.BytesIO()
    np.savez(buffer, **{name: value.astype(np.float32) for name, value in sorted(trained.heads.items())})
    weights = buffer.getvalue()
    meta = {
        "format": 2,
        "weights_sha256": hashlib.sha256(weights).hexdigest(),
        "embedder": trained.embedder_id,
        "second_reader": trained.second_id,
        "doubt": None if chosen.doubt is None else asdict(chosen.doubt),
        "lexicon": lexicon_id,
        "interests": SLUGS,
        "sensitive": CLASSES,
        "thresholds": {**dict.fromkeys(SLUGS, chosen.interest), **dict.fromkeys(CLASSES, chosen.block)},
        "certain": chosen.certain,
        "figures_on_unseen_voices": summary,
    }
    description = (json.dumps(meta, indent=2, default=str) + "\n").encode()
    return {**trained.files, "heads.npz": weights, "heads.json": description}
