"""The database through SQLAlchemy 2: SQLite (WAL) embedded by default, PostgreSQL by URL."""

from fairsignal.adapters.db.decision_feed import SqlDecisionFeed
from fairsignal.adapters.db.engine import (
    bind_to_chain,
    current_revision,
    downgrade,
    migrate,
    newest_revision,
    open_engine,
    scrubber,
)
from fairsignal.adapters.db.outbox import DatabaseOutbox
from fairsignal.adapters.db.repositories import SqlUnitOfWork, unit_of_work_factory

__all__ = [
    "DatabaseOutbox",
    "SqlDecisionFeed",
    "SqlUnitOfWork",
    "bind_to_chain",
    "current_revision",
    "downgrade",
    "migrate",
    "newest_revision",
    "open_engine",
    "scrubber",
    "unit_of_work_factory",
]
