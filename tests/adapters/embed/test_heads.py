import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from fairsignal.adapters.embed import load_classifier, load_embedder
from fairsignal.adapters.embed.heads import DATA, combine
from fairsignal.domain.categories import INTERESTS, PROHIBITED
from fairsignal.domain.errors import ModelUnavailable


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA / "heads", tmp_path / "heads"))


def edit(folder: Path, **changes: object) -> None:
    path = folder / "heads.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_the_shipped_heads_fit_the_shipped_embedder_and_categories() -> None:
    heads = load_classifier()
    assert heads.embedder_id == load_embedder().id
    assert set(heads.interests) <= {item.slug for item in INTERESTS}
    assert set(heads.sensitive) == {item.slug for item in PROHIBITED}
    assert set(heads.thresholds) == {*heads.interests, *heads.sensitive}
    assert all(0 < value < 1 for value in heads.thresholds.values())
    assert heads.certain > max(heads.thresholds[slug] for slug in heads.sensitive)


def test_scores_are_probabilities_of_the_right_shape() -> None:
    heads, embedder = load_classifier(), load_embedder()
    texts = ["", "a tent", "xyzzy " * 300]
    scores = heads.score(embedder.embed(texts), texts)
    assert scores.interests.shape == (3, len(heads.interests))
    assert scores.sensitive.shape == (3, len(heads.sensitive))
    assert scores.intents.shape == (3, 5)
    for part in (scores.interests, scores.sensitive, scores.intents):
        assert ((part >= 0) & (part <= 1)).all()


def test_the_likeliest_class_carries_the_whole_suspicion() -> None:
    # two interests, two classes, none; the sensitive head; five intents
    logits = np.array([[0.0, 0.0, 3.0, 1.0, 0.0, 4.0, *[0.0] * 5]])
    scores = combine(logits, interests=2, topics=5)
    joint = np.exp(logits[0, :5]) / np.exp(logits[0, :5]).sum()
    of_topics = joint[2:4].sum()
    expected = 1 / (1 + np.exp(-(np.log(of_topics / (1 - of_topics)) + 4) / 2))
    assert scores.sensitive[0, 0] == pytest.approx(expected, rel=1e-5)
    assert scores.sensitive[0, 1] == pytest.approx(expected * np.exp(-2), rel=1e-5)


def test_missing_heads_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="missing or damaged"):
        load_classifier(tmp_path)


def test_tampered_weights_are_refused(folder: Path) -> None:
    content = bytearray((folder / "heads.npz").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "heads.npz").write_bytes(content)
    with pytest.raises(ModelUnavailable):
        load_classifier(folder)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"format": 2}, "weights"),
        ({"sensitive": ["health"]}, "prohibited class"),
        ({"interests": ["astrology"]}, "other interests"),
        ({"lexicon": "0" * 16}, "word lists"),
    ],
)
def test_a_description_that_does_not_fit_is_refused(folder: Path, changes: dict[str, object], says: str) -> None:
    edit(folder, **changes)
    with pytest.raises(ModelUnavailable, match=says):
        load_classifier(folder)


def test_other_word_lists_are_refused(tmp_path: Path) -> None:
    lists = Path(shutil.copytree(DATA / "lexicon", tmp_path / "lexicon"))
    (lists / "health.txt").write_text((lists / "health.txt").read_text() + "unicorn\n")
    with pytest.raises(ModelUnavailable, match="word lists"):
        load_classifier(lexicon_folder=lists)
