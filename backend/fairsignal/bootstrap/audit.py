"""An audit, wired: a node and places to read blobs from, nothing of the operator's."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from fairsignal.adapters.chain import connect, load_deployment, recover_typed
from fairsignal.adapters.chain.audit import RpcAuditFacts
from fairsignal.adapters.chain.block_times import RpcBlockTimes
from fairsignal.adapters.chain.deployment import Deployment
from fairsignal.adapters.chain.event_source import RpcEventSource
from fairsignal.adapters.files import write_atomically
from fairsignal.adapters.ipfs.any_blobs import AnyBlobs
from fairsignal.adapters.keys.key_file import decode_key_file, encode_key_file
from fairsignal.audit.run import Auditor
from fairsignal.domain.errors import BadInput, Unavailable
from fairsignal.domain.hpke import new_private_key, public_key_of
from fairsignal.domain.use_receipt import UseReceipt

__all__ = ["Deployment", "make_auditor_key", "open_auditor", "read_auditor_key", "receipts_in", "receipts_of_keepers"]

_SECONDS = 30.0
"""For one question to the node: ranges of events are large."""


@asynccontextmanager
async def open_auditor(
    rpc_url: str, deployment_file: Path, blob_urls: Sequence[str], key: bytes | None
) -> AsyncIterator[tuple[Auditor, Deployment]]:
    """
    Raises:
        Unavailable, ChainMismatch, BadInput: the node does not answer, or is of another chain.
    """
    deployment = load_deployment(deployment_file)
    async with AsyncExitStack() as resources:
        rpc = await connect(rpc_url, deployment.chain_id, deployment.addresses, seconds=_SECONDS)
        resources.push_async_callback(rpc.close)
        http = await resources.enter_async_context(httpx.AsyncClient(timeout=_SECONDS))
        yield (
            Auditor(
                source=RpcEventSource(rpc, deployment),
                facts=RpcAuditFacts(rpc, deployment),
                times=RpcBlockTimes(rpc),
                blobs=AnyBlobs(blob_urls, http),
                chain_id=deployment.chain_id,
                market=deployment.signal_market,
                registry=deployment.profile_registry,
                decimals=deployment.token_decimals,
                recover=recover_typed,
                key=key,
            ),
            deployment,
        )


def make_auditor_key(path: Path) -> bytes:
    """A new X25519 key in a new file, in clear, readable by its owner only; -> the public key.

    Raises:
        BadInput: the file is there already, or cannot be written.
    """
    key = new_private_key()
    try:
        write_atomically(path, encode_key_file(key, None), scratch=path.resolve().parent, mode=0o600, replace=False)
    except OSError as error:
        raise BadInput(
            f"The key file {path} cannot be made: {error.strerror}.", remedy="Choose another place.", code="key-file"
        ) from error
    return public_key_of(key)


def read_auditor_key(path: Path, passphrase_file: Path | None) -> bytes:
    """An X25519 key from a Fairsignal key file.

    Raises:
        BadInput: a file cannot be read, or the passphrase does not open it.
    """
    try:
        content = path.read_bytes()
        passphrase = passphrase_file.read_text("utf-8").strip() if passphrase_file else None
    except OSError as error:
        raise BadInput(
            f"The file {error.filename} cannot be read.", remedy="Check the path.", code="no-such-file"
        ) from error
    return decode_key_file(content, passphrase)


def receipts_in(directory: Path) -> list[UseReceipt]:
    """Receipts from the JSON files of a directory, each as a keeper's ``GET /v1/receipts`` answers.

    Raises:
        BadInput: no such directory, or a file that holds something else.
    """
    if not directory.is_dir():
        raise BadInput(f"{directory} is no folder.", remedy="Name the folder with the receipts.", code="no-folder")
    found = []
    for path in sorted(directory.glob("*.json")):
        try:
            found += _receipts(json.loads(path.read_text("utf-8")))
        except (OSError, ValueError) as error:
            raise BadInput(f"{path} is no file of receipts.", remedy="Remove it.", code="bad-receipt") from error
    return found


async def receipts_of_keepers(urls: Sequence[str]) -> list[UseReceipt]:
    """All receipts of these keepers, page by page.

    Raises:
        Unavailable: one of them does not answer, or not as a keeper does.
    """
    found = []
    async with httpx.AsyncClient(timeout=_SECONDS) as http:
        for url in urls:
            after: str | None = None
            while True:
                try:
                    answer = await http.get(f"{url.rstrip('/')}/v1/receipts", params={"after": after} if after else {})
                    answer.raise_for_status()
                    document = answer.json()
                    found += _receipts(document)
                    after = document.get("next")
                except (httpx.HTTPError, ValueError, BadInput) as error:
                    raise Unavailable(
                        f"The keeper at {url} gives no receipts.", remedy="Leave it out.", code="keeper-unavailable"
                    ) from error
                if after is None:
                    break
    return found


def _receipts(document: Any) -> list[UseReceipt]:
    if not isinstance(document, dict) or not isinstance(document.get("receipts"), list):
        raise BadInput("There is no list of receipts.", code="bad-receipt")
    return [UseReceipt.from_json(receipt if isinstance(receipt, dict) else {}) for receipt in document["receipts"]]
