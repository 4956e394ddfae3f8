"""What a chat format has to provide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from fairsignal.domain.signals import Message
from fairsignal.pipeline.importers.head import Head
from fairsignal.pipeline.importers.source import Source

__all__ = ["Format"]


class Format(Protocol):
    """One kind of export."""

    @property
    def title(self) -> str:
        """What people call it, with an article: ``a ChatGPT export (conversations.json or its zip)``."""

    def owns_member(self, name: str) -> bool:
        """True when a zip's member of this name (with folders) holds chats of this format."""

    def sniff(self, head: Head) -> bool:
        """True when a file that begins like this is of this format."""

    def read(self, source: Source) -> Iterator[Message]:
        """The person's own messages.

        Raises:
            BadInput: the file is damaged, or not what its beginning promised.
        """
