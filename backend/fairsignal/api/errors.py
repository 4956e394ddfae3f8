"""Errors as RFC 9457 problem+json, mapped in this one place."""

from __future__ import annotations

from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from fairsignal.domain.errors import (
    BadInput,
    ChainMismatch,
    Conflict,
    FairsignalError,
    IntegrityError,
    ModelUnavailable,
    NotFound,
    RateLimited,
    Refused,
    Unauthenticated,
    Unavailable,
)

__all__ = ["body_too_large", "install_error_handlers", "problem_of", "unexpected"]

log = structlog.get_logger(__name__)

_STATUS: tuple[tuple[type[FairsignalError], HTTPStatus], ...] = (
    (BadInput, HTTPStatus.UNPROCESSABLE_ENTITY),
    (NotFound, HTTPStatus.NOT_FOUND),
    (Conflict, HTTPStatus.CONFLICT),
    (RateLimited, HTTPStatus.TOO_MANY_REQUESTS),
    (Refused, HTTPStatus.FORBIDDEN),
    (Unauthenticated, HTTPStatus.UNAUTHORIZED),
    (IntegrityError, HTTPStatus.BAD_GATEWAY),
    (Unavailable, HTTPStatus.SERVICE_UNAVAILABLE),
    (ModelUnavailable, HTTPStatus.SERVICE_UNAVAILABLE),
    (ChainMismatch, HTTPStatus.SERVICE_UNAVAILABLE),
)


def _problem(status: int, code: str, detail: str, remedy: str = "", **extra: object) -> JSONResponse:
    body: dict[str, object] = {
        "type": f"urn:fairsignal:problem:{code}",
        "title": code.replace("-", " "),
        "status": status,
        "code": code,
        "detail": detail,
    }
    if remedy:
        body["remedy"] = remedy
    return JSONResponse({**body, **extra}, status_code=status, media_type="application/problem+json")


def _ours(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, FairsignalError)
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)
    log.info("refused", code=error.code, status=int(status))
    answer = _problem(status, error.code, error.message, error.remedy)
    if isinstance(error, Unauthenticated):
        answer.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, RateLimited):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def _validation(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    # Only where and what: the input itself may be personal and is not echoed.
    fields = [{"field": ".".join(str(part) for part in e["loc"][1:]), "problem": e["msg"]} for e in error.errors()]
    return _problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid-request",
        "The request does not have the documented form.",
        "See /openapi.json for the form of every request.",
        fields=fields,
    )


def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    return _problem(error.status_code, code, str(error.detail))


def problem_of(request: Request, error: FairsignalError | RequestValidationError) -> JSONResponse:
    """What the handlers below answer."""
    return _ours(request, error) if isinstance(error, FairsignalError) else _validation(request, error)


def unexpected(path: str, error: Exception) -> JSONResponse:
    """500; the error's text is not logged, for it may hold a person's words."""
    log.error("unexpected error", path=path, kind=type(error).__name__)
    return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "Something went wrong on our side; it was logged.")


def install_error_handlers(app: FastAPI) -> None:
    """Answer every error as a problem, without stack or secret."""
    app.add_exception_handler(FairsignalError, _ours)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, lambda request, error: unexpected(request.url.path, error))


def body_too_large(limit: int) -> JSONResponse:
    """413, for bodies that are too large or of unknown length."""
    return _problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "body-too-large",
        f"A request body has at most {limit} bytes, and says so in Content-Length.",
        "Send the chats in several requests.",
    )
