"""The command line. Errors become one sentence, a remedy and a non-zero exit, in this one place."""

from __future__ import annotations

import sys

from rich.markup import escape

from fairsignal.cli.app import app
from fairsignal.cli.console import errors
from fairsignal.cli.logs import quiet_logs
from fairsignal.domain.errors import FairsignalError

__all__ = ["main"]


def main() -> None:
    """Entry point of ``fairsignal``."""
    quiet_logs()
    try:
        app()
    except FairsignalError as error:
        errors.print("[bold red]error[/]", escape(f"[{error.code}] {error.message}"), soft_wrap=True)
        if error.remedy:
            errors.print("[bold]remedy[/]", escape(error.remedy), soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
