"""The backend inside the test's own process: its routes can be listed, its rows be written."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from fairsignal.api.app import create_app
from fairsignal.bootstrap.backend import Backend, open_backend
from fairsignal.cli.api_client import ApiClient
from fairsignal.cli.local_stack import Stack
from fairsignal.config import Settings

__all__ = ["Inside", "inside"]


@dataclass(frozen=True)
class Inside:
    """A backend of the stack's operator, with a database of its own."""

    app: FastAPI
    backend: Backend
    http: httpx.AsyncClient
    api: ApiClient
    """The same, with problems as errors."""
    url: str


@asynccontextmanager
async def inside(stack: Stack, data_dir: Path, **changes: Any) -> AsyncIterator[Inside]:
    """Args:
    changes: settings that differ from the stack's.
    """
    settings = _settings(stack, data_dir, changes)
    async with open_backend(settings) as backend:
        app = create_app(backend, settings)
        url = settings.effective_public_url
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=url) as http, ApiClient(url, transport) as api:
            yield Inside(app, backend, http, api, url)


def _settings(stack: Stack, data_dir: Path, changes: dict[str, Any]) -> Settings:
    given: dict[str, Any] = {}
    for name, value in stack.backend_environment.items():
        given[name.removeprefix("FAIRSIGNAL_").lower()] = json.loads(value) if value.startswith("[") else value
    return Settings(**given | {"data_dir": data_dir} | changes)
