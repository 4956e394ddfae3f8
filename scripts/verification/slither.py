"""Static analysis: no finding of high or medium impact in our contracts.

An accepted finding is marked where it is, with `// slither-disable-next-line <detector>` and the reason.
"""

import json
import shutil
from collections import Counter

from .tools import BUILD, VERIFY_BIN, Failed, run

__all__ = ["check"]

NOT_OURS = r"node_modules|contracts/mocks|tests/"
FAILING = ("High", "Medium")


def check(timeout: float = 600) -> str:
    folder = BUILD / "slither"
    report = folder / "report.json"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    args = [str(VERIFY_BIN / "slither"), ".", "--compile-force-framework", "foundry"]
    args += [
        "--foundry-out-directory",
        "build/slither/out",
        "--foundry-build-info-directory",
        "build/slither/build-info",
    ]
    # Low findings are shown, and judged by the reader; style is the linter's and the reviewer's.
    args += ["--filter-paths", NOT_OURS, "--exclude-informational", "--exclude-optimization"]
    args += ["--fail-medium", "--json", str(report)]
    ran = run(args, profile="slither", timeout=timeout)
    if ran.timed_out:
        raise Failed(f"slither did not finish in {timeout:.0f} s.")
    if not report.exists():
        raise Failed(f"slither analysed nothing (exit code {ran.code}).")
    found = json.loads(report.read_text())
    if not found["success"] or "analyzed (0 contracts" in ran.output:
        raise Failed(f"slither analysed nothing: {found['error']}")
    findings = found["results"].get("detectors", [])
    counts = Counter(finding["impact"] for finding in findings)
    for finding in findings:
        if finding["impact"] in FAILING:
            print(f"{finding['impact']}: {finding['check']}: {finding['description'].splitlines()[0]}")
    serious = sum(counts[impact] for impact in FAILING)
    if serious or ran.code != 0:
        raise Failed(
            f"slither: {serious} findings of high or medium impact (exit code {ran.code}): fix them, or mark them with "
            "`// slither-disable-next-line <detector>` and the reason."
        )
    closing = next((line for line in reversed(ran.output.splitlines()) if "analyzed (" in line), "")
    return f"slither: 0 high, 0 medium, {counts['Low']} low; {closing.removeprefix('INFO:Slither:').strip()}"
