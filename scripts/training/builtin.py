"""Training the built-in model: the tuned encoder with its heads, and the second reader."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fairsignal.adapters.embed.e5 import E5Reader, E5Tokens, E5Weights
from fairsignal.adapters.embed.heads import INTENTS
from fairsignal.adapters.embed.use import UseEmbedder, UseTokens

from .examples import QUESTIONS, Examples, starting_bias
from .export import encoder_file, reader_file, tokens_file, vocabulary_file
from .fit import fit
from .learners import EncoderLearner, ReaderLearner
from .network import SHARPNESS, Network
from .trained import Trained
from .transformer import Transformer

__all__ = ["train_builtin"]

Array = np.ndarray
_OUTPUTS = QUESTIONS + len(INTENTS)
_LONGEST = 126
"""Tokens of one message that are learnt from."""
_LAYERS, _FROZEN = 12, 4


def train_builtin(train: Examples, tune: Examples) -> Trained:
    """Minutes for the encoder, about half an hour for the second reader, on two cores."""
    with tempfile.TemporaryDirectory() as folder:
        encoder, heads = _train_encoder(train)
        for name, content in encoder.items():
            (Path(folder) / name).write_bytes(content)
        embedder = UseEmbedder(Path(folder))
        logits = embedder.embed(tune.texts) @ heads["head"] + tune.lexicon @ heads["lexicon"] + heads["bias"]
        second = {"reader.spm": vocabulary_file(E5Weights().pieces())}
        second["reader.onnx"] = _train_reader(train, E5Tokens(second["reader.spm"]))
        for name, content in second.items():
            (Path(folder) / name).write_bytes(content)
        reader = E5Reader(Path(folder))
        return Trained(
            embedder_id=embedder.id,
            heads=heads,
            logits=logits,
            files={**encoder, **second},
            second_id=reader.id,
            second_logits=reader.score(tune.texts, QUESTIONS),
        )


def _train_encoder(train: Examples) -> tuple[dict[str, bytes], dict[str, Array]]:
    print("the encoder and its heads", file=sys.stderr, flush=True)
    tokens = UseTokens()
    with np.load(tokens.folder / "weights.npz", allow_pickle=False) as arrays:
        published = {name: arrays[name] for name in arrays.files if not name.startswith("q")}
    network = Network(published, _OUTPUTS, train.lexicon.shape[1], np.random.default_rng(0))
    network.weights["bias"][:] = starting_bias()
    rows, known = _numbered([[*ids[: _LONGEST + 1], 2] for ids in tokens.split(train.texts)])
    learner = EncoderLearner(network, rows, tokens.embeddings(known), train.lexicon, train.targets)
    fit(learner, learner.lengths, learner.settings)
    weights = learner.weights
    heads = {
        "head": weights["head"] * SHARPNESS,
        "lexicon": weights["lexicon"].copy(),
        "bias": weights["bias"].copy(),
    }
    epsilon = float(network.epsilon)
    files = {"tokens.onnx": tokens_file(weights, epsilon), "encoder.onnx": encoder_file(weights, epsilon)}
    return files, heads


def _train_reader(train: Examples, tokens: E5Tokens) -> bytes:
    print("the second reader", file=sys.stderr, flush=True)
    published = E5Weights()
    network = Transformer(published.published(), _LAYERS, _FROZEN, _OUTPUTS, np.random.default_rng(0))
    network.weights["bias"][:] = starting_bias()
    rows, known = _numbered([[0, *ids[:_LONGEST], 2] for ids in tokens.split(train.texts)])
    learner = ReaderLearner(network, rows, published.embeddings(known), train.targets)
    fit(learner, learner.lengths, learner.settings)
    return reader_file(network.fixed | learner.weights, _LAYERS)


def _numbered(texts: Sequence[Sequence[int]]) -> tuple[list[Array], Array]:
    """Tokens -> rows of a table of the tokens that occur, and those tokens."""
    known, places = np.unique(np.concatenate([np.asarray(ids) for ids in texts]), return_inverse=True)
    ends = np.cumsum([len(ids) for ids in texts])
    return np.split(places, ends[:-1]), known
