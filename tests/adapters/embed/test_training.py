"""What training computes: true gradients, the same bytes every time, and files that do what was trained."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fairsignal.adapters.embed.data import DATA
from fairsignal.adapters.embed.onnx_model import open_model
from fairsignal.adapters.embed.use import TABLES
from scripts.training.export import encoder_file, reader_file, tokens_file
from scripts.training.fit import Settings, Targets, fit, loss_of
from scripts.training.learners import HeadsLearner
from scripts.training.messages import read_messages, read_splits
from scripts.training.network import BRANCHES, Batch, Network
from scripts.training.splits import as_toml, assign
from scripts.training.transformer import Transformer

Array = np.ndarray
WIDTH = 24


def published_encoder(random: np.random.Generator) -> dict[str, Any]:
    shapes: dict[str, tuple[int, ...]] = {"ln_g": (1280,), "ln_b": (1280,), "cnn_W": (1280, 512), "cnn_b": (512,)}
    shapes |= {"d0": (512, 320), "d1": (320, 320), "p1": (512, 320), "d2": (320, 512), "p3": (320, 512)}
    shapes |= {"d3": (512, 512)}
    for size, _ in BRANCHES:
        shapes |= {f"proj{size}": (512, 256), f"proj_b{size}": (256,), f"ln_g{size}": (256,), f"ln_b{size}": (256,)}
        for layer in (1, 2):
            shapes |= {f"w{layer}_{size}": (256 * size, 256), f"b{layer}_{size}": (256,)}
    weights = {name: random.normal(size=shape) / np.sqrt(shape[0]) for name, shape in shapes.items()}
    return weights | {"eps": np.float64(1e-6)}


def published_reader(random: np.random.Generator, layers: int) -> dict[str, Array]:
    result = {"emb.pos": random.normal(size=(16, WIDTH)), "emb.type": random.normal(size=WIDTH)}
    norms = ["emb.ln", *(f"l{layer}.{name}" for layer in range(layers) for name in ("aln", "oln"))]
    for name in norms:
        result |= {f"{name}.w": 1 + 0.1 * random.normal(size=WIDTH), f"{name}.b": 0.1 * random.normal(size=WIDTH)}
    for layer in range(layers):
        shapes = {"fi": (WIDTH, 4 * WIDTH), "fo": (4 * WIDTH, WIDTH)} | dict.fromkeys(
            ("q", "k", "v", "ao"), (WIDTH, WIDTH)
        )
        for name, shape in shapes.items():
            result[f"l{layer}.{name}.w"] = random.normal(size=shape) * 0.3
            result[f"l{layer}.{name}.b"] = random.normal(size=shape[1]) * 0.1
    return {name: value.astype(np.float32) for name, value in result.items()}


def check_gradients(weights: dict[str, Array], found: dict[str, Array], loss: Callable[[], float]) -> None:
    """Against central differences, in a few places of every weight."""
    random = np.random.default_rng(1)
    assert set(found) == set(weights)
    for name, weight in weights.items():
        for _ in range(2):
            place = tuple(random.integers(0, size) for size in weight.shape)
            before = weight[place]
            weight[place] = before + 1e-5
            above = loss()
            weight[place] = before - 1e-5
            below = loss()
            weight[place] = before
            assert found[name][place] == pytest.approx((above - below) / 2e-5, rel=1e-3, abs=1e-6), name


def a_batch(random: np.random.Generator) -> Batch:
    rows = [random.integers(0, 40, length) for length in (3, 7, 1)]
    return Batch(rows, random.normal(size=(40, 512)) * 0.3, random.random((3, 10)))


def test_the_encoders_gradients_are_true() -> None:
    random = np.random.default_rng(0)
    network = Network(published_encoder(random), 6, 10, random)
    network.weights = {name: value.astype(np.float64) for name, value in network.weights.items()}
    network.weights["lexicon"] += random.normal(size=(10, 6)) * 0.1
    batch, wanted = a_batch(random), random.random((3, 6))
    logits, kept = network.forward(batch)
    found = network.backward(kept, 2 * (logits - wanted))
    check_gradients(network.weights, found, lambda: float(((network.forward(batch)[0] - wanted) ** 2).sum()))


def test_the_second_readers_gradients_are_true() -> None:
    random = np.random.default_rng(0)
    network = Transformer(published_reader(random, 3), layers=3, frozen=1, outputs=5, rng=random)
    network.weights = {name: value.astype(np.float64) for name, value in network.weights.items()}
    tokens, wanted = random.normal(size=(3, 6, WIDTH)), random.random((3, 5))
    mask = np.arange(6) < np.array([6, 4, 2])[:, None]
    logits, kept = network.forward(tokens, mask)
    found = network.backward(kept, 2 * (logits - wanted))
    assert not any(name.startswith("l0.") for name in found)
    check_gradients(network.weights, found, lambda: float(((network.forward(tokens, mask)[0] - wanted) ** 2).sum()))


def test_the_encoders_files_compute_what_was_trained(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    network = Network(published_encoder(random), 6, 10, random)
    (tmp_path / "tokens.onnx").write_bytes(tokens_file(network.weights, 1e-6))
    (tmp_path / "encoder.onnx").write_bytes(encoder_file(network.weights, 1e-6))
    table = (random.normal(size=(9, 512)) * 0.3).astype(np.float32)
    # Two texts of three tokens, with the zeros that the file's description asks for.
    slots = np.array([9, 9, 0, 1, 2, 9, 9, 3, 4, 5, 9, 9])
    mask = (slots[2:-2] < 9).astype(np.float32)[:, None]
    owner = np.array([[1, 1, 1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1, 1, 1]], dtype=np.float32)
    found = open_model(tmp_path / "tokens.onnx")[0].run(None, {"tokens": table})
    # One more row whose scale is zero: what is outside of a text.
    tables = {
        name: np.concatenate([value, np.zeros_like(value[:1])]) for name, value in zip(TABLES, found, strict=True)
    }
    inputs = {**tables, "slots": slots, "mask": mask, "owner": owner}
    vectors = open_model(tmp_path / "encoder.onnx")[0].run(None, inputs)[0]
    batch = Batch([np.array([0, 1, 2]), np.array([3, 4, 5])], table, np.zeros((2, 10), np.float32))
    network.weights["head"] = np.eye(512, dtype=np.float32)
    network.weights["lexicon"], network.weights["bias"] = np.zeros((10, 512)), np.zeros(512)
    expected = network.forward(batch)[0] / 8
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    # 8-bit arithmetic: the direction stays
    assert (vectors * expected).sum(axis=1).min() > 0.995


def test_the_second_readers_file_computes_what_was_trained(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    network = Transformer(published_reader(random, 2), layers=2, frozen=1, outputs=5, rng=random)
    (tmp_path / "reader.onnx").write_bytes(reader_file(network.fixed | network.weights, 2))
    tokens = random.normal(size=(3, 6, WIDTH)).astype(np.float32)
    mask = np.arange(6) < np.array([6, 4, 2])[:, None]
    session = open_model(tmp_path / "reader.onnx")[0]
    logits = session.run(None, {"tokens": tokens, "mask": mask.astype(np.float32)})[0]
    assert logits == pytest.approx(network.forward(tokens, mask)[0], abs=0.02)
    alone = session.run(None, {"tokens": tokens[1:2], "mask": mask[1:2].astype(np.float32)})[0]
    assert alone == pytest.approx(logits[1:2], abs=1e-6)


def trained_heads() -> dict[str, Array]:
    random = np.random.default_rng(5)
    vectors = random.normal(size=(101, 8)).astype(np.float32)
    answers = (vectors[:, :3] > 0).astype(np.float32)
    targets = Targets(answers, np.ones(3, np.float32), (vectors[:, 3] > 0).astype(int))
    learner = HeadsLearner(vectors, np.zeros((101, 2), np.float32), targets)
    fit(learner, learner.lengths, Settings(rate=0.1, epochs=40, batch=50))
    return {name: value.copy() for name, value in learner.weights.items()} | {
        "right": ((vectors @ learner.weights["head"] + learner.weights["bias"])[:, :3] > 0) == answers
    }


def test_two_workers_learn_and_always_learn_the_same() -> None:
    # 101 messages in batches of 50: the last one is a single message, which leaves one worker without any
    once, again = trained_heads(), trained_heads()
    assert once["right"].mean() > 0.9
    for name, value in once.items():
        assert (value == again[name]).all()


def test_the_losses_slope_is_true() -> None:
    random = np.random.default_rng(6)
    targets = Targets(random.integers(0, 2, (4, 3)).astype(float), np.array([1.0, 1.0, 2.0]), np.array([0, 1, 1, 0]))
    logits, chosen = random.normal(size=(3, 5)), np.array([0, 2, 3])
    slope = loss_of(logits, targets, chosen)[1]
    check_gradients({"x": logits}, {"x": slope}, lambda: loss_of(logits, targets, chosen)[0])


def test_the_labelled_messages_follow_their_format_and_every_voice_has_a_part() -> None:
    messages = read_messages(DATA / "messages")
    splits = read_splits(DATA / "messages/splits.toml")
    assert len(messages) >= 4_000
    assert sum(bool(item.sensitive) for item in messages) >= 1_200
    assert sum(bool(item.near_misses) and not item.sensitive for item in messages) >= 1_000
    assert {message.voice for message in messages} == set(splits)
    for language in ("en", "de", "es", "fr", "it", "pt", "nl", "pl", "tr"):
        assert {splits[item.voice] for item in messages if item.language == language} >= {"train", "test"}


def test_new_voices_move_no_old_ones() -> None:
    old = assign([f"en_a_{number:02}" for number in range(10)], {})
    new = assign([f"en_a_{number:02}" for number in range(20)], old)
    assert old.items() <= new.items()
    assert "train = [" in as_toml(new)
