"""Deposits as a dishonest or careless operator would make them: sealed properly, but of something else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import aiohttp

from fairsignal.adapters.chain import LocalSigner
from fairsignal.adapters.keepers import HttpKeeperClient
from fairsignal.domain.errors import FairsignalError
from fairsignal.domain.hpke import new_private_key, public_key_of, seal_message
from fairsignal.domain.keeper_messages import deposit_message
from fairsignal.domain.keeper_shares import open_deposit
from fairsignal.domain.sealing import KeeperKey, SealContext, deposit_info, manifest_bytes, parse_manifest
from fairsignal.domain.signals import ExtractionReport, Intent, ScreenedProfile, Signal
from fairsignal.pipeline.seal import seal
from tests.e2e.actors import DAY, Someone
from tests.keepers_e2e.deals import KEEPERS, Market


@dataclass(frozen=True)
class Sealed:
    """A sealed profile, and the shares in clear, which only its maker has."""

    manifest: bytes
    shares: dict[int, list[bytes]]
    """By keeper index, one per slot."""

    def with_slot(self, category: int, **changes: Any) -> bytes:
        """The manifest with one slot changed, otherwise as it was."""
        parsed = parse_manifest(self.manifest)
        slots = list(parsed.slots)
        slots[category] = replace(slots[category], **changes)
        return manifest_bytes(parsed.head, slots) + parsed.subject_copy


def sealed_by(market: Market, person: Someone, **context: Any) -> Sealed:
    """A profile with a signal for travel; ``context`` changes what it is bound to."""
    keys = [new_private_key() for _ in range(KEEPERS)]
    signals = (Signal("travel", 0.8, 3, 20_000 * DAY, 20_010 * DAY, Intent.EXPLORING, "en"),)
    deployment = person.reader.reader.deployment
    bound = SealContext(deployment.chain_id, deployment.profile_registry, market.operator, person.address, 1)
    sealed = seal(
        ScreenedProfile(signals, ExtractionReport(9, 9, {}, {}, "model")),
        replace(bound, **context),
        public_key_of(person.key),
        [KeeperKey(index, public_key_of(key)) for index, key in enumerate(keys, start=1)],
        market.stack.threshold,
    )
    parsed = parse_manifest(sealed.manifest)
    shares = {
        deposit.index: open_deposit(parsed, deposit.sealed, deposit.index, keys[deposit.index - 1])
        for deposit in sealed.deposits
    }
    return Sealed(sealed.manifest, shares)


async def hand_over(
    market: Market,
    manifest: bytes,
    shares: Sequence[bytes],
    *,
    index: int = 1,
    sealed_for: bytes = b"",
    signed_for: bytes = b"",
    signer: LocalSigner | None = None,
    to: int = 1,
) -> str:
    """Deposit with keeper ``to``; -> ``kept``, or the rule that refuses.

    Args:
        index: share index that the deposit is for.
        sealed_for, signed_for: manifests that the HPKE message and the signature are bound to, if not the one sent.
    """
    async with aiohttp.ClientSession() as http:
        client = HttpKeeperClient(market.stack.keeper_urls[to - 1], http)
        info = await HttpKeeperClient(market.stack.keeper_urls[index - 1], http).info()
        bound = parse_manifest(sealed_for or manifest)
        sealed = seal_message(b"".join(shares), info.hpke_key, deposit_info(bound.head, bound.header.digest, index))
        header = parse_manifest(signed_for or manifest).header
        deployment = market.wallets[0].reader.deployment
        message = deposit_message(
            deployment.chain_id, deployment.profile_registry, info.address, header.subject, header.digest, index
        )
        try:
            await client.deposit(manifest, sealed, index, (signer or market.stack.operator).sign_typed(message))
        except FairsignalError as error:
            return error.code
    return "kept"
