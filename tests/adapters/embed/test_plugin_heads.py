"""Heads for a plug-in embedder, from the settings to the extraction, on a real HTTP endpoint."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairsignal.adapters.embed.data import DATA, LEXICON
from fairsignal.adapters.embed.lexicon import Lexicon
from fairsignal.bootstrap.models import extractor_factory, open_embedder
from fairsignal.domain.errors import BadInput, ModelUnavailable
from fairsignal.domain.signals import Message
from scripts.training.choose import choose
from scripts.training.examples import read_examples
from scripts.training.messages import read_messages
from scripts.training.plugin import train_heads
from scripts.training.write import heads_files
from tests.adapters.embed.openai_server import embedding_model, serving


def use(monkeypatch: pytest.MonkeyPatch, url: str, heads: Path) -> None:
    for name, value in {"KIND": "openai-embeddings", "URL": url, "NAME": "m", "HEADS": heads}.items():
        monkeypatch.setenv(f"FAIRSIGNAL_MODEL_{name}", str(value))


def test_heads_for_an_endpoint_are_trained_used_and_refuse_another_model(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lexicon, labelled = Lexicon(LEXICON), read_messages(DATA / "messages")
    train, tune = read_examples(labelled[:400], lexicon), read_examples(labelled[400:500], lexicon)
    with serving(embedding_model()) as server:
        use(monkeypatch, server.url, tmp_path)
        trained = train_heads(open_embedder(), train, tune)
        for name, content in heads_files(trained, choose(trained, tune), lexicon.id, {}).items():
            (tmp_path / name).write_bytes(content)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["heads.json", "heads.npz"]
        texts = ["my sertraline dose went up, I have depression", "shorter please"]
        messages = [Message(id=text, conversation="c", sent_at=0, text=text) for text in texts]
        ill, well = extractor_factory()().read(messages)
        # The endpoint's vectors mean nothing; what the heads know comes from the word lists.
        assert max(ill.sensitive.values()) > max(well.sensitive.values())
    with serving(embedding_model("another")) as server:
        use(monkeypatch, server.url, tmp_path)
        with pytest.raises(ModelUnavailable):
            extractor_factory()()


def test_only_a_plugin_embedder_can_be_trained_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRSIGNAL_MODEL_KIND", "builtin")
    with pytest.raises(BadInput, match="no plug-in embedder"):
        open_embedder()
