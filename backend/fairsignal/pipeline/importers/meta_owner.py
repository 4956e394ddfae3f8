"""Whose export of Meta's it is: the name that the person gives, else that of the profile, else who is in every chat."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from fairsignal.pipeline.importers.json_events import items, json_events, members, skip_value
from fairsignal.pipeline.importers.own_name import name_needed, name_unknown, plain_name
from fairsignal.pipeline.importers.source import Source, located

__all__ = ["PROFILE", "owner_of", "repaired"]

PROFILE = re.compile(r"(?:^|/)(?:personal_information|profile_information)\.json$")
"""Instagram's and Facebook's file about the export's owner."""
_NAME_KEYS = frozenset({"value", "full_name"})
"""Instagram names the fields in the person's language, and all of them have a ``value``; Facebook has ``full_name``."""


def owner_of(files: Sequence[Source], profiles: Sequence[Source], own_name: str | None) -> str:
    """The owner's name, as ``plain_name`` writes it.

    Raises:
        BadInput: nothing tells who it is, or nobody has the given name.
    """
    threads = [names for source in files if (names := _participants(source))]
    everybody = Counter(name for names in threads for name in names)
    if own_name is not None:
        owner = plain_name(own_name)
        if owner not in everybody:
            raise name_unknown()
        return owner
    known = {name for source in profiles for name in _profile_names(source)}
    ranked = sorted(((count, name) for name, count in everybody.items() if name in known), reverse=True)
    if ranked and (len(ranked) == 1 or ranked[0][0] > ranked[1][0]):
        return ranked[0][1]
    return _in_every_chat(files)


def _in_every_chat(files: Sequence[Source]) -> str:
    """The one person who takes part in all chats.

    A chat that does not list its owner would make somebody else the owner: chats with one name, and those that the
    owner has left, do not count.
    """
    threads = [names for source in files if len(names := _participants(source, current_only=True)) > 1]
    common = frozenset.intersection(*threads) if threads else frozenset()
    if len(common) != 1:
        raise name_needed("The export does not say which of the people in its chats is you.")
    return next(iter(common))


def _participants(source: Source, *, current_only: bool = False) -> frozenset[str]:
    """Names of who takes part in a chat. They stand at its beginning, so that little of the file is read.

    Args:
        current_only: nobody when the export's owner has left the chat; only the end of the file tells.
    """
    names: set[str] = set()
    with located(source), source.open() as stream:
        events = json_events(stream)
        next(events)
        for key, event, is_set in members(events):
            if key == "participants" and event == "start_array":
                for item, _ in items(events):
                    if item != "start_map":
                        skip_value(events, item)
                        continue
                    for name, inner, value in members(events):
                        if name == "name" and inner == "string":
                            names.add(plain_name(repaired(value)))
                        else:
                            skip_value(events, inner)
                if not current_only:
                    break
            elif key == "is_still_participant" and event == "boolean" and current_only and not is_set:
                return frozenset()
            else:
                skip_value(events, event)
    return frozenset(names - {""})


def _profile_names(source: Source) -> set[str]:
    names = set()
    with located(source), source.open() as stream:
        is_name = False
        for event, value in json_events(stream):
            if is_name and event == "string":
                names.add(plain_name(repaired(value)))
            is_name = event == "map_key" and value in _NAME_KEYS
    return names - {""}


def repaired(text: str) -> str:
    """``text`` with Meta's double encoding undone: each byte of its UTF-8 stands as one character of Latin-1."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text  # It was in order: real UTF-8 has other characters, or makes no sense as bytes.
