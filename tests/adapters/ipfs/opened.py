"""A pinning store on whatever service the test chose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response
from pydantic import SecretStr

from fairsignal.adapters.ipfs import PinningApi, PinningBlobStore, TrustlessGateway
from tests.adapters.ipfs.pinning_service import serving

if TYPE_CHECKING:
    from tests.adapters.ipfs.conftest import Kubo

TOKEN = SecretStr("a-token-that-nobody-may-see")


@contextmanager
def answering(answer: Callable[[Request], Response]) -> Iterator[str]:
    """A server that answers everything with what the test chose."""
    app = FastAPI()

    @app.api_route("/{path:path}", methods=["GET", "POST", "DELETE"])
    async def everything(request: Request) -> Response:
        return answer(request)

    with serving(app) as url:
        yield url


class opened:  # noqa: N801 - used like a function
    """A store on a service and a gateway of one address."""

    def __init__(
        self,
        url: str,
        *,
        token: SecretStr = TOKEN,
        gateway: str | None = "",
        seconds: float = 5,
        patience: float = 30,
        kubo: Kubo | None = None,
    ) -> None:
        timeout = timedelta(seconds=seconds)
        self.store = PinningBlobStore(
            PinningApi(url, token, timeout=timeout),
            None if gateway is None else TrustlessGateway(url, timeout=timeout),
            origins=[kubo.gateway_origin] if kubo else [],
            patience=timedelta(seconds=patience),
        )

    async def __aenter__(self) -> PinningBlobStore:
        return self.store

    async def __aexit__(self, *_: object) -> None:
        await self.store.close()
