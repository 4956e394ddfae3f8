"""Blobs from wherever they are: gateways, operators' backends, Kubo daemons; each may lie."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx

from fairsignal.adapters.ipfs.verify import verified
from fairsignal.domain.cid import CHUNK
from fairsignal.domain.errors import FairsignalError, IntegrityError, NotFound, Unavailable

__all__ = ["AnyBlobs"]

_SECONDS = 20.0
_FORMS: Sequence[tuple[str, str, dict[str, Any]]] = (
    ("GET", "/ipfs/{cid}", {"params": {"format": "raw"}, "headers": {"Accept": "application/vnd.ipld.raw"}}),
    ("GET", "/v1/blobs/{cid}", {}),
    ("POST", "/api/v0/block/get?arg={cid}", {}),
)
"""How a trustless gateway, a backend and a Kubo daemon are asked for one block."""


class AnyBlobs:
    """``ports.BlobSource`` over several servers, for blobs of one block (256 KiB), such as those of use logs.

    Args:
        urls: of gateways, backends or Kubo RPC APIs, in the order of asking; which of them it is shows by itself.
    """

    def __init__(self, urls: Sequence[str], http: httpx.AsyncClient) -> None:
        self._sources = [_Source(url, http) for url in urls]

    async def get(self, cid: str) -> bytes:
        """The first verified answer.

        Raises:
            NotFound: nobody has it.
            IntegrityError: nobody has the right bytes, and somebody sent others.
            Unavailable: nobody has it, and somebody did not answer.
        """
        problems: list[FairsignalError] = []
        if not self._sources:
            raise Unavailable("No place to read logs from is given.", remedy="Name one with --blobs.", code="no-blobs")
        for source in self._sources:
            try:
                return await source.get(cid)
            except (NotFound, IntegrityError, Unavailable) as error:
                problems.append(error)
        for kind in (Unavailable, IntegrityError):
            for problem in problems:
                if isinstance(problem, kind):
                    raise problem
        raise problems[0]


class _Source:
    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self._url = url.rstrip("/")
        self._http = http
        self._form: int | None = None

    async def get(self, cid: str) -> bytes:
        """Raises as ``AnyBlobs.get``."""
        forms = range(len(_FORMS)) if self._form is None else [self._form]
        problem: NotFound | IntegrityError = NotFound(
            f"{self._url} does not have {cid}.", remedy="Name another place.", code="no-such-blob"
        )
        for form in forms:
            data = await self._ask(form, cid)
            if data is None:
                continue
            try:
                found = verified(cid, data, self._url)
            except IntegrityError as error:  # or a server that answers every path with a page of its own
                problem = error
            else:
                self._form = form
                return found
        raise problem

    async def _ask(self, form: int, cid: str) -> bytes | None:
        """The body of a good answer; None when this server has no such blob, or is not asked in this form."""
        method, path, options = _FORMS[form]
        try:
            async with (
                asyncio.timeout(_SECONDS),
                self._http.stream(method, self._url + path.format(cid=cid), **options) as answer,
            ):
                if answer.status_code in (404, 405, 410) or (form == len(_FORMS) - 1 and answer.status_code == 500):
                    return None  # Kubo says 500 for a block that it does not find
                if answer.status_code != 200:
                    raise self._failed(f"answered with HTTP status {answer.status_code}")
                data = bytearray()
                async for chunk in answer.aiter_bytes():
                    data += chunk
                    if len(data) > CHUNK:
                        raise IntegrityError(f"{self._url} sent too much for {cid}.", code="cid-mismatch")
        except (httpx.HTTPError, TimeoutError) as error:
            raise self._failed("did not answer") from error
        return bytes(data)

    def _failed(self, what: str) -> Unavailable:
        return Unavailable(f"{self._url} {what}.", remedy="Try again, or another place.", code="blobs-unavailable")
