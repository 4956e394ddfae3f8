"""The advertiser's side of a release: collect shares in parallel, check every one, name whoever lied, decrypt.

Nobody on the way is trusted: the manifest is the one that the advertiser's own node says is attested, a share counts
only if it fits the manifest's commitments, an answer only if the keeper that the chain names signed it.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from fairsignal.domain.campaign import CampaignTerms
from fairsignal.domain.eip712 import digest_of
from fairsignal.domain.errors import FairsignalError
from fairsignal.domain.hpke import loaded
from fairsignal.domain.keeper_messages import receipt_message, release_message
from fairsignal.domain.release import ReleaseItem, pack_items, pack_results
from fairsignal.domain.sealing import check_category
from fairsignal.market.release import KeeperReply, ask, common_refusal
from fairsignal.market.wanted_items import ItemOutcome, WantedItem, fetch_profile
from fairsignal.ports import BlobSource, ChainReader, KeeperClient, RecordedUse, ReleaseRequest, WalletSigner

__all__ = ["ItemOutcome", "KeeperConduct", "ReleaseClient", "Released", "item_of", "sign_request"]

_PATIENCE = timedelta(milliseconds=400)
_LIFETIME = 120
"""Seconds."""


def sign_request(
    signer: WalletSigner, chain_id: int, registry: str, terms: CampaignTerms, items: Sequence[ReleaseItem], now: int
) -> ReleaseRequest:
    """A request for these uses by the campaign's advertiser; good for two minutes from ``now`` (Unix seconds)."""
    nonce, expires_at = secrets.randbits(128), now + _LIFETIME
    message = release_message(chain_id, registry, terms.id, pack_items(items), nonce, expires_at)
    return ReleaseRequest(terms, tuple(items), nonce, expires_at, signer.sign_typed(message))


def item_of(use: RecordedUse) -> ReleaseItem:
    """What to ask for to open a recorded use."""
    tx_hash = bytes.fromhex(use.tx_hash.removeprefix("0x"))
    return ReleaseItem(use.subject, use.category, use.use_index, tx_hash, use.block)


@dataclass(frozen=True, slots=True)
class KeeperConduct:
    """How one keeper behaved: ``honest``, ``refused``, ``silent`` or ``lying``."""

    index: int
    url: str
    conduct: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Released:
    """What came out of one request."""

    items: tuple[ItemOutcome, ...]
    keepers: tuple[KeeperConduct, ...]
    """Of those that were asked."""


@dataclass(frozen=True)
class ReleaseClient:
    """Opens what one advertiser paid for."""

    reader: ChainReader
    blobs: BlobSource
    keepers: Sequence[tuple[str, KeeperClient]]
    """Addresses as the chain names them, in share order."""
    threshold: int
    registry: str
    """ProfileRegistry."""
    private_key: bytes = field(repr=False)
    """X25519, of the recipient key on chain."""
    recover: Callable[[dict[str, Any], bytes], str]
    patience: timedelta = _PATIENCE
    """How long to wait for the first keepers before others are asked as well."""

    @cached_property
    def _key(self) -> X25519PrivateKey:
        return loaded(self.private_key)

    async def open(self, request: ReleaseRequest) -> Released:
        """Ask as many keepers as are needed, further ones where those refuse, lie, or take their time.

        Raises:
            BadInput: a category that no profile has.
            Unavailable: the node did not answer.
        """
        for item in request.items:
            check_category(item.category)
        items = await self._items(request)
        digest = self._digest(request)
        order = list(enumerate(self.keepers, start=1))
        random.shuffle(order)  # spreads the load; which keepers are asked is no secret
        waiting = order[self.threshold :]
        first = [] if self._complete(items) else order[: self.threshold]
        begun = time.monotonic()
        asked_at = {index: begun for index, _ in first}
        pending = {self._asked(index, client, request) for index, (_, client) in first}
        replies: list[KeeperReply] = []
        conduct: dict[int, KeeperConduct] = {}
        addresses = dict(enumerate((address for address, _ in self.keepers), start=1))
        try:
            while pending and not self._complete(items):
                done, pending = await asyncio.wait(
                    pending,
                    timeout=self.patience.total_seconds() if waiting else None,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                missing = 0 if done else len(pending)
                for task in done:
                    reply = task.result()
                    replies.append(reply)
                    conduct[reply.index] = self._judge(reply, addresses[reply.index], digest, items)
                    missing += conduct[reply.index].conduct != "honest"
                for index, (_, client) in waiting[:missing]:
                    pending.add(self._asked(index, client, request))
                    asked_at[index] = time.monotonic()
                waiting = waiting[missing:]
        finally:  # whoever asked may have given up
            for task in pending:
                task.cancel()
        for task in pending:
            index = int(task.get_name())
            if time.monotonic() - asked_at[index] < self.patience.total_seconds():
                continue  # it had no time to answer: the others were enough
            conduct[index] = KeeperConduct(index, self.keepers[index - 1][1].url, "silent", "did not answer in time")
        outcomes = tuple(
            item.outcome(self.threshold, common_refusal(replies, place)) for place, item in enumerate(items)
        )
        return Released(outcomes, tuple(conduct[index] for index in sorted(conduct)))

    def _asked(self, index: int, client: KeeperClient, request: ReleaseRequest) -> asyncio.Task[KeeperReply]:
        return asyncio.create_task(ask(index, client, request), name=str(index))

    async def _items(self, request: ReleaseRequest) -> list[WantedItem]:
        subjects = sorted({item.subject for item in request.items})
        digests = await self.reader.digests_of(request.terms.operator, subjects)
        profiles = await asyncio.gather(*(fetch_profile(digest, self.blobs) for digest in digests))
        by_subject = dict(zip(subjects, profiles, strict=True))
        return [WantedItem(by_subject[item.subject], item.category, request.terms.id) for item in request.items]

    def _complete(self, items: Sequence[WantedItem]) -> bool:
        return all(item.settled(self.threshold) for item in items)

    def _judge(self, reply: KeeperReply, address: str, digest: bytes, items: Sequence[WantedItem]) -> KeeperConduct:
        def conduct(kind: str, detail: str) -> KeeperConduct:
            return KeeperConduct(reply.index, reply.url, kind, detail)

        if reply.answer is None:
            return conduct("silent" if reply.refused == "keeper-unavailable" else "refused", reply.detail)
        results = reply.answer.results
        if len(results) != len(items):
            return conduct("lying", "it answered for other items than were asked for")
        signed = receipt_message(
            self.reader.chain_id, self.registry, digest, pack_results(results), reply.answer.released_at
        )
        if not self._signed_by(signed, reply.answer.receipt, address):
            return conduct("lying", "its receipt is not signed by the keeper that the chain names")
        for place, (item, result) in enumerate(zip(items, results, strict=True)):
            if not item.take(reply.index, result, self._key):
                return conduct("lying", f"its share of item {place + 1} does not fit the commitments")
        refused = [result for result in results if result.share is None]
        return conduct("refused", refused[0].detail) if refused else conduct("honest", "")

    def _digest(self, request: ReleaseRequest) -> bytes:
        return digest_of(
            release_message(
                self.reader.chain_id,
                self.registry,
                request.terms.id,
                pack_items(request.items),
                request.nonce,
                request.expires_at,
            )
        )

    def _signed_by(self, message: dict[str, Any], signature: bytes, address: str) -> bool:
        try:
            return self.recover(message, signature) == address
        except FairsignalError:
            return False
