"""tests/e2e/test_market.py with the backend on PostgreSQL."""

import pytest

from tests.e2e.test_market import *  # noqa: F403

pytestmark = pytest.mark.slow


async def test_it_is_postgresql(stack: Stack) -> None:  # noqa: F405
    assert stack.backend_environment["FAIRSIGNAL_DATABASE_URL"].startswith("postgresql+asyncpg://")
