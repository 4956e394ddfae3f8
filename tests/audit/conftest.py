"""One Anvil with our contracts for the tests of the audit; what they add to it is theirs alone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from fairsignal.cli.local_stack import LocalChain, local_chain


@pytest.fixture(scope="session")
async def chain(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalChain]:
    async with local_chain(tmp_path_factory.mktemp("chain")) as running:
        yield running
