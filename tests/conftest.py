"""Fixtures that tests of several folders share."""

from tests.databases import (
    database_url,
    empty_database_url,
    engine,
    postgres,
    postgres_folder,
    sqlite_template,
)

__all__ = ["database_url", "empty_database_url", "engine", "postgres", "postgres_folder", "sqlite_template"]
