"""Which members of an export hold chats, and of which format each of them is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from fairsignal.domain.errors import BadInput
from fairsignal.pipeline.importers.containers import Container
from fairsignal.pipeline.importers.foreign import describe
from fairsignal.pipeline.importers.formats import Claim, Format
from fairsignal.pipeline.importers.head import Head
from fairsignal.pipeline.importers.json_events import truncated
from fairsignal.pipeline.importers.source import Source, located

__all__ = ["CONVERSATIONS", "sources_by_format"]

CONVERSATIONS = re.compile(r"(?:^|/)conversations(?:-\d+)?\.json$")
"""Where assistants keep the chats of an export."""
_NAMES_NOBODY = re.compile(r"conversations(?:-\d+)?\.json|message_\d+\.json|_chat\.txt")


def sources_by_format(containers: Sequence[Container], formats: Sequence[Format]) -> dict[Format, list[Source]]:
    """What to read, each file with the format that its content shows, in the order of ``formats``.

    Raises:
        BadInput: there is nothing to read, or something whose name promises chats is not a known export.
    """
    chosen: dict[Format, list[Source]] = {item: [] for item in formats}
    beside: dict[Format, list[Source]] = {item: [] for item in formats}
    candidates = [pair for container in containers for pair in _candidates(container, formats)]
    unknown: list[BadInput] = []
    for number, (source, claim) in enumerate(candidates, start=1):
        if claim is Claim.BESIDE:
            for item in formats:
                if item.claim(source.name) is Claim.BESIDE:
                    beside[item].append(source)
            continue
        numbered = replace(source, place=_place(source, number, len(candidates)) if len(candidates) > 1 else "")
        with located(numbered):
            found = _format_of(numbered, formats, claim, unknown)
        if found is not None:
            chosen[found].append(numbered)
    if not any(chosen.values()):
        if unknown:
            raise unknown[0]
        empty = containers[0]
        code = "empty-export" if empty.why_empty.endswith("is empty.") else "unknown-format"
        raise BadInput(empty.why_empty, remedy=empty.remedy, code=code)
    return {item: sources + beside[item] for item, sources in chosen.items() if sources}


def _candidates(container: Container, formats: Sequence[Format]) -> list[tuple[Source, Claim]]:
    """Members that may hold chats, with the strongest claim on each."""
    if container.is_plain:
        source = container.members[0]
        is_beside = any(item.claim(source.name) is Claim.BESIDE for item in formats)
        return [(source, Claim.BESIDE if is_beside else Claim.SURE)]
    # What lies beside or below an assistant's conversations.json was uploaded to it: others' words, not own messages.
    roots = {_folder(member.name) for member in container.members if CONVERSATIONS.search(member.name)}
    pairs: list[tuple[Source, Claim]] = []
    for member in container.members:
        claims = {item.claim(member.name) for item in formats}
        claim = next(kind for kind in (Claim.SURE, Claim.BESIDE, Claim.MAYBE) if kind in claims)
        if CONVERSATIONS.search(member.name) or not any(_is_below(member.name, root) for root in roots):
            pairs.append((member, claim))
    return pairs


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _is_below(name: str, folder: str) -> bool:
    return not folder or name.startswith(folder + "/")


def _place(source: Source, number: int, total: int) -> str:
    base = source.name.rpartition("/")[2]
    return f"{base if _NAMES_NOBODY.fullmatch(base) else 'File'} ({number} of {total})"


def _format_of(source: Source, formats: Sequence[Format], claim: Claim, unknown: list[BadInput]) -> Format | None:
    """The format that a file's content shows; None when it may be passed over, with the reason in ``unknown``."""
    try:
        head = Head.of(source)
    except BadInput as error:
        if claim is Claim.SURE:
            raise
        unknown.append(error)
        return None
    for candidate in formats:
        if candidate.sniff(head):
            return candidate
    known = " or ".join(item.title for item in formats)
    reason = BadInput(describe(head), remedy=f"Give {known}.", code="unknown-format")
    if head.breaks_off_at is not None:
        reason = truncated(head.breaks_off_at)
    # A service that splits its exports may leave a part without any chat.
    if claim is Claim.SURE and (source.place == "" or not head.is_empty_json):
        raise reason
    unknown.append(reason)
    return None
