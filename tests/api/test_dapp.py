"""The dApp's files beside the API: a strict policy, pages of their own, and no page in place of an API's answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from pydantic import ValidationError

from fairsignal.api.app import create_app
from fairsignal.api.dapp import mount_dapp
from fairsignal.config import Settings

PAGE = "<!doctype html><title>dApp</title>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "index-abc.js").write_text("export {}")
    for name in ("index.html", "404.html"):
        (tmp_path / name).write_text(PAGE)
    return tmp_path


def client(folder: Path, **settings: Any) -> httpx.AsyncClient:
    app = create_app(cast(Any, None), Settings())
    app.router.routes = [
        route for route in app.router.routes if getattr(route, "name", "") not in ("dapp", "not_built")
    ]
    mount_dapp(app, Settings(**settings), folder)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://test")


async def test_only_own_files_and_the_named_addresses_are_let_in(folder: Path) -> None:
    async with client(
        folder, public_rpc_url="https://rpc.example/path", keeper_urls=["https://keeper.example"]
    ) as http:
        answer = await http.get("/")
    assert answer.text == PAGE
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "connect-src 'self' https://keeper.example https://rpc.example;" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_an_address_that_does_not_exist_gets_the_dapp_with_404(folder: Path) -> None:
    async with client(folder) as http:
        answer = await http.get("/nowhere")
    assert (answer.status_code, answer.text) == (404, PAGE)


@pytest.mark.parametrize("path", ["/v1/nowhere", "/v1", "/metrics/x"])
async def test_an_unknown_route_of_the_api_is_a_problem_and_no_page(folder: Path, path: str) -> None:
    async with client(folder) as http:
        answer = await http.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_files_named_by_their_content_are_kept_and_pages_are_asked_for_again(folder: Path) -> None:
    async with client(folder) as http:
        assert "immutable" in (await http.get("/assets/index-abc.js")).headers["cache-control"]
        assert (await http.get("/")).headers["cache-control"] == "no-cache"


async def test_without_a_build_the_address_says_how_to_get_one(tmp_path: Path) -> None:
    async with client(tmp_path) as http:
        answer = await http.get("/")
    assert answer.status_code == 404
    assert "make app" in answer.text


def test_a_node_for_browsers_carries_no_password() -> None:
    with pytest.raises(ValidationError, match="without a password"):
        Settings(public_rpc_url="https://user:secret@rpc.example")
