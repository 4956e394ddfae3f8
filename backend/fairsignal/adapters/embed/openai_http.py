"""One OpenAI-compatible endpoint over HTTP: bounded in time, in tries and in bytes; anything but a 2xx is an error.

Messages and causes never hold the key, the texts or what the endpoint answered, since it may quote either.
"""

from __future__ import annotations

import asyncio
import json
import random
import ssl
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from pydantic import SecretStr

from fairsignal.domain.errors import ModelUnavailable

__all__ = ["Endpoint", "nonsense"]

_TRIES = 4
_FIRST_PAUSE = 0.5
"""Seconds; doubles with every try."""
_LONGEST_PAUSE = 30.0
"""Seconds that an endpoint may ask us to wait; past it, it is as good as down."""
_CONNECT_SECONDS = 5.0
_MOST_BYTES = 64 * 1024 * 1024
_WORTH_ANOTHER_TRY = frozenset({408, 429, 500, 502, 503, 504, 529})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the models are, and the one to use. ``config.ModelSettings`` has checked the address."""

    url: str
    """Base, such as ``https://host/v1``, without a slash at the end."""
    model: str
    key: SecretStr | None = field(default=None, repr=False)
    timeout: timedelta = timedelta(seconds=30)
    """For one request as a whole, from connecting to the last byte of the answer."""
    parallel: int = 4
    """Requests in flight."""
    first_pause: float = field(default=_FIRST_PAUSE, repr=False)

    def post_all(self, path: str, bodies: Sequence[Mapping[str, Any]]) -> list[bytes]:
        """POST each body as JSON -> the answers' bytes, in order.

        Raises:
            ModelUnavailable: one of them failed for good.
        """
        # A thread with a loop of its own, so that the caller may be inside another loop. What is left of the
        # connections ends with it.
        with ThreadPoolExecutor(max_workers=1) as one:
            return one.submit(asyncio.run, self._post_all(path, bodies)).result()

    async def _post_all(self, path: str, bodies: Sequence[Mapping[str, Any]]) -> list[bytes]:
        room = asyncio.Semaphore(self.parallel)
        seconds = self.timeout.total_seconds()
        async with httpx.AsyncClient(
            timeout=httpx.Timeout(seconds, connect=min(_CONNECT_SECONDS, seconds)),
            headers={} if self.key is None else {"authorization": f"Bearer {self.key.get_secret_value()}"},
            follow_redirects=False,  # a redirect would carry texts to where nobody allowed them to go
            trust_env=False,  # so would a proxy from the environment
            verify=ssl.create_default_context() if self.url.startswith("https:") else False,
        ) as http:

            async def post(body: Mapping[str, Any]) -> bytes:
                async with room:
                    return await self._post(http, path, body)

            return await asyncio.gather(*map(post, bodies))

    async def _post(self, http: httpx.AsyncClient, path: str, body: Mapping[str, Any]) -> bytes:
        content = json.dumps(body).encode()
        why = ""
        for number in range(_TRIES):
            asked = None
            try:
                # httpx's time-outs are per read: an endpoint that drips would never run into them.
                async with (
                    asyncio.timeout(self.timeout.total_seconds()),
                    http.stream(
                        "POST", self.url + path, content=content, headers={"content-type": "application/json"}
                    ) as answer,
                ):
                    if answer.is_success:
                        return await self._whole(answer)
                    status, asked = answer.status_code, answer.headers.get("retry-after", "")
            except (TimeoutError, httpx.TimeoutException):
                raise self._failed(f"did not answer within {self.timeout.total_seconds():g} s") from None
            except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
                why = f"could not be reached ({type(error).__name__})"
            else:
                why = f"answered with HTTP status {status}"
                if status not in _WORTH_ANOTHER_TRY:
                    raise self._failed(why)
            pause = _pause(asked, self.first_pause * 2**number)
            if pause is None or number == _TRIES - 1:
                break
            await asyncio.sleep(pause)
        raise self._failed(why)

    async def _whole(self, answer: httpx.Response) -> bytes:
        content = bytearray()
        async for chunk in answer.aiter_bytes():
            content += chunk
            if len(content) > _MOST_BYTES:
                raise self._failed("answered with more than any answer can hold")
        return bytes(content)

    def _failed(self, why: str) -> ModelUnavailable:
        return ModelUnavailable(
            f"The model endpoint at {self.url} {why}.",
            remedy="Check it and FAIRSIGNAL_MODEL_*, or set FAIRSIGNAL_MODEL_KIND=builtin; nothing was extracted.",
        )


def nonsense(endpoint: Endpoint, what: str) -> ModelUnavailable:
    """The error for an answer that cannot be trusted; ``what`` completes "gave ..."."""
    return ModelUnavailable(
        f"The model {endpoint.model} at {endpoint.url} gave {what}.",
        remedy="Nothing was extracted; check that it is the model that was chosen.",
    )


def _pause(asked: str | None, own: float) -> float | None:
    """Seconds until the next try; None when the endpoint asks for more than is sensible."""
    jittered = own * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, hides nothing
    if not asked or not asked.isascii() or not asked.isdigit():  # it may be a date: our own pause serves
        return jittered
    seconds = float(asked)
    return None if seconds > _LONGEST_PAUSE else max(seconds, jittered)
