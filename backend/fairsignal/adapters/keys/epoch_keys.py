"""A keeper's HPKE keys, one per epoch: what was sent under an old key cannot be opened by anyone once it is deleted."""

from __future__ import annotations

from datetime import timedelta

from fairsignal.adapters.keys.key_ring import KeyRing

__all__ = ["RingEpochKeys"]

_PREFIX = "epoch-"


class RingEpochKeys:
    """``ports.EpochKeys`` in a key ring.

    Args:
        length: of one epoch; a key takes deposits for this epoch and the next.
    """

    def __init__(self, ring: KeyRing, length: timedelta) -> None:
        self._ring = ring
        self._seconds = int(length.total_seconds())
        self._cached: dict[int, bytes] = {}

    def current(self, now: int) -> tuple[bytes, int]:
        epoch = now // self._seconds
        return self._key(epoch), (epoch + 2) * self._seconds

    def usable(self, now: int) -> list[bytes]:
        epoch = now // self._seconds
        earlier = [self._key(epoch - 1)] if f"{_PREFIX}{epoch - 1}" in self._ring.names() else []
        return [*earlier, self._key(epoch)]

    def forget_expired(self, now: int) -> None:
        # Numbers far ahead are keys of a longer epoch's past, from before the setting changed. The next one stays: a
        # clock that is put back a little must not cost the key that it had already given out.
        epoch = now // self._seconds
        kept = range(epoch - 1, epoch + 2)
        for name in self._ring.names():
            number = name.removeprefix(_PREFIX)
            if name.startswith(_PREFIX) and number.isdecimal() and int(number) not in kept:
                self._ring.forget(name)
        self._cached = {epoch: key for epoch, key in self._cached.items() if epoch in kept}

    def _key(self, epoch: int) -> bytes:
        if epoch not in self._cached:
            self._cached[epoch] = self._ring.hpke_key(f"{_PREFIX}{epoch}")
        return self._cached[epoch]
