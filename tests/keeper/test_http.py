"""A keeper's releases over HTTP: described in OpenAPI like any other route, and as strict."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from pydantic_core import to_json

from fairsignal.api.keeper import create_keeper_app
from fairsignal.api.release_models import ReleaseAnswerModel
from fairsignal.domain.sealing import SealedProfile
from tests.keeper.world import CARS, ITEM, SUBJECT, Kept, asked


@pytest.fixture
async def http(kept: Kept) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_keeper_app(kept.keeper))
    async with httpx.AsyncClient(transport=transport, base_url="http://keeper") as client:
        yield client


async def test_release_route_is_described_with_body_and_answer(http: httpx.AsyncClient) -> None:
    document = (await http.get("/openapi.json")).json()
    route = document["paths"]["/v1/release"]["post"]
    body = route["requestBody"]["content"]["application/json"]["schema"]
    answer = route["responses"]["200"]["content"]["application/json"]["schema"]
    assert (body["$ref"], answer["$ref"]) == (
        "#/components/schemas/ReleaseBody",
        "#/components/schemas/ReleaseAnswerModel",
    )
    assert {"ReleaseBody", "ReleaseAnswerModel", "ItemModel"} <= document["components"]["schemas"].keys()
    assert "422" in route["responses"]


async def test_released_and_refused_items_are_answered_in_the_described_form(
    http: httpx.AsyncClient, sealed: SealedProfile
) -> None:
    request = asked(ITEM, dataclasses.replace(ITEM, category=CARS, use_index=1))
    answer = await http.post("/v1/release", json=request.as_json())
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    opened, refused = ReleaseAnswerModel.model_validate(answer.json(), strict=True).results
    assert (opened.digest, opened.refused) == ("0x" + sealed.digest.hex(), "")
    assert (refused.share, refused.refused) == (None, "category-not-in-campaign")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"nonce": "-1"}, "nonce"),
        ({"items": []}, "items"),
        ({"items": [ITEM.as_json() | {"subject": SUBJECT[:-1]}]}, "items.0.subject"),
        ({"items": [ITEM.as_json() | {"subject": SUBJECT.swapcase().replace("0X", "0x")}]}, "items.0.subject"),
        ({"hurry": True}, "hurry"),
    ],
    ids=["bad nonce", "no items", "cut address", "wrong checksum", "unknown field"],
)
async def test_body_that_is_not_as_described_is_refused_by_field(
    http: httpx.AsyncClient, kept: Kept, changes: dict[str, Any], field: str
) -> None:
    answer = await http.post("/v1/release", json=asked().as_json() | changes)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
    assert [problem["field"] for problem in answer.json()["fields"]] == [field]
    assert SUBJECT[2:20].lower() not in answer.text.lower()  # what was sent is not echoed


@pytest.mark.parametrize(
    ("content", "media"),
    [(b"{", "application/json"), (b"", "application/json"), (to_json(asked().as_json()), "text/plain")],
    ids=["no JSON", "nothing", "JSON that does not say so"],
)
async def test_body_that_is_no_json_is_refused(http: httpx.AsyncClient, content: bytes, media: str) -> None:
    answer = await http.post("/v1/release", content=content, headers={"content-type": media})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")


async def test_refusal_of_the_whole_request_is_a_problem(http: httpx.AsyncClient, sealed: SealedProfile) -> None:
    request = asked().as_json()
    assert (await http.post("/v1/release", json=request)).status_code == 200
    again = await http.post("/v1/release", json=request)
    assert (again.status_code, again.json()["code"]) == (422, "request-replayed")
    assert again.headers["content-type"] == "application/problem+json"
