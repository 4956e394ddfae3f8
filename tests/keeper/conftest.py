"""A keeper on real files, and a profile that it holds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fairsignal.domain.sealing import SealedProfile
from tests.keeper.world import Kept, open_kept, snapshot


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    kept = open_kept(tmp_path)
    yield kept
    await kept.close()


@pytest.fixture
async def sealed(kept: Kept) -> SealedProfile:
    """A profile whose shares the keeper has, attested on chain, and paid for."""
    sealed = kept.seal()
    await kept.deposit(sealed)
    kept.chain.snapshot = snapshot(sealed.digest)
    return sealed
