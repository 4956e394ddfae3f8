"""How a keeper introduces itself, and what its keys of earlier epochs open."""

from __future__ import annotations

from pathlib import Path

from fairsignal.adapters.chain import recover_typed
from fairsignal.domain.errors import IntegrityError
from fairsignal.domain.hpke import public_key_of
from fairsignal.domain.keeper_messages import (
    introduction_message,
)
from tests.keeper.world import (
    CHAIN_ID,
    DAY,
    NOW,
    REGISTRY,
    Kept,
    refusal,
    stored,
)


async def test_introduction_binds_the_key_of_the_epoch_to_the_keepers_address(kept: Kept) -> None:
    info = await kept.keeper.introduce()
    message = introduction_message(CHAIN_ID, REGISTRY, info.hpke_key, info.expires_at)
    assert recover_typed(message, info.signature) == info.address == kept.keeper.signer.address
    assert kept.clock.now() + 7 * DAY < info.expires_at <= kept.clock.now() + 14 * DAY


async def test_no_key_shows_in_a_keepers_repr(kept: Kept) -> None:
    await kept.keeper.introduce()
    private, _ = kept.keeper.keys.current(NOW)
    assert private.hex() not in repr(kept.keeper)
    assert repr(private) not in repr(kept.keeper)


async def test_deposit_sealed_to_last_epochs_key_opens_and_one_before_does_not(kept: Kept, tmp_path: Path) -> None:
    sealed, file = kept.seal(), kept.keys.names()
    assert len(file) == 1
    kept.clock.time += 7 * DAY
    assert kept.hpke_key != public_key_of(kept.keys.hpke_key(file[0]))
    kept.keeper.keys.forget_expired(kept.clock.now())
    await kept.deposit(sealed)
    assert await stored(kept, sealed)
    kept.clock.time += 7 * DAY
    kept.keeper.keys.forget_expired(kept.clock.now())
    error = await refusal(kept.deposit(sealed))
    assert (type(error), error.code) == (IntegrityError, "does-not-open")
    assert file[0] not in kept.keys.names()
    assert not (tmp_path / "keys" / f"{file[0]}.x25519.json").exists()
    assert await stored(kept, sealed)  # what was taken is kept under the storage key


async def test_key_of_two_epochs_ago_opens_nothing_even_before_it_is_swept(kept: Kept) -> None:
    sealed = kept.seal()
    kept.clock.time += 14 * DAY
    assert (await refusal(kept.deposit(sealed))).code == "does-not-open"
