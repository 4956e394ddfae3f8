"""Requests to services of others: bounded in time, in tries and in bytes. What they answer is never quoted."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx

from fairsignal.domain.errors import Unavailable

__all__ = ["Answer", "BoundedHttp"]

_TRIES = 3
_FIRST_PAUSE = 0.2
"""Seconds; doubles with every try."""
_LONGEST_PAUSE = 10.0
"""Seconds that a service may ask us to wait; past it, it is as good as down."""
_WORTH_ANOTHER_TRY = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    body: bytes = field(repr=False)


class BoundedHttp:
    """One service's HTTP client.

    Args:
        service: what errors call it, e.g. "The pinning service".
        setting: the variable with its address, for remedies.
        headers: may hold a secret: no error and no ``repr`` shows them, and redirects are not followed with them.
        timeout: of one request as a whole, from connecting to the last byte.
    """

    def __init__(
        self, base: str, *, service: str, setting: str, timeout: timedelta, headers: Mapping[str, str] | None = None
    ) -> None:
        self._base = base.rstrip("/")
        self._service = service
        self._setting = setting
        self._seconds = timeout.total_seconds()
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(self._seconds),
            # Not compressed: a few bytes must not become many.
            headers={"accept-encoding": "identity", **(headers or {})},
            follow_redirects=False,
            trust_env=False,  # a proxy from the environment would see the headers
            verify=ssl.create_default_context() if base.startswith("https:") else False,
        )

    async def request(
        self,
        method: str,
        path: str,
        *,
        max_bytes: int,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        accept: str = "application/json",
    ) -> Answer:
        """-> the answer, of whatever status below 500 but 429; those and lost connections are tried again.

        Raises:
            Unavailable: no answer in time, or none of a sensible size.
        """
        for number in range(_TRIES):
            asked = ""
            try:
                # httpx's time-outs are per read: a service that drips would never run into them.
                async with (
                    asyncio.timeout(self._seconds),
                    self._http.stream(
                        method, self._base + path, params=params, json=json, headers={"accept": accept}
                    ) as answer,
                ):
                    if answer.status_code not in _WORTH_ANOTHER_TRY:
                        return Answer(answer.status_code, await self._whole(answer, max_bytes))
                    why = f"answered with HTTP status {answer.status_code}"
                    asked = answer.headers.get("retry-after", "")
            except (TimeoutError, httpx.TimeoutException) as error:
                raise self.failed(f"did not answer within {self._seconds:g} s", code="store-timeout") from error
            except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
                why = f"could not be reached ({type(error).__name__})"
            pause = _pause(asked, _FIRST_PAUSE * 2**number)
            if pause is None or number == _TRIES - 1:
                break
            await asyncio.sleep(pause)
        raise self.failed(why)

    async def close(self) -> None:
        await self._http.aclose()

    def failed(self, why: str, *, code: str = "store-unavailable", remedy: str = "") -> Unavailable:
        """The error for a request that came to nothing; ``why`` goes on after the service's name."""
        return Unavailable(
            f"{self._service} {why}.", remedy=remedy or f"Try again later, or check {self._setting}.", code=code
        )

    async def _whole(self, answer: httpx.Response, max_bytes: int) -> bytes:
        content = bytearray()
        async for chunk in answer.aiter_raw():
            content += chunk
            if len(content) > max_bytes:
                raise self.failed(f"answered with more than {max_bytes} bytes")
        return bytes(content)


def _pause(asked: str, own: float) -> float | None:
    """Seconds until the next try; None when the service asks for more than is sensible."""
    jittered = own * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, hides nothing
    if not asked.isascii() or not asked.isdigit():  # it may be a date: our own pause serves
        return jittered
    seconds = float(asked[:6])
    return None if seconds > _LONGEST_PAUSE else max(seconds, jittered)
