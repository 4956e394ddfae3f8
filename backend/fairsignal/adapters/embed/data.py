"""Where the shipped model's files are."""

from pathlib import Path

import fairsignal

__all__ = ["DATA", "HEADS", "LEXICON"]

DATA = Path(fairsignal.__file__).parent / "data"
HEADS = DATA / "heads"
LEXICON = DATA / "lexicon"
