"""An outbox that is gone with its process: for wallets of people in a terminal."""

from __future__ import annotations

from dataclasses import replace

from fairsignal.adapters.chain.outbox import Attempt, Intent, OutboxEntry, OutboxStatus

__all__ = ["MemoryOutbox"]


class MemoryOutbox:
    """Implements ``Outbox``. Nothing awaits inside a method, so each is atomic."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, int], OutboxEntry] = {}
        self._next: dict[str, int] = {}

    async def commit(
        self, intent: Intent, *, least_nonce: int, room: int | None, once: bool, now: int
    ) -> OutboxEntry | None:
        if once and (found := self._pending(intent.sender, intent.key)) is not None:
            return found
        if room is not None and len(self._with(intent.sender, OutboxStatus.PENDING)) >= room:
            return None
        return self._put(intent, max(least_nonce, self._next.get(intent.sender, 0)), now)

    async def add_attempt(self, sender: str, nonce: int, attempt: Attempt) -> OutboxEntry:
        entry = self._entries[sender, nonce]
        if all(attempt.number != known.number for known in entry.attempts):
            entry = replace(entry, attempts=(*entry.attempts, attempt))
            self._entries[sender, nonce] = entry
        return entry

    async def get(self, sender: str, nonce: int) -> OutboxEntry:
        return self._entries[sender, nonce]

    async def watched(self, sender: str) -> list[OutboxEntry]:
        entries = (entry for entry in self._entries.values() if entry.intent.sender == sender and not entry.final)
        return sorted(entries, key=lambda entry: entry.nonce)

    async def on_its_way(self, sender: str, key: bytes) -> OutboxEntry | None:
        return self._pending(sender, key)

    async def note(self, entry: OutboxEntry) -> None:
        known = self._entries[entry.intent.sender, entry.nonce]
        if not known.final:
            self._entries[entry.intent.sender, entry.nonce] = replace(entry, attempts=known.attempts)

    async def move(self, entry: OutboxEntry, *, least_nonce: int, now: int) -> OutboxEntry:
        sender = entry.intent.sender
        known = self._entries[sender, entry.nonce]
        if known.moved_to is not None:
            return self._entries[sender, known.moved_to]
        moved = self._put(entry.intent, max(least_nonce, self._next.get(sender, 0)), now)
        self._entries[sender, entry.nonce] = replace(known, status=OutboxStatus.MOVED, final=True, moved_to=moved.nonce)
        return moved

    async def fill(self, intent: Intent, nonce: int, now: int) -> OutboxEntry:
        return self._entries.get((intent.sender, nonce)) or self._put(intent, nonce, now)

    async def prune(self, sender: str, before: int) -> int:
        old = [
            where
            for where, entry in self._entries.items()
            if where[0] == sender and entry.final and entry.created_at < before
        ]
        for where in old:
            del self._entries[where]
        return len(old)

    def _put(self, intent: Intent, nonce: int, now: int) -> OutboxEntry:
        entry = OutboxEntry(intent, nonce, now)
        self._entries[intent.sender, nonce] = entry
        self._next[intent.sender] = max(nonce + 1, self._next.get(intent.sender, 0))
        return entry

    def _pending(self, sender: str, key: bytes) -> OutboxEntry | None:
        return next((e for e in self._with(sender, OutboxStatus.PENDING) if e.intent.key == key), None)

    def _with(self, sender: str, status: OutboxStatus) -> list[OutboxEntry]:
        return [e for e in self._entries.values() if e.intent.sender == sender and e.status is status]
