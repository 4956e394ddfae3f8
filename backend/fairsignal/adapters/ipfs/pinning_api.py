"""A client of the IPFS Pinning Service API 1.0.0 (https://ipfs.github.io/pinning-services-api-spec/)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import quote

from pydantic import AwareDatetime, BaseModel, Field, SecretStr, TypeAdapter, ValidationError

from fairsignal.adapters.files import read_secret
from fairsignal.adapters.ipfs.http import Answer, BoundedHttp
from fairsignal.domain.errors import Unavailable

__all__ = ["Pin", "PinningApi", "read_token"]

_ANY_STATUS = "queued,pinning,pinned,failed"
_PAGE = 100
_MOST_PAGES = 100
_MAX_ANSWER = 4 * 1024 * 1024
_MOST_HINTS = 20
"""Addresses in ``origins``, by the specification."""
_REASON = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_TIME: TypeAdapter[Any] = TypeAdapter(AwareDatetime)


class _PinObject(BaseModel):
    cid: str


class Pin(BaseModel):
    """``PinStatus``: one pin request and how far it has come."""

    requestid: Annotated[str, Field(min_length=1, max_length=512)]
    status: Literal["queued", "pinning", "pinned", "failed"]
    created: Annotated[str, Field(max_length=64)]
    """RFC 3339, as given: it is what pages are asked for by."""
    pin: _PinObject
    delegates: list[str] = []
    """Multiaddrs of the peers that will fetch the data."""


class _Page(BaseModel):
    count: Annotated[int, Field(ge=0)]
    results: list[Pin]


class _Error(BaseModel):
    reason: str


class _Failure(BaseModel):
    error: _Error


_Model = TypeVar("_Model", bound=BaseModel)


class PinningApi:
    """One account at one service.

    Raises (all methods):
        Unavailable: the service did not answer, said no, or made no sense; ``code`` says which.
    """

    def __init__(self, url: str, token: SecretStr, *, timeout: timedelta) -> None:
        self._http = BoundedHttp(
            url,
            service="The pinning service",
            setting="FAIRSIGNAL_PINNING_URL",
            timeout=timeout,
            headers={"authorization": f"Bearer {token.get_secret_value()}"},
        )

    async def add(self, cid: str, name: str, origins: Sequence[str]) -> Pin:
        """Ask for a CID to be pinned, as a new request."""
        body = {"cid": cid, "name": name, "origins": list(dict.fromkeys(origins))[:_MOST_HINTS]}
        pin = self._read(Pin, await self._request("POST", "/pins", json=body))
        if pin.pin.cid != cid:
            raise self._nonsense()
        return pin

    async def status(self, requestid: str) -> Pin | None:
        """None when there is no such request (any more)."""
        answer = await self._request("GET", _path(requestid), missing_is_fine=True)
        return None if answer.status == 404 else self._read(Pin, answer)

    async def requests(self, cid: str) -> list[Pin]:
        """All requests for a CID, whatever their status, newest first."""
        found: dict[str, Pin] = {}
        params = {"cid": cid, "status": _ANY_STATUS, "limit": str(_PAGE)}
        before: Any = None
        for _ in range(_MOST_PAGES):
            page = self._read(_Page, await self._request("GET", "/pins", params=params))
            # A service that ignores the filter must not make us delete what is not ours to delete.
            found.update((pin.requestid, pin) for pin in page.results if pin.pin.cid == cid)
            if not page.results or page.count <= len(page.results):
                return list(found.values())
            oldest = min(page.results, key=lambda pin: self._time(pin.created))
            if before is not None and self._time(oldest.created) >= before:
                raise self._nonsense()  # it gives the same page again and again
            before = self._time(oldest.created)
            params["before"] = oldest.created
        raise self._nonsense()

    async def remove(self, requestid: str) -> bool:
        """False when there was no such request (any more)."""
        answer = await self._request("DELETE", _path(requestid), missing_is_fine=True)
        return answer.status != 404

    async def close(self) -> None:
        await self._http.close()

    async def _request(self, method: str, path: str, *, missing_is_fine: bool = False, **more: Any) -> Answer:
        answer = await self._http.request(method, path, max_bytes=_MAX_ANSWER, **more)
        if 200 <= answer.status < 300 or (missing_is_fine and answer.status == 404):
            return answer
        raise self._refusal(answer)

    def _refusal(self, answer: Answer) -> Unavailable:
        said = f"with HTTP status {answer.status}{_reason(answer.body)}"
        match answer.status:
            case 401 | 403:
                return self._http.failed(
                    f"does not accept the token ({said})",
                    code="pinning-unauthorized",
                    remedy="Put a valid access token into the file that FAIRSIGNAL_PINNING_TOKEN_FILE names.",
                )
            case 404:
                return self._http.failed(
                    f"has no pinning API at this address ({said})",
                    code="pinning-no-api",
                    remedy="Set FAIRSIGNAL_PINNING_URL to the address under which /pins is.",
                )
            case 409:
                return self._http.failed(
                    f"asks for funds ({said})", code="pinning-funds", remedy="Pay the service, or choose another."
                )
            case _:
                return self._http.failed(f"refused the request {said}", code="pinning-refused")

    def _read(self, model: type[_Model], answer: Answer) -> _Model:
        try:
            return model.model_validate_json(answer.body)
        except ValidationError:
            raise self._nonsense() from None  # its text would quote the answer

    def _time(self, created: str) -> Any:
        try:
            return _TIME.validate_python(created)
        except ValidationError:
            raise self._nonsense() from None

    def _nonsense(self) -> Unavailable:
        return self._http.failed(
            "gave an answer that is not of the IPFS Pinning Service API",
            code="pinning-nonsense",
            remedy="Check FAIRSIGNAL_PINNING_URL.",
        )


def read_token(file: Path) -> SecretStr:
    """The access token in a file.

    Raises:
        BadInput: there is none, or not one alone.
    """
    return read_secret(file, "access token", "FAIRSIGNAL_PINNING_TOKEN_FILE")


def _path(requestid: str) -> str:
    # Opaque, so it may hold anything; dots are the one thing that quoting leaves and addresses give a meaning to.
    return "/pins/" + quote(requestid, safe="").replace(".", "%2E")


def _reason(body: bytes) -> str:
    """The machine-readable reason of a refusal, if it looks like one; details could quote anything."""
    try:
        reason = _Failure.model_validate_json(body).error.reason
    except ValidationError:
        return ""
    return f", {reason}" if _REASON.fullmatch(reason) else ""
