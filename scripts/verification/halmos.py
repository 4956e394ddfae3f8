"""Symbolic execution: every `check_*` function under tests/halmos holds for all inputs."""

import json
import re

from .tools import BUILD, ROOT, VERIFY_BIN, Failed, run

__all__ = ["check"]

# What the solver gets for one assertion; the whole run has `timeout`.
ASSERTION_TIMEOUT = "300s"
DECLARED = re.compile(r"^\s*function\s+(check_\w+)", re.MULTILINE)


def check(timeout: float = 3_000, function: str | None = None) -> str:
    report = BUILD / "halmos" / "report.json"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    solver = f"{VERIFY_BIN / 'python'} {ROOT / 'scripts' / 'verification' / 'solver.py'}"
    args = [str(VERIFY_BIN / "halmos"), "--root", str(ROOT), "--forge-build-out", "build/halmos/out"]
    args += ["--function", function or "check_", "--solver-command", solver]
    args += ["--solver-timeout-assertion", ASSERTION_TIMEOUT, "--solver-threads", "1"]
    args += ["--json-output", str(report), "--no-status"]
    ran = run(args, profile="halmos", timeout=timeout)
    if ran.timed_out:
        raise Failed(f"halmos did not finish in {timeout:.0f} s.")
    if not report.exists():
        raise Failed(f"halmos ran no test (exit code {ran.code}).")
    results = [test for tests in json.loads(report.read_text())["test_results"].values() for test in tests]
    failed = [test["name"] for test in results if test["exitcode"] != 0]
    if failed or ran.code != 0:
        raise Failed(f"halmos: not proved (counterexample, time-out or error): {', '.join(failed) or ran.code}")
    # A path that was cut at a bound is not a proof.
    bounded = [test["name"] for test in results if test.get("num_bounded_loops")]
    if bounded:
        raise Failed(f"halmos: loops were cut in {', '.join(bounded)}: raise the bound with `@custom:halmos --loop N`.")
    declared = sum(len(DECLARED.findall(path.read_text())) for path in (ROOT / "tests" / "halmos").rglob("*.sol"))
    if not results or (function is None and len(results) < declared):
        raise Failed(f"halmos ran {len(results)} of the {declared} checks under tests/halmos.")
    return f"halmos: {len(results)} checks proved for all inputs"
