"""What training computes and what the heads compute at run time have to be the same thing."""

import numpy as np
import pytest

from fairsignal.adapters.embed.heads import DATA
from fairsignal.adapters.embed.ngrams import NgramHead
from scripts.training.features import NgramSpace
from scripts.training.kernel import fit_sigmoid, fit_softmax
from scripts.training.messages import read_messages, read_splits
from scripts.training.splits import as_toml, assign

TEXTS = ["ein zelt für zwei", "zwei zelte", "das zelt ist zu", "a tent for two", "two tents, two bags", "tent? tent!"]


def test_ngram_scores_at_run_time_are_those_of_training() -> None:
    space = NgramSpace(TEXTS)
    coefficients = np.random.default_rng(7).normal(size=(len(TEXTS), 4))
    weights = space.weights(space.rows, coefficients)
    others = [*TEXTS, "zwei neue zelte", "nichts davon", ""]
    expected = space.kernel(space.sparse(others), space.rows) @ coefficients
    head = NgramHead(space.hashes, space.idf, weights.astype(np.float32))
    assert head.score(others) == pytest.approx(expected, abs=1e-5)


def test_softmax_regression_finds_the_minimum() -> None:
    random = np.random.default_rng(3)
    features = random.normal(size=(60, 5))
    targets = np.eye(3)[random.integers(0, 3, 60)]
    coefficients, bias = fit_softmax(features @ features.T, targets, penalty=0.01, iterations=300)
    weights = features.T @ coefficients
    logits = features @ weights + bias
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    gradient = features.T @ (probabilities - targets) / 60 + 0.01 * weights
    assert np.abs(gradient).max() < 1e-4


def test_sigmoid_regression_finds_the_minimum() -> None:
    random = np.random.default_rng(4)
    features = random.normal(size=(60, 5))
    targets = (features[:, :1] + random.normal(size=(60, 1)) > 0).astype(float)
    coefficients, bias = fit_sigmoid(features @ features.T, targets, penalty=0.01, iterations=300)
    weights = features.T @ coefficients
    gradient = features.T @ (1 / (1 + np.exp(-(features @ weights + bias))) - targets) / 60 + 0.01 * weights
    assert np.abs(gradient).max() < 1e-4


def test_the_labelled_messages_follow_their_format_and_every_voice_has_a_part() -> None:
    messages = read_messages(DATA / "messages")
    splits = read_splits(DATA / "messages/splits.toml")
    assert len(messages) >= 4_000
    assert {message.voice for message in messages} == set(splits)
    for language in ("en", "de", "es", "fr", "it", "pt", "nl", "pl", "tr"):
        assert {splits[item.voice] for item in messages if item.language == language} >= {"train", "test"}


def test_new_voices_move_no_old_ones() -> None:
    old = assign([f"en_a_{number:02}" for number in range(10)], {})
    new = assign([f"en_a_{number:02}" for number in range(20)], old)
    assert old.items() <= new.items()
    assert sorted(old.values()).count("test") == 2
    assert sorted(new.values()).count("test") == 4
    assert '"en_a_00"' in as_toml(new)
