"""Reading chat exports: one module per format, found by looking at the content, never by the file's name.

A new format is a module with an object that satisfies ``formats.Format``, and a line in ``FORMATS``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from fairsignal.domain.errors import BadInput
from fairsignal.domain.signals import Message
from fairsignal.pipeline.importers.chatgpt import ChatGpt
from fairsignal.pipeline.importers.choose import sources_by_format
from fairsignal.pipeline.importers.claude import Claude
from fairsignal.pipeline.importers.containers import open_containers
from fairsignal.pipeline.importers.formats import Claim, Format
from fairsignal.pipeline.importers.meta import Meta
from fairsignal.pipeline.importers.openai_json import OpenAiJson
from fairsignal.pipeline.importers.openai_jsonl import OpenAiJsonl
from fairsignal.pipeline.importers.whatsapp import WhatsApp

__all__ = ["FORMATS", "read_chats"]

FORMATS: tuple[Format, ...] = (ChatGpt(), Claude(), Meta(), WhatsApp(), OpenAiJsonl(), OpenAiJson())


def read_chats(path: Path | Iterable[Path], own_name: str | None = None) -> Iterator[Message]:
    """The person's own messages in one or several exports, format by format in the order of the files, streamed.

    The order within a conversation is the order in which they were written. Ids are those of the export, or follow
    from the position in it, so that reading the same files twice gives the same ids.

    Args:
        path: a file, a zip, or a folder with any of them in it; or several of these, such as the parts of one export.
        own_name: the person's name as it stands in the chats. WhatsApp chats need it, Meta exports only when they
            lack the profile information; other formats mark the person's own messages.

    Raises:
        BadInput: a file is missing, no known export, damaged or truncated; the person cannot be told from the others;
            or there is no own message. It may be raised after some messages were given out: use nothing of an export
            whose reading did not end normally.
    """
    paths = [path] if isinstance(path, Path) else list(path)
    if not paths:
        raise BadInput("No file was given.", remedy="Give the export, as a file, zip or folder.")
    if own_name is not None and not own_name.strip():
        raise BadInput("The name that was given as yours is blank.", remedy="Leave it out, or write it out.")
    found = 0
    with open_containers(paths, _is_worth_a_look) as containers:
        for format_, sources in sources_by_format(containers, FORMATS).items():
            for message in format_.read(sources, own_name):
                found += 1
                yield message
    if not found:
        raise BadInput(
            "The export holds no message that you wrote yourself.",
            remedy="Ask the chat service for a fresh export after you have used it, and give that one.",
            code="empty-export",
        )


def _is_worth_a_look(name: str) -> bool:
    return any(item.claim(name) is not Claim.NONE for item in FORMATS)
