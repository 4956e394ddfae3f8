"""tests/e2e/test_settlement.py with the backend on PostgreSQL."""

import pytest

from tests.e2e.test_settlement import *  # noqa: F403

pytestmark = pytest.mark.slow
