"""``fairsignal serve`` and ``fairsignal keeper``: the two servers."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any

import typer

from fairsignal.cli.console import errors
from fairsignal.cli.logs import json_logs
from fairsignal.domain.errors import BadInput, Unavailable

if TYPE_CHECKING:
    from fastapi import FastAPI
    from pydantic import ValidationError

    from fairsignal.config import KeeperSettings, Settings

__all__ = ["keeper", "load_keeper_settings", "load_settings", "serve"]


def load_settings() -> Settings:
    """Settings from the environment; a wrong one is named with its variable."""
    from pydantic import ValidationError

    from fairsignal.config import Settings

    try:
        return Settings()
    except ValidationError as error:
        raise _settings_error(error, "FAIRSIGNAL_") from error


def load_keeper_settings() -> KeeperSettings:
    """The keeper's settings from the environment."""
    from pydantic import ValidationError

    from fairsignal.config import KeeperSettings

    try:
        return KeeperSettings()
    except ValidationError as error:
        raise _settings_error(error, "FAIRSIGNAL_KEEPER_") from error


def _settings_error(error: ValidationError, prefix: str) -> BadInput:
    first = error.errors(include_input=False)[0]
    name = prefix + "_".join(str(part) for part in first["loc"]).upper()
    return BadInput(f"{name}: {first['msg']}.", remedy="Correct the environment variable.", code="bad-setting")


def serve(
    port: int = typer.Option(None, help="Port on loopback; default FAIRSIGNAL_PORT or 8000."),
) -> None:
    """Run the operator's backend."""
    from fairsignal.api.app import create_app
    from fairsignal.bootstrap.backend import open_backend

    settings = load_settings()
    if port is not None:
        settings = settings.model_copy(update={"port": port})
    private_files()

    async def run() -> None:
        # Opened before the server: what is missing is told as an error with a remedy, not as a failed start-up.
        async with open_backend(settings) as backend:
            await _serve(create_app(backend, settings), settings.host, settings.port, settings.trusted_proxies)

    _run(run())


def keeper(
    port: int = typer.Option(None, help="Port on loopback; default FAIRSIGNAL_KEEPER_PORT or 8101."),
) -> None:
    """Run one keeper."""
    from fairsignal.api.keeper import create_keeper_app
    from fairsignal.bootstrap.keeper import open_keeper
    from fairsignal.bootstrap.keeper_settlements import open_settlement_keeper

    settings = load_keeper_settings()
    private_files()

    async def run() -> None:
        async with open_keeper(settings) as keeper, open_settlement_keeper(settings, keeper) as settlements:
            await _serve(create_keeper_app(keeper, settlements), settings.host, settings.port if port is None else port)

    _run(run())


def _run(server: Coroutine[Any, Any, None]) -> None:
    """On uvloop where there is one: a request costs a third less."""
    try:
        from uvloop import new_event_loop
    except ImportError:  # Windows
        asyncio.run(server)
    else:
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(server)


def private_files() -> None:
    """Databases, blobs and keys that are made from now on are this user's alone."""
    os.umask(0o077)


async def _serve(app: FastAPI, host: str, port: int, trusted_proxies: Sequence[str] = ()) -> None:
    import uvicorn

    json_logs()
    # Unexpected errors are logged by api.errors, without their text: uvicorn's traceback could hold a person's words.
    logging.getLogger("uvicorn.error").disabled = True
    errors.print(f"listening on http://{host}:{port} (Ctrl-C stops)")
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        # Unless they are named, nobody's word is taken for where a request came from: limits depend on it.
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
    )
    server = uvicorn.Server(config)
    # uvicorn ends on SIGTERM and then raises it again, which would end us before databases are closed.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        await server.serve()
    except SystemExit as error:  # uvicorn's way of saying that the port is taken
        raise Unavailable(
            f"Port {port} on {host} cannot be listened on.", remedy="Choose another with --port.", code="port-taken"
        ) from error
