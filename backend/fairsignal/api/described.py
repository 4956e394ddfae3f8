"""What /openapi.json says of problems: every route may answer with them, as application/problem+json."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, Field

__all__ = ["Problem", "describe_problems"]

_ANY = {
    400: "The request cannot be read.",
    413: "The body is too large.",
    422: "The request does not have the documented form, or a value in it cannot be used.",
    429: "Asked too often: wait for `Retry-After`.",
    500: "Something went wrong on our side.",
    502: "What came from elsewhere was not what it should be.",
    503: "Something that we depend on does not answer.",
    403: "A rule says no; `code` names it.",
    404: "It does not exist.",
    409: "It contradicts what happened before.",
}
_SECURED = {401: "Nobody known asks: sign in, or send a valid API key."}


class FieldProblem(BaseModel):
    field: str
    problem: str


class Problem(BaseModel):
    """RFC 9457."""

    type: str = Field(examples=["urn:fairsignal:problem:no-consent"])
    title: str
    status: int
    code: str = Field(description="stable name of the rule", examples=["no-consent"])
    detail: str
    remedy: str | None = None
    fields: list[FieldProblem] | None = None


def describe_problems(app: FastAPI) -> None:
    """FastAPI knows answers of one media type per route, and documents a form of 422 that is not ours."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(problem.pop("$defs", {}))
            schemas["Problem"] = problem
            for operations in document["paths"].values():
                for operation in operations.values():
                    _add(operation)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way


def _add(operation: dict[str, Any]) -> None:
    wanted = _ANY | (_SECURED if operation.get("security") else {})
    for status, description in sorted(wanted.items()):
        operation["responses"][str(status)] = {
            "description": description,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
