"""A chat model as the judge: what it says counts only in exactly the form that was asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from fairsignal.adapters.embed.openai_chat import ChatClassifier, TextOnly
from fairsignal.adapters.embed.openai_http import Endpoint
from fairsignal.domain.categories import INTERESTS, PROHIBITED
from fairsignal.domain.errors import ModelUnavailable
from fairsignal.domain.signals import Intent, Message
from fairsignal.pipeline.extract import Extractor
from tests.adapters.embed.openai_server import Reply, Request, Server, completion, serving

NOW = 1_790_000_000
SENSITIVE = [item.slug for item in PROHIBITED]


def asked(request: Request) -> list[dict[str, Any]]:
    return json.loads(request.body["messages"][-1]["content"])["messages"]  # type: ignore[no-any-return]


def verdict(n: int, text: str) -> dict[str, Any]:
    return {
        "n": n,
        "interests": [{"slug": "outdoors", "score": 0.9}] if "tent" in text else [],
        "sensitive": {slug: 0.95 if slug == "health" and "clinic" in text else 0 for slug in SENSITIVE},
        "intent": "ready" if "buy" in text else "exploring",
    }


def verdicts(request: Request) -> list[dict[str, Any]]:
    return [verdict(item["n"], item["text"]) for item in asked(request)]


def judge(request: Request) -> Reply:
    return Reply(body=completion(json.dumps({"messages": verdicts(request)})))


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(judge) as running:
        yield running


def classifier(server: Server, **options: Any) -> ChatClassifier:
    return ChatClassifier(Endpoint(server.url, "m", timeout=timedelta(seconds=5), first_pause=0.01), **options)


def extractor(server: Server, **options: Any) -> Extractor:
    return Extractor(TextOnly(), classifier(server, **options))


def messages(*texts: str) -> list[Message]:
    return [Message(f"m{number}", f"c{number}", NOW, text) for number, text in enumerate(texts)]


def test_it_screens_and_aggregates_like_any_classifier(server: Server) -> None:
    chat = messages("which tent", "i want to buy a tent", "a tent near the clinic", "hello there")
    profile = extractor(server).extract(chat, now=NOW)
    (signal,) = profile.signals
    assert (signal.slug, signal.evidence) == ("outdoors", 2)
    assert profile.report.dropped == {"sensitive:health": 1}
    assert profile.report.model_id.startswith("text-only+m@prompt:")


def test_the_request_is_what_the_api_documents(server: Server) -> None:
    extractor(server).extract(messages("which tent"), now=NOW)
    (request,) = server.requests
    assert request.path == "/v1/chat/completions"
    assert request.body["model"] == "m"
    assert request.body["temperature"] == 0
    assert [message["role"] for message in request.body["messages"]] == ["system", "user"]
    wanted = request.body["response_format"]
    assert (wanted["type"], wanted["json_schema"]["strict"]) == ("json_schema", True)
    prompt = request.body["messages"][0]["content"]
    assert all(f"{item.slug}: {item.en}" in prompt for item in (*INTERESTS, *PROHIBITED))


def test_every_object_of_the_schema_is_closed_as_strict_mode_asks(server: Server) -> None:
    extractor(server).extract(messages("which tent"), now=NOW)
    queue = [server.requests[0].body["response_format"]["json_schema"]["schema"]]
    objects = 0
    while queue:
        node = queue.pop()
        if isinstance(node, dict):
            if node.get("type") == "object":
                objects += 1
                assert node["additionalProperties"] is False
                assert node["required"] == list(node["properties"])
            queue += node.values()
        elif isinstance(node, list):
            queue += node
    assert objects == 4


def test_temperature_can_be_left_out(server: Server) -> None:
    extractor(server, temperature=None).extract(messages("which tent"), now=NOW)
    assert "temperature" not in server.requests[0].body


def test_only_scrubbed_texts_go_out_and_blank_ones_not_at_all(server: Server) -> None:
    chat = messages("a tent? mail me at jo@example.org or call +43 660 1234567", "", "  ")
    profile = extractor(server).extract(chat, now=NOW)
    sent = json.dumps([request.body for request in server.requests])
    assert "example.org" not in sent
    assert "1234567" not in sent
    assert [len(asked(request)) for request in server.requests] == [1]
    assert profile.report.personal_data == {"email": 1, "phone": 1}


def test_many_messages_go_in_several_requests_and_come_back_in_order(server: Server) -> None:
    texts = [f"{'tent' if number % 3 == 0 else 'cat'} {number}" for number in range(40)]
    scores = classifier(server, batch=16).score(TextOnly().embed(texts), texts)
    assert sorted(len(asked(request)) for request in server.requests) == [8, 16, 16]
    outdoors = [item.slug for item in INTERESTS].index("outdoors")
    assert (scores.interests[:, outdoors] > 0).tolist() == [number % 3 == 0 for number in range(40)]
    assert scores.intents.shape == (40, len(Intent))
    assert np.all(scores.intents.sum(axis=1) == 1)


def test_it_cannot_be_combined_with_a_real_embedder(server: Server) -> None:
    class Real(TextOnly):
        id = "use@sha256:1"

    with pytest.raises(ModelUnavailable, match="trained for text-only"):
        Extractor(Real(), classifier(server))


def test_a_change_of_prompt_or_model_changes_the_id(server: Server) -> None:
    other = ChatClassifier(Endpoint(server.url, "n"))
    assert other.id != classifier(server).id


def without(field: str) -> Callable[[Request], object]:
    def answer(request: Request) -> object:
        items = verdicts(request)
        del items[0][field]
        return {"messages": items}

    return answer


def with_(**changes: object) -> Callable[[Request], object]:
    return lambda request: {"messages": [verdicts(request)[0] | changes, *verdicts(request)[1:]]}


CALM = dict.fromkeys(SENSITIVE, 0)


@pytest.mark.parametrize(
    "answer",
    [
        lambda request: {},
        lambda request: [],
        lambda request: None,
        lambda request: {"messages": []},
        lambda request: {"messages": verdicts(request)[:-1]},
        lambda request: {"messages": verdicts(request) + verdicts(request)[:1]},
        lambda request: {"messages": [*verdicts(request)[:-1], verdict(7, "")]},
        lambda request: {"messages": verdicts(request), "note": "done"},
        without("sensitive"),
        without("interests"),
        without("intent"),
        with_(n="0"),
        with_(intent="buying"),
        with_(interests=[{"slug": "astrology", "score": 0.5}]),
        with_(interests=[{"slug": "health", "score": 0.5}]),
        with_(interests=[{"slug": "pets", "score": 0.5}] * 2),
        with_(interests=[{"slug": "pets", "score": 1.01}]),
        with_(interests=[{"slug": "pets", "score": -0.1}]),
        with_(interests=[{"slug": "pets", "score": True}]),
        with_(interests=[{"slug": "pets", "score": "0.5"}]),
        with_(interests={"pets": 0.5}),
        with_(sensitive={}),
        with_(sensitive=dict.fromkeys(SENSITIVE[1:], 0)),
        with_(sensitive=CALM | {"astrology": 0}),
        with_(sensitive=CALM | {"health": float("nan")}),
        with_(sensitive=CALM | {"health": None}),
        with_(sensitive=[]),
    ],
)
def test_an_answer_of_another_form_stops_everything(server: Server, answer: Callable[[Request], object]) -> None:
    server.behaviour = lambda request: Reply(body=completion(json.dumps(answer(request))))
    with pytest.raises(ModelUnavailable, match="gave"):
        extractor(server).extract(messages("which tent", "my cat"), now=NOW)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"{}",
        b'{"choices": []}',
        completion(None),
        completion("I'd rather not."),
        completion('```json\n{"messages": []}\n```'),
        completion(""),
        completion(None, refusal="No."),
        completion('{"messages": [', finish_reason="length"),
    ],
)
def test_no_answer_stops_everything(server: Server, body: bytes) -> None:
    server.behaviour = lambda request: Reply(body=body)
    with pytest.raises(ModelUnavailable, match="gave"):
        extractor(server).extract(messages("which tent"), now=NOW)


@pytest.mark.parametrize("reason", ["length", "content_filter", "tool_calls"])
def test_an_answer_that_was_cut_short_counts_for_nothing(server: Server, reason: str) -> None:
    server.behaviour = lambda r: Reply(body=completion(json.dumps({"messages": verdicts(r)}), finish_reason=reason))
    with pytest.raises(ModelUnavailable, match="no answer to the end"):
        extractor(server).extract(messages("which tent"), now=NOW)


def test_errors_do_not_quote_the_answer(server: Server) -> None:
    server.behaviour = lambda request: Reply(body=completion(request.body["messages"][-1]["content"]))
    with pytest.raises(ModelUnavailable) as caught:
        extractor(server).extract(messages("xyzzy tent"), now=NOW)
    assert "xyzzy" not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert caught.value.__suppress_context__


def test_one_failed_request_of_many_stops_everything(server: Server) -> None:
    server.behaviour = lambda r: Reply(500) if any("9" in item["text"] for item in asked(r)) else judge(r)
    with pytest.raises(ModelUnavailable, match="HTTP status 500"):
        extractor(server, batch=2).extract(messages(*[f"tent {number}" for number in range(10)]), now=NOW)
