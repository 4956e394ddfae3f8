"""Training heads for an embedder that is a plug-in: its vectors stay as they are."""

from __future__ import annotations

import sys

import numpy as np

from fairsignal.ports import Embedder

from .examples import Examples, starting_bias
from .fit import fit
from .learners import HeadsLearner
from .trained import Trained

__all__ = ["train_heads"]

Array = np.ndarray


def train_heads(embedder: Embedder, train: Examples, tune: Examples) -> Trained:
    print(f"heads for {embedder.id}", file=sys.stderr, flush=True)
    vectors = embedder.embed(train.texts)
    # Embedders differ in how far their vectors spread: heads learn on ones of unit variance and are scaled back.
    centre, spread = vectors.mean(axis=0), np.float32(vectors.std(axis=0).mean() + 1e-9)
    learner = HeadsLearner((vectors - centre) / spread, train.lexicon, train.targets)
    learner.weights["bias"][:] = starting_bias()
    fit(learner, learner.lengths, learner.settings)
    head = learner.weights["head"] / spread
    bias = learner.weights["bias"] - centre @ head
    heads = {"head": head, "lexicon": learner.weights["lexicon"].copy(), "bias": bias}
    logits = embedder.embed(tune.texts) @ head + tune.lexicon @ heads["lexicon"] + bias
    return Trained(embedder_id=embedder.id, heads=heads, logits=logits)
