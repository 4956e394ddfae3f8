"""Sealed profiles from somebody's HTTP server, by CID; verified, since it may lie."""

from __future__ import annotations

import asyncio

import httpx

from fairsignal.adapters.ipfs.verify import verified
from fairsignal.domain.errors import IntegrityError, NotFound, Unavailable

__all__ = ["HttpBlobs"]

_LONGEST = 1 << 20
"""Bytes of one sealed profile, and more."""
_SECONDS = 15.0


class HttpBlobs:
    """``ports.BlobSource`` at ``url/<cid>``."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self._url = url.rstrip("/")
        self._http = http

    async def get(self, cid: str) -> bytes:
        try:
            async with asyncio.timeout(_SECONDS), self._http.stream("GET", f"{self._url}/{cid}") as answer:
                if answer.status_code == httpx.codes.NOT_FOUND:
                    raise NotFound(f"There is no {cid} at {self._url}.", code="no-such-blob")
                answer.raise_for_status()
                data = bytearray()
                async for chunk in answer.aiter_bytes():
                    data += chunk
                    if len(data) > _LONGEST:
                        raise IntegrityError(f"The server at {self._url} sent too much for {cid}.", code="cid-mismatch")
        except (httpx.HTTPError, TimeoutError) as error:
            raise Unavailable(
                f"The server at {self._url} did not answer.", remedy="Try another one.", code="blobs-unavailable"
            ) from error
        return verified(cid, bytes(data), self._url)
