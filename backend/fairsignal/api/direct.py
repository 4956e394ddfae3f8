"""Routes that are described like any other, and served without what FastAPI does for each request.

For a route with one JSON body and one JSON answer that is all there is to do: check the body against its model, call,
and write the answer. FastAPI's general way costs a keeper more than checking the chain.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, get_type_hints

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError

__all__ = ["DirectRoute"]

_JSON = "application/json"


class DirectRoute(APIRoute):
    """The endpoint takes ``body``, a model, and ``request``; it returns a model. OpenAPI is made of both as ever."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        endpoint, model = self.endpoint, get_type_hints(self.endpoint)["body"]
        assert issubclass(model, BaseModel)

        async def handle(request: Request) -> Response:
            # Nobody's browser sends this without asking first.
            if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
                raise RequestValidationError([{"loc": ("body",), "msg": f"the body is {_JSON}", "type": "json_type"}])
            try:
                body = model.model_validate_json(await request.body())
            except ValidationError as error:
                found = error.errors(include_url=False, include_context=False, include_input=False)
                raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in found]) from error
            answer: BaseModel = await endpoint(body=body, request=request)
            return Response(answer.__pydantic_serializer__.to_json(answer), media_type=_JSON)

        return handle
