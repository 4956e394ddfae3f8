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
from typing import Any

from fairsignal.domain.campaign import CampaignTerms
from fairsignal.domain.cid import cid_of_digest
from fairsignal.domain.eip712 import digest_of
from fairsignal.domain.errors import BadInput, FairsignalError, IntegrityError
from fairsignal.domain.keeper_messages import receipt_message, release_message
from fairsignal.domain.keeper_shares import open_share
from fairsignal.domain.opening import open_slot
from fairsignal.domain.release import ItemResult, ReleaseItem, pack_items, pack_results
from fairsignal.domain.sealing import Manifest, check_category, parse_manifest, share_info
from fairsignal.domain.shamir import combine, verify_share
from fairsignal.domain.signals import Signal
from fairsignal.market.release import KeeperReply, ask, common_refusal
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
class ItemOutcome:
    """One item, opened or refused."""

    opened: bool
    signal: Signal | None = field(default=None, repr=False)
    """None when it is not opened, or when the subject has no signal there."""
    refused: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Released:
    """What came out of one request."""

    items: tuple[ItemOutcome, ...]
    keepers: tuple[KeeperConduct, ...]
    """Of those that were asked."""


@dataclass
class _Item:
    """Good shares of one item so far."""

    manifest: Manifest | None
    shares: dict[int, bytes] = field(default_factory=dict, repr=False)


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

    async def open(self, request: ReleaseRequest) -> Released:
        """Ask as many keepers as are needed, further ones where those refuse, lie, or take their time.

        Raises:
            BadInput: a category that no profile has.
            IntegrityError, NotFound: the blob store gave other bytes than the attested ones, or has none.
            Unavailable: the node or the blob store did not answer.
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
                    conduct[reply.index] = self._judge(reply, addresses[reply.index], request, digest, items)
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
        outcomes = tuple(self._outcome(place, item, request, replies) for place, item in enumerate(items))
        return Released(outcomes, tuple(conduct[index] for index in sorted(conduct)))

    def _asked(self, index: int, client: KeeperClient, request: ReleaseRequest) -> asyncio.Task[KeeperReply]:
        return asyncio.create_task(ask(index, client, request), name=str(index))

    async def _items(self, request: ReleaseRequest) -> list[_Item]:
        subjects = sorted({item.subject for item in request.items})
        digests = await self.reader.digests_of(request.terms.operator, subjects)
        manifests = await asyncio.gather(*(self._manifest(digest) for digest in digests))
        by_subject = dict(zip(subjects, manifests, strict=True))
        return [_Item(by_subject[item.subject]) for item in request.items]

    async def _manifest(self, digest: bytes) -> Manifest | None:
        if not any(digest):
            return None
        return parse_manifest(await self.blobs.get(cid_of_digest(digest)), digest)

    def _complete(self, items: Sequence[_Item]) -> bool:
        return all(item.manifest is None or len(item.shares) >= self.threshold for item in items)

    def _judge(
        self, reply: KeeperReply, address: str, request: ReleaseRequest, digest: bytes, items: Sequence[_Item]
    ) -> KeeperConduct:
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
            if result.share is None:
                continue
            share = self._share(reply.index, place, item, result, request)
            if share is None:
                return conduct("lying", f"its share of item {place + 1} does not fit the commitments")
            item.shares[reply.index] = share
        refused = [result for result in results if result.share is None]
        return conduct("refused", refused[0].detail) if refused else conduct("honest", "")

    def _share(self, index: int, place: int, item: _Item, result: ItemResult, request: ReleaseRequest) -> bytes | None:
        """The share if it is good; None if the keeper lied."""
        if item.manifest is None or result.share is None or result.digest != item.manifest.header.digest:
            return None
        category = request.items[place].category
        info = share_info(result.digest, request.terms.id, category, index)
        try:
            share = open_share(result.share, self.private_key, info)
            fits = verify_share(item.manifest.slots[category].commitments, index, share)
        except (IntegrityError, BadInput):
            return None
        return share if fits else None

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

    def _outcome(self, place: int, item: _Item, request: ReleaseRequest, replies: Sequence[KeeperReply]) -> ItemOutcome:
        if item.manifest is None:
            return ItemOutcome(False, refused="no-profile", detail="No profile is attested for this subject.")
        if len(item.shares) < self.threshold:
            code, detail = common_refusal(replies, place)
            return ItemOutcome(False, refused=code, detail=detail)
        try:
            # The shares were verified when they came.
            secret = combine(dict(sorted(item.shares.items())[: self.threshold]))
            signal = open_slot(item.manifest, request.items[place].category, secret)
        except IntegrityError as error:  # badly sealed by its operator, which must not cost the other items
            return ItemOutcome(False, refused=error.code, detail=error.message)
        return ItemOutcome(True, signal=signal)
