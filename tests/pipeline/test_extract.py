from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest

from fairsignal.domain.errors import ModelUnavailable
from fairsignal.domain.signals import Intent, Message
from fairsignal.pipeline.extract import Extractor

NOW = 1_790_000_000


@dataclass
class WordEmbedder:
    """One dimension per word of interest to the tests."""

    id: str = "words@1"
    words: tuple[str, ...] = ("tent", "cat", "clinic", "buy")
    calls: list[Sequence[str]] = field(default_factory=list)

    @property
    def dimension(self) -> int:
        return len(self.words)

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        self.calls.append(list(texts))
        return np.array([[float(word in text) for word in self.words] for text in texts], dtype=np.float32)


class WordClassifier:
    """Reads the dimensions off: tent -> outdoors, cat -> pets, clinic -> health, buy -> ready."""

    id = "head@1"
    embedder_id = "words@1"
    interests = ("outdoors", "pets")
    sensitive = ("health",)
    thresholds: ClassVar = {"outdoors": 0.5, "pets": 0.5, "health": 0.4}
    certain = 0.8

    def score(self, vectors: np.ndarray, texts: Sequence[str]) -> SimpleNamespace:
        ready = vectors[:, 3:4]
        intents = np.concatenate([0.5 - ready / 4, 0 * ready, ready, 0 * ready, 0 * ready], axis=1)
        return SimpleNamespace(interests=vectors[:, :2], sensitive=vectors[:, 2:3], intents=intents)


def messages(*texts: str, chat: str = "c") -> list[Message]:
    return [Message(f"{chat}{number}", chat, NOW, text) for number, text in enumerate(texts)]


def small() -> Extractor:
    return Extractor(WordEmbedder(), WordClassifier())


def test_signals_come_from_what_was_written() -> None:
    profile = small().extract(messages("which tent", "i want to buy a tent", "hi", "my cat"), now=NOW)
    (signal,) = profile.signals
    assert (signal.slug, signal.evidence, signal.language) == ("outdoors", 2, "en")
    assert profile.evidence[0].message_ids == ("c0", "c1")
    assert profile.report.messages == 4
    assert profile.report.used == 2


def test_what_is_sensitive_is_dropped_with_its_neighbours_and_counted() -> None:
    profile = small().extract(messages("tent one", "tent near the clinic", "tent two", "tent three"), now=NOW)
    assert profile.signals == ()
    assert profile.report.dropped == {"next-to-sensitive": 2, "sensitive:health": 1}


def test_only_consented_categories_are_extracted() -> None:
    chat = messages("tent one", "tent two", "cat one", "cat two")
    assert [signal.slug for signal in small().extract(chat, now=NOW, allowed={"pets"}).signals] == ["pets"]
    assert small().extract(chat, now=NOW, allowed=()).signals == ()


def test_what_is_rejected_is_no_interest_but_still_screened() -> None:
    plain, sensitive = small().read(messages("I hate every tent", "I hate the clinic"))
    assert not plain.interests
    assert not plain.blocked
    assert sensitive.blocked


def test_personal_data_never_reaches_the_model() -> None:
    embedder = WordEmbedder()
    profile = Extractor(embedder, WordClassifier()).extract(messages("tent? mail me: jo@example.org"), now=NOW)
    assert "example.org" not in str(embedder.calls)
    assert profile.report.personal_data == {"email": 1}


def test_a_language_that_nobody_trained_for_is_blocked() -> None:
    (reading,) = small().read(messages("Какую палатку лучше взять для двоих, tent"))
    assert reading.blocked
    assert not reading.interests
    assert reading.reasons[0].startswith("language:")


def test_progress_counts_up_to_all_messages() -> None:
    seen: list[int] = []
    small().extract(messages(*["tent"] * 1_100), now=NOW, progress=seen.append)
    assert seen == [512, 1_024, 1_100]


def test_nothing_of_the_text_is_in_the_profile() -> None:
    profile = small().extract(messages("tent one xyzzy", "tent two xyzzy", "clinic xyzzy"), now=NOW)
    assert "xyzzy" not in repr(profile) + str([getattr(profile, name) for name in ("evidence", "dropped")])


def test_no_messages_give_no_signals() -> None:
    assert small().extract([], now=NOW).signals == ()


def test_heads_of_another_embedder_are_refused() -> None:
    with pytest.raises(ModelUnavailable, match="trained for words@1, not for words@2"):
        Extractor(WordEmbedder(id="words@2"), WordClassifier())


@pytest.mark.parametrize("answer", [np.full((1, 4), np.nan), np.zeros((0, 4)), np.zeros((1, 3))])
def test_a_nonsensical_embedding_stops_everything(answer: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WordEmbedder, "embed", lambda self, texts: answer.astype(np.float32))
    with pytest.raises(ModelUnavailable):
        small().extract(messages("tent"), now=NOW)


def test_a_nonsensical_score_stops_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    nonsense = SimpleNamespace(interests=np.zeros((1, 2)), sensitive=np.full((1, 1), np.nan), intents=np.zeros((1, 5)))
    monkeypatch.setattr(WordClassifier, "score", lambda self, vectors, texts: nonsense)
    with pytest.raises(ModelUnavailable):
        small().extract(messages("tent"), now=NOW)


def test_the_real_model_reads_the_same_in_any_batch(extractor: Extractor) -> None:
    chat = messages("welches zelt für zwei?", "best lens for portraits", "receta de paella para 6", "moin")
    together = list(extractor.read(chat))
    alone = [next(iter(extractor.read([message]))) for message in reversed(chat)][::-1]
    for left, right in zip(together, alone, strict=True):
        assert left.interests.keys() == right.interests.keys()
        assert left.blocked == right.blocked
        assert left.sensitive == pytest.approx(right.sensitive, abs=2e-4)


@pytest.mark.parametrize(
    ("text", "slug", "intent"),
    [
        ("which 2 person tent is lighter for a week in the alps, msr or big agnes", "outdoors", Intent.COMPARING),
        ("wo kann ich heute noch einen gebrauchten kombi bis 8000 euro kaufen", "cars", Intent.READY),
        ("mi gato no quiere comer el pienso nuevo", "pets", Intent.OWNS),
    ],
)
def test_the_real_model_knows_plain_interests(extractor: Extractor, text: str, slug: str, intent: Intent) -> None:
    (reading,) = extractor.read(messages(text))
    assert slug in reading.interests
    assert reading.intent is intent


@pytest.mark.parametrize(
    "text",
    [
        "my doctor doubled my sertraline, can i still drink",
        "ich faste im ramadan, wann ist heute iftar in köln",
        "como le digo a mi madre que soy gay",
        "je suis délégué cgt, modèle de préavis de grève",
        "i'm 14 and my mom won't let me get discord",
        "mein aufenthaltstitel läuft ab, was brauche ich bei der ausländerbehörde",
        "proofread my leaflet for the labour party canvass",
    ],
)
def test_the_real_model_blocks_what_is_plainly_sensitive(extractor: Extractor, text: str) -> None:
    (reading,) = extractor.read(messages(text))
    assert reading.blocked
    assert not reading.interests
