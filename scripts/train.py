"""Rebuild the classifier's heads from the labelled messages, byte-identically.

    python scripts/train.py             # writes backend/fairsignal/data/heads/
    python scripts/train.py --check     # exit 1 when the heads in the repository are not what the data gives
    python scripts/train.py --test      # only look at the test part (once per release); fills the model card's tables
    python scripts/train.py --plugin --out FOLDER   # heads for the embedder that FAIRSIGNAL_MODEL_* names
    python scripts/train.py --assign    # first give new voices a part in splits.toml
    python scripts/train.py --scrub     # nothing of that: print how well personal data is found

The work is done by ``scripts/training``, in a process of its own.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

# Sums in another order round differently. One thread, and the instructions that every x86-64 machine of the last ten
# years has, make the result the same everywhere; numpy reads these when it is imported, hence the new process.
ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR",
    "PYTHONHASHSEED": "0",
    # numpy mentions each of those that this machine does not have anyway
    "PYTHONWARNINGS": "ignore::ImportWarning",
    "PYTHONPATH": str(Path(__file__).resolve().parent),
}

if __name__ == "__main__":
    module, arguments = "training", sys.argv[1:]
    if arguments[:1] == ["--scrub"]:
        module, arguments = "training.scrub_figures", arguments[1:]
    os.execve(  # noqa: S606 - our own interpreter with our own arguments
        sys.executable, [sys.executable, "-m", module, *arguments], os.environ | ENVIRONMENT
    )
