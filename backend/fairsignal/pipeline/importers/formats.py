"""What a chat format has to provide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Protocol

from fairsignal.domain.signals import Message
from fairsignal.pipeline.importers.head import Head
from fairsignal.pipeline.importers.source import Source

__all__ = ["Claim", "Format"]


class Claim(Enum):
    """What the name of a member of a zip or folder says about it. Which format it is, only its content says."""

    NONE = "holds no chats of this format"
    MAYBE = "worth a look; passed over when it is something else"
    SURE = "holds chats; an error when it is something else"
    BESIDE = "holds no chats, but helps to read them"


class Format(Protocol):
    """One kind of export."""

    @property
    def title(self) -> str:
        """What people call it, with an article: ``a ChatGPT export (conversations.json or its zip)``."""

    def claim(self, name: str) -> Claim:
        """What a member's name (with folders, ``/`` between them) means to this format."""

    def sniff(self, head: Head) -> bool:
        """True when a file that begins like this is of this format."""

    def read(self, sources: Sequence[Source], own_name: str | None) -> Iterator[Message]:
        """The person's own messages in all ``sources``, those that are ``BESIDE`` included.

        Args:
            own_name: the person's name in the chats; formats that mark the person's own messages do without.

        Raises:
            BadInput: a file is damaged or not what its beginning promised, or a name is needed and not given.
        """
