"""A real HTTP server on loopback with the shapes of OpenAI's published API, that can also misbehave."""

from __future__ import annotations

import contextlib
import json
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

DIMENSION = 96


@dataclass
class Reply:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    """Seconds before the first byte."""
    drip: float = 0.0
    """Seconds between bytes, head included."""


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


Behaviour = Callable[[Request], Reply]


@dataclass
class Server:
    url: str
    behaviour: Behaviour
    requests: list[Request] = field(default_factory=list)


@contextlib.contextmanager
def serving(behaviour: Behaviour) -> Iterator[Server]:
    stop = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length", 0)))
            request = Request(self.path, {k.lower(): v for k, v in self.headers.items()}, json.loads(content))
            server.requests.append(request)
            reply = server.behaviour(request)
            stop.wait(reply.delay)
            head = [f"HTTP/1.1 {reply.status} X", f"content-length: {len(reply.body)}", "connection: close"]
            head += [f"{name}: {value}" for name, value in reply.headers.items()]
            answer = "\r\n".join([*head, "", ""]).encode() + reply.body
            with contextlib.suppress(OSError):
                if not reply.drip:
                    self.wfile.write(answer)
                for place in range(len(answer) if reply.drip else 0):
                    if stop.wait(reply.drip):
                        break
                    self.wfile.write(answer[place : place + 1])
            self.close_connection = True

        def log_message(self, *args: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server = Server(f"http://127.0.0.1:{http.server_address[1]}/v1", behaviour)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        stop.set()
        http.shutdown()
        http.server_close()
        thread.join()


def vector(text: str, model: str = "m", noise: float = 0.0) -> list[float]:
    """A direction of its own for every text and model, not of unit length."""
    rng = np.random.default_rng(zlib.crc32(f"{model}\n{text}".encode()))
    values = rng.normal(size=DIMENSION) * 3
    return [
        float(value) for value in values * (1 + noise * np.random.default_rng(time.time_ns()).normal(size=DIMENSION))
    ]


def embeddings(vectors: Sequence[object], **changes: object) -> bytes:
    data = [{"object": "embedding", "index": index, "embedding": item} for index, item in enumerate(vectors)]
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    return json.dumps({"object": "list", "data": data, "model": "m-0001", "usage": usage} | changes).encode()


def embedding_model(model: str = "m", noise: float = 0.0) -> Behaviour:
    return lambda request: Reply(body=embeddings([vector(text, model, noise) for text in request.body["input"]]))


def completion(content: object, finish_reason: str = "stop", **message: object) -> bytes:
    said = {"role": "assistant", "content": content, "refusal": None} | message
    choice = {"index": 0, "message": said, "logprobs": None, "finish_reason": finish_reason}
    return json.dumps(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_790_000_000,
            "model": "m-0001",
            "choices": [choice],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        }
    ).encode()
