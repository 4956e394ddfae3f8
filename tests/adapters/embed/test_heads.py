import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from fairsignal.adapters.embed import load_classifier, load_embedder
from fairsignal.adapters.embed.data import HEADS, LEXICON
from fairsignal.adapters.embed.heads import Doubt, LinearHeads, combine
from fairsignal.adapters.embed.lexicon import Lexicon
from fairsignal.domain.categories import INTERESTS, PROHIBITED
from fairsignal.domain.errors import ModelUnavailable


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HEADS, tmp_path / "heads"))


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
    # two interests, two classes, whether it is sensitive at all; five intents
    logits = np.array([[0.0, 2.0, 1.0, -1.0, 3.0, *[0.0] * 5]])
    scores = combine(logits, interests=2, classes=2)
    likely, unlikely, sensitive = (1 / (1 + np.exp(-value)) for value in (1.0, -1.0, 3.0))
    assert scores.interests[0] == pytest.approx([0.5, 1 / (1 + np.exp(-2.0))])
    assert scores.sensitive[0] == pytest.approx([sensitive, sensitive * unlikely / likely])
    assert scores.intents[0] == pytest.approx([0.2] * 5)


class Second:
    """A second reader that is always sure."""

    id = "second@1"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def score(self, texts: Sequence[str], questions: int) -> np.ndarray:
        self.asked += texts
        return np.full((len(texts), questions + 5), 9.0, dtype=np.float32)


def heads_with(second: Second | None) -> LinearHeads:
    """One interest and one class; the vector is the logits."""
    doubt = Doubt(low=0.1, high=0.9, interest_low=0.2, interest_high=0.8, weight=0.5)
    lexicon = Lexicon(LEXICON)
    return LinearHeads(
        id="h",
        embedder_id="e",
        interests=("travel",),
        sensitive=("health",),
        thresholds={"travel": 0.5, "health": 0.5},
        certain=0.8,
        _lexicon=lexicon,
        _vector_weights=np.eye(8, dtype=np.float32),
        _lexicon_weights=np.zeros((3 * len(lexicon.columns), 8), dtype=np.float32),
        _bias=np.zeros(8, dtype=np.float32),
        _doubt=None if second is None else doubt,
        _reader=second,
    )


@pytest.mark.parametrize(
    ("interest", "sensitive", "asked"),
    [
        (-5.0, -5.0, False),  # surely nothing
        (5.0, -5.0, False),  # surely an interest, surely harmless
        (0.0, -5.0, True),  # perhaps an interest
        (-5.0, 0.0, True),  # perhaps sensitive
        (5.0, 0.0, True),
        (0.0, 5.0, False),  # surely sensitive: blocked, whatever else it is
    ],
)
def test_the_second_reader_is_asked_in_doubt_only(interest: float, sensitive: float, asked: bool) -> None:
    vectors = np.array([[interest, 0.0, sensitive, *[0.0] * 5]], dtype=np.float32)
    second = Second()
    logits = heads_with(second).logits(vectors, ["text"])
    assert second.asked == (["text"] if asked else [])
    assert logits[0, 0] == pytest.approx((interest + 9) / 2 if asked else interest)
    assert heads_with(None).logits(vectors, ["text"])[0, 0] == interest


def test_another_second_reader_is_refused() -> None:
    with pytest.raises(ModelUnavailable, match="second reader"):
        load_classifier(reader=lambda _: Second())


def test_a_tampered_second_reader_is_refused(folder: Path) -> None:
    content = bytearray((folder / "reader.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "reader.onnx").write_bytes(content)
    with pytest.raises(ModelUnavailable):
        load_classifier(folder)


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
        ({"format": 1}, "weights"),
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
    lists = Path(shutil.copytree(LEXICON, tmp_path / "lexicon"))
    (lists / "health.txt").write_text((lists / "health.txt").read_text() + "unicorn\n")
    with pytest.raises(ModelUnavailable, match="word lists"):
        load_classifier(lexicon_folder=lists)
