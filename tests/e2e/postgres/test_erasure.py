"""tests/e2e/test_erasure.py with the backend on PostgreSQL."""

import pytest

from tests.e2e.test_erasure import *  # noqa: F403

pytestmark = pytest.mark.slow
