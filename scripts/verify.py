"""Check the contracts with one tool: tests, symbolic execution, static analysis, coverage, layout, gas.

    python scripts/verify.py foundry [--profile slow] [--match-path GLOB]
    python scripts/verify.py halmos [--function NAME] | slither | coverage [--match-path GLOB]
    python scripts/verify.py layout [--update] | gas-snapshot [--update]

slither and halmos come from .venv-verify (`make test-slow` sets it up); the rest needs Python and node_modules only.
"""

import argparse
import sys
import time

from verification import coverage, foundry, gas, halmos, layout, slither
from verification.tools import Failed

QUICK_TIMEOUT = 600.0
SLOW_TIMEOUT = 3_600.0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Check the contracts with one tool.")
    commands = parser.add_subparsers(dest="command", required=True)
    tests = commands.add_parser("foundry", help="unit, fuzz and invariant tests")
    tests.add_argument("--profile", default="default", choices=["default", "slow"])
    tests.add_argument("--match-path")
    symbolic = commands.add_parser("halmos", help="symbolic checks")
    symbolic.add_argument("--function")
    commands.add_parser("slither", help="static analysis")
    cover = commands.add_parser("coverage", help="all lines and branches")
    cover.add_argument("--match-path")
    for name, what in (("layout", "storage layout and sizes"), ("gas-snapshot", "gas against the record")):
        commands.add_parser(name, help=what).add_argument("--update", action="store_true")
    return parser.parse_args()


def carry_out(args: argparse.Namespace) -> str:
    match args.command:
        case "foundry":
            timeout = SLOW_TIMEOUT if args.profile == "slow" else QUICK_TIMEOUT
            return foundry.run_tests(args.profile, timeout, args.match_path)
        case "halmos":
            return halmos.check(function=args.function)
        case "slither":
            return slither.check()
        case "coverage":
            return coverage.check(match_path=args.match_path)
        case "layout":
            return layout.check(update=args.update)
        case _:
            return gas.check(update=args.update)


def main() -> None:
    args = arguments()
    started = time.monotonic()
    try:
        closing = carry_out(args)
    except Failed as error:
        sys.exit(f"verify {args.command}: {error}")
    print(f"{closing} ({time.monotonic() - started:.1f} s)")


if __name__ == "__main__":
    main()
