"""What a keeper does: takes shares from operators, and releases them when the chain says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fairsignal.domain.eip712 import digest_of
from fairsignal.domain.errors import BadInput, IntegrityError, NotFound, Refused
from fairsignal.domain.hpke import public_key_of
from fairsignal.domain.keeper_messages import (
    deposit_message,
    erased_message,
    erasure_message,
    introduction_message,
    receipt_message,
    release_message,
)
from fairsignal.domain.keeper_shares import open_deposit, reseal_share
from fairsignal.domain.release import ItemResult, ReleaseItem, pack_items, pack_results
from fairsignal.domain.sealing import Manifest, check_category, parse_manifest, share_info
from fairsignal.domain.shamir import SCALAR_BYTES
from fairsignal.keeper.sweep import erased_shares
from fairsignal.keeper.verify import check_campaign, check_item
from fairsignal.ports import (
    ChainReader,
    Clock,
    Deposit,
    DepositBox,
    EpochKeys,
    ErasedAnswer,
    KeeperInfo,
    RateLimit,
    ReleaseAnswer,
    ReleaseRequest,
    ReleaseSnapshot,
    RequestLog,
    Signer,
)

__all__ = ["Keeper"]

Recover = Callable[[dict[str, Any], bytes], str]
"""(EIP-712 typed data, signature) -> address."""

_MAX_REQUEST_AGE = 600


@dataclass(frozen=True)
class Keeper:
    """One keeper. It trusts its own node, its own database and its own keys, and nothing that it is told."""

    reader: ChainReader
    box: DepositBox
    log: RequestLog
    keys: EpochKeys = field(repr=False)
    signer: Signer
    clock: Clock
    registry: str
    """ProfileRegistry: binds signatures and ciphertexts to one deployment."""
    recover: Recover
    limit: RateLimit

    async def introduce(self) -> KeeperInfo:
        """This keeper's address and today's HPKE key, bound to each other by its signature."""
        private_key, expires_at = self.keys.current(self.clock.now())
        key = public_key_of(private_key)
        message = introduction_message(self.reader.chain_id, self.registry, key, expires_at)
        return KeeperInfo(
            address=self.signer.address,
            url="",
            hpke_key=key,
            expires_at=expires_at,
            signature=await self.signer.sign_digest(digest_of(message)),
        )

    async def deposit(self, manifest: bytes, sealed_shares: bytes, index: int, signature: bytes) -> None:
        """Verify and keep this keeper's shares of one profile; returns once they are on disk.

        Args:
            manifest: the sealed profile that the shares belong to.
            sealed_shares: HPKE message to this keeper with one share per category slot.
            index: this keeper's share index, 1..n.
            signature: the operator's EIP-712 ``Deposit``.

        Raises:
            BadInput: wrong chain or registry, or a signature that is not the manifest's operator's.
            IntegrityError: a share does not fit the manifest's commitments.
            Refused: too many deposits at once.
        """
        parsed = parse_manifest(manifest)
        header = parsed.header
        if (header.chain_id, header.registry) != (self.reader.chain_id, self.registry):
            raise BadInput("This profile was sealed for another chain or registry.", code="wrong-context")
        message = deposit_message(
            self.reader.chain_id, self.registry, self.signer.address, header.subject, header.digest, index
        )
        if self.recover(message, signature) != header.operator:
            raise BadInput(
                "The deposit is not signed by the operator that the manifest names.",
                remedy="Sign the Deposit message with the operator's key.",
                code="bad-signature",
            )
        await self.limit("deposits", header.operator, 1)
        await self._check_index(index)
        shares = self._open(parsed, sealed_shares, index, self.clock.now())
        # When it came is compared with what the chain says of erasure: so in the chain's time, whatever our clock says.
        came = (await self.reader.head()).timestamp
        await self.box.put(
            Deposit(
                operator=header.operator,
                subject=header.subject,
                version=header.version,
                digest=header.digest,
                index=index,
                shares=b"".join(shares),
            ),
            came,
        )

    async def _check_index(self, index: int) -> None:
        """A keeper that took another one's shares would be called a liar for giving them out."""
        keepers, _ = await self.reader.keepers()
        if keepers[index - 1 : index] != (self.signer.address,):
            raise BadInput(
                f"This keeper is not the one with share index {index}.",
                remedy="Deposit with the keepers in the order of OperatorRegistry.keepers().",
                code="wrong-index",
            )

    def _open(self, manifest: Manifest, sealed: bytes, index: int, now: int) -> list[bytes]:
        """With the key of this epoch, or of the one before: a deposit may be on its way while the key changes."""
        *earlier, last = self.keys.usable(now)
        for key in earlier:
            try:
                return open_deposit(manifest, sealed, index, key)
            except IntegrityError as error:
                if error.code != "does-not-open":
                    raise
        return open_deposit(manifest, sealed, index, last)

    async def release(self, request: ReleaseRequest) -> ReleaseAnswer:
        """Check everything on chain, at the head and at the finalized block; -> shares and refusals, with a receipt.

        Raises:
            BadInput: the request is expired, replayed, or not signed by the campaign's advertiser.
            Refused: the campaign as a whole has no right to shares, or asks too much; ``code`` is the rule.
        """
        digest = await self._check_request(request)
        snapshot = await self.reader.release_snapshot(request.terms, request.items)
        key = check_campaign(snapshot)
        results = [await self._released(snapshot, request, item, key) for item in request.items]
        now = self.clock.now()
        await self.log.record(
            request.terms.id,
            [
                (item, result.digest)
                for item, result in zip(request.items, results, strict=True)
                if result.share is not None
            ],
            now,
        )
        receipt = receipt_message(self.reader.chain_id, self.registry, digest, pack_results(results), now)
        return ReleaseAnswer(tuple(results), now, await self.signer.sign_digest(digest_of(receipt)))

    async def _released(
        self, snapshot: ReleaseSnapshot, request: ReleaseRequest, item: ReleaseItem, recipient_key: bytes
    ) -> ItemResult:
        try:
            digest = check_item(snapshot, request.terms, item)
            deposit = await self.box.get(request.terms.operator, item.subject, digest)
            if deposit is None:
                raise NotFound("This keeper holds no share of the attested profile.", code="no-share")
        except (Refused, NotFound, IntegrityError) as error:  # the last: this one row was altered on the disk
            return ItemResult(bytes(32), refused=error.code, detail=error.message)
        at = item.category * SCALAR_BYTES
        info = share_info(digest, request.terms.id, item.category, deposit.index)
        return ItemResult(digest, reseal_share(deposit.shares[at : at + SCALAR_BYTES], recipient_key, info))

    async def _check_request(self, request: ReleaseRequest) -> bytes:
        """-> EIP-712 digest of the request, 32 bytes."""
        for item in request.items:
            check_category(item.category)
        now = self.clock.now()
        if not now <= request.expires_at <= now + _MAX_REQUEST_AGE:
            raise BadInput(
                "The request is expired, or valid for more than ten minutes.",
                remedy="Sign a new one; check the clock.",
                code="request-expired",
            )
        message = release_message(
            self.reader.chain_id,
            self.registry,
            request.terms.id,
            pack_items(request.items),
            request.nonce,
            request.expires_at,
        )
        if self.recover(message, request.signature) != request.terms.advertiser:
            raise BadInput(
                "The request is not signed by the campaign's advertiser.",
                remedy="Sign the Release message with the wallet that opened the campaign.",
                code="bad-signature",
            )
        await self.limit("releases", request.terms.advertiser, len(request.items))
        if not await self.log.use_nonce(request.terms.advertiser, request.nonce, request.expires_at, now):
            raise BadInput("This request was used before.", remedy="Sign a new one.", code="request-replayed")
        return digest_of(message)

    async def erase(self, operator: str, subject: str, signature: bytes) -> ErasedAnswer:
        """Delete everything about a subject by an operator, if the subject asked for it on chain.

        Raises:
            BadInput: not signed by the operator.
            Refused: the subject did not ask, or its request is not final yet.
        """
        message = erasure_message(self.reader.chain_id, self.registry, self.signer.address, subject)
        if self.recover(message, signature) != operator:
            raise BadInput(
                "The erasure is not signed by the operator.",
                remedy="Sign the Erasure message with the operator's key.",
                code="bad-signature",
            )
        await self.limit("deposits", operator, 1)
        _, facts = await self.reader.standstills(operator, [subject], "finalized")
        asked = facts[subject]
        if not asked.erasure_open and not asked.erasure_confirmed_at:
            raise Refused(
                "The subject has not asked this operator for erasure (finalized).",
                remedy="Try again once the request's block is final.",
                code="no-erasure-request",
            )
        await self.box.delete(operator, subject, erased_shares(await self.box.of(operator, subject), asked))
        now = self.clock.now()
        receipt = erased_message(self.reader.chain_id, self.registry, operator, subject, now)
        return ErasedAnswer(now, await self.signer.sign_digest(digest_of(receipt)))
