import shutil
from pathlib import Path

import numpy as np
import pytest

from fairsignal.adapters.embed import UseEmbedder, use
from fairsignal.adapters.embed.data import HEADS
from fairsignal.domain.errors import ModelUnavailable

TEXTS = [
    "",
    " ",
    "?",
    "which tent is lighter",
    "Welches Zelt ist leichter für zwei Personen, die im Juli in die Alpen wollen?",
    "çadır önerir misin",
    "ﬁne ½ Ⅳ　全角",
    "a" * 400,
    "word " * 900,
]


@pytest.fixture(scope="module")
def embedder() -> UseEmbedder:
    return UseEmbedder()


def test_every_text_gets_a_unit_vector(embedder: UseEmbedder) -> None:
    vectors = embedder.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.dimension)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_a_text_does_not_depend_on_its_company(embedder: UseEmbedder) -> None:
    alone = np.concatenate([embedder.embed([text]) for text in TEXTS])
    assert np.abs(embedder.embed(TEXTS[::-1])[::-1] - alone).max() < 1e-5


def test_a_full_table_of_tokens_starts_anew_with_the_same_results(
    embedder: UseEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = embedder.embed(TEXTS[:7])
    monkeypatch.setattr(use, "_SLOTS", 40)
    crowded = UseEmbedder()
    for text in TEXTS[3:7]:
        crowded.embed([text])
    assert np.abs(np.concatenate([crowded.embed([text]) for text in TEXTS[:7]]) - expected).max() < 1e-5


def test_nothing_to_embed_gives_nothing(embedder: UseEmbedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.dimension)


def test_other_weights_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(use._SHA256, "weights.npz", "0" * 64)
    with pytest.raises(ModelUnavailable, match=r"weights\.npz is not the one"):
        UseEmbedder()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModelUnavailable, match="not installed"):
        UseEmbedder()


def test_missing_weights_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setattr(use, "_resources", lambda: tmp_path)
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        UseEmbedder()


def test_a_missing_network_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"tokens\.onnx cannot be read"):
        UseEmbedder(tmp_path)


def test_another_network_has_another_name(embedder: UseEmbedder, tmp_path: Path) -> None:
    folder = shutil.copytree(HEADS, tmp_path / "heads")
    # Protocol buffers may be followed by an unknown field: another file that still loads.
    with (folder / "encoder.onnx").open("ab") as file:
        file.write(b"\xf8\x3f\x01")
    assert UseEmbedder(folder).id != embedder.id
