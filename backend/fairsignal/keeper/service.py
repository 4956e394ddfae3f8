"""What a keeper does: takes shares from operators, and releases one when the chain says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fairsignal.domain.errors import BadInput, NotFound, Refused
from fairsignal.domain.hpke import public_key_of
from fairsignal.domain.keeper_shares import open_deposit, reseal_share
from fairsignal.domain.sealing import check_category, parse_manifest, share_info
from fairsignal.domain.shamir import SCALAR_BYTES
from fairsignal.keeper.messages import deposit_message, introduction_message, release_message
from fairsignal.keeper.verify import check_release
from fairsignal.ports import ChainReader, Clock, Deposit, DepositBox, KeeperInfo, ReleaseRequest, Signer

__all__ = ["Keeper"]

Recover = Callable[[dict[str, Any], bytes], str]
"""(EIP-712 typed data, signature) -> address."""

_MAX_REQUEST_AGE = 600


@dataclass(frozen=True)
class Keeper:
    """One keeper. It trusts its own node, its own database and its own keys, and nothing that it is told."""

    reader: ChainReader
    box: DepositBox
    hpke_key: bytes = field(repr=False)
    """X25519 private key, 32 bytes."""
    signer: Signer
    clock: Clock
    registry: str
    """ProfileRegistry: binds signatures and ciphertexts to one deployment."""
    recover: Recover

    def introduce(self) -> KeeperInfo:
        """This keeper's address and HPKE key, bound to each other by its signature."""
        key = public_key_of(self.hpke_key)
        message = introduction_message(self.reader.chain_id, self.registry, key)
        return KeeperInfo(address=self.signer.address, url="", hpke_key=key, signature=self.signer.sign_typed(message))

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
        await self.box.put(
            Deposit(
                operator=header.operator,
                subject=header.subject,
                version=header.version,
                digest=header.digest,
                index=index,
                shares=b"".join(open_deposit(parsed, sealed_shares, index, self.hpke_key)),
            )
        )

    async def release(self, request: ReleaseRequest) -> bytes:
        """Check everything on chain, at the head and at the finalized block; -> the share, sealed to the advertiser.

        Raises:
            BadInput: the request is expired, replayed, or not signed by the campaign's advertiser.
            Refused: consent or payment is missing; ``code`` is the rule.
            NotFound: this keeper holds no share of the attested profile.
        """
        check_category(request.category)
        await self._check_request(request)
        head = await self.reader.release_facts(request.terms, request.subject, "latest")
        check_release(head, request.terms, request.category, at="head")
        final = await self.reader.release_facts(request.terms, request.subject, "finalized")
        check_release(final, request.terms, request.category, at="finalized")
        if final.campaign is None or final.digest != head.digest:
            raise Refused(
                "The profile changed and its new version is not final yet.",
                remedy="Try again once its block is final.",
                code="not-final",
            )
        deposit = await self.box.get(request.terms.operator, request.subject, head.digest)
        if deposit is None:
            raise NotFound("This keeper holds no share of the attested profile.", code="no-share")
        at = request.category * SCALAR_BYTES
        info = share_info(deposit.digest, request.terms.id, request.category, deposit.index)
        return reseal_share(deposit.shares[at : at + SCALAR_BYTES], final.campaign.recipient_key, info)

    async def _check_request(self, request: ReleaseRequest) -> None:
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
            request.subject,
            request.category,
            request.nonce,
            request.expires_at,
        )
        if self.recover(message, request.signature) != request.terms.advertiser:
            raise BadInput(
                "The request is not signed by the campaign's advertiser.",
                remedy="Sign the Release message with the wallet that opened the campaign.",
                code="bad-signature",
            )
        if not await self.box.use_nonce(request.terms.advertiser, request.nonce, request.expires_at):
            raise BadInput("This request was used before.", remedy="Sign a new one.", code="request-replayed")
