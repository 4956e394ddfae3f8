"""Unit, fuzz and invariant tests in Solidity."""

import re

from .tools import Failed, forge, run

__all__ = ["closing_counts", "run_tests"]

CLOSING = re.compile(r"Ran \d+ test suites? in .*: (\d+) tests passed, (\d+) failed, (\d+) skipped")


def closing_counts(output: str) -> tuple[int, int, int]:
    """(passed, failed, skipped) of forge's closing line; zeros when it ran nothing, for which forge itself exits 0."""
    found = CLOSING.findall(output)
    return (int(found[-1][0]), int(found[-1][1]), int(found[-1][2])) if found else (0, 0, 0)


def run_tests(profile: str, timeout: float, match_path: str | None = None) -> str:
    args = [str(forge()), "test"]
    if match_path:
        args += ["--match-path", match_path]
    ran = run(args, profile=profile, timeout=timeout)
    if ran.timed_out:
        raise Failed(f"forge test [{profile}] did not finish in {timeout:.0f} s.")
    passed, failed, skipped = closing_counts(ran.output)
    if ran.code != 0 or failed:
        raise Failed(f"forge test [{profile}] failed with exit code {ran.code} ({failed} failed).")
    if passed == 0:
        raise Failed(f"forge test [{profile}] ran no test: tests/foundry is empty or --match-path matches nothing.")
    if skipped:
        raise Failed(f"forge test [{profile}] skipped {skipped} tests: run them or delete them.")
    return f"forge test [{profile}]: {passed} tests passed"
