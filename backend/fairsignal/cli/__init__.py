"""The command line. Errors become one sentence, a remedy and a non-zero exit, in this one place."""

from __future__ import annotations

import sys

from fairsignal.cli.app import app
from fairsignal.cli.console import print_error
from fairsignal.cli.logs import quiet_logs
from fairsignal.domain.errors import FairsignalError

__all__ = ["main"]


def main() -> None:
    """Entry point of ``fairsignal``."""
    quiet_logs()
    try:
        app()
    except FairsignalError as error:
        print_error(error)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
