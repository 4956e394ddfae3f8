"""Logs: JSON lines on stderr for servers, warnings only for commands. Never a text, a signal or a key."""

from __future__ import annotations

import logging
import sys

import structlog

__all__ = ["json_logs", "quiet_logs"]


def quiet_logs() -> None:
    """For commands that talk to a person: what matters is printed, only warnings are logged."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def json_logs() -> None:
    """For servers: one JSON object a line."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
