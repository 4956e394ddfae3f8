"""From a subject's chats to an attested profile, in one go."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fairsignal.domain.categories import BY_SLUG
from fairsignal.domain.sealing import KeeperKey, SealContext
from fairsignal.domain.signals import ExtractionReport, Message
from fairsignal.pipeline.publish import Published, Publisher
from fairsignal.pipeline.seal import seal
from fairsignal.ports import Clock, UnitOfWorkFactory

if TYPE_CHECKING:
    from fairsignal.pipeline.extract import Extractor

__all__ = ["Ingested", "ProfilePipeline"]


@dataclass(frozen=True, slots=True)
class Ingested:
    """An attested profile, and what was read and dropped on the way."""

    published: Published
    report: ExtractionReport


@dataclass(frozen=True)
class ProfilePipeline:
    """Extract, seal and publish for one operator. Chat text lives only as long as one call."""

    extractor: Callable[[], Extractor]
    """Loads the model at the first use; raises ``ModelUnavailable`` when there is none."""
    publisher: Publisher
    units: UnitOfWorkFactory
    clock: Clock
    chain_id: int
    registry: str
    operator: str

    async def ingest(
        self, subject: str, subject_key: bytes, messages: Sequence[Message], allowed: Collection[str]
    ) -> Ingested:
        """Turn a subject's own messages into a new version of its profile.

        Args:
            subject_key: X25519 public key that the subject's own copy is sealed to.
            allowed: slugs that the subject consented to; nothing else is extracted.

        Raises:
            Refused: the subject asked for erasure; nothing was read.
            ModelUnavailable: no trusted model; nothing was extracted.
            Unavailable: it could not be published everywhere; that is finished at the next start.
        """
        async with self.publisher.turn(subject):
            return await self._ingest(subject, subject_key, messages, allowed)

    async def _ingest(
        self, subject: str, subject_key: bytes, messages: Sequence[Message], allowed: Collection[str]
    ) -> Ingested:
        await self.publisher.refuse_while_erasing(subject)
        # The model keeps one core busy: in a thread, so that decisions are not held up.
        profile = await asyncio.to_thread(
            lambda: self.extractor().extract(messages, now=self.clock.now(), allowed=allowed)
        )
        async with self.units() as work:
            known = await work.profiles.get(subject)
        context = SealContext(
            chain_id=self.chain_id,
            registry=self.registry,
            operator=self.operator,
            subject=subject,
            version=1 if known is None else known.version + 1,
        )
        keepers = [
            KeeperKey(index=index, public_key=info.hpke_key)
            for index, info in enumerate(await self.publisher.keepers.introduced(), start=1)
        ]
        sealed = await asyncio.to_thread(seal, profile, context, subject_key, keepers, self.publisher.threshold)
        categories = sum(1 << BY_SLUG[signal.slug].bit for signal in profile.signals)
        published = await self.publisher.publish(sealed, subject, categories)
        return Ingested(published=published, report=profile.report)
