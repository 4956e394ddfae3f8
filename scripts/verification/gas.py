"""`bench/results/gas.json`, as `make gas` measured it, against the committed snapshot."""

from typing import Any

from .snapshots import FOLDER, load, save
from .tools import ROOT, Failed

__all__ = ["check", "compare", "metrics"]

MEASURED = ROOT / "bench" / "results" / "gas.json"
SNAPSHOT = FOLDER / "gas.json"
# Signatures and addresses differ from run to run, and a zero byte of calldata is cheaper than another.
TOLERANCE = 0.005
REMEDY = "run `make gas-accept` and say why in the commit."


def metrics(report: dict[str, Any]) -> dict[str, float]:
    """Gas by operation: the `metrics` object where there is one, else every number at the top."""
    found = report.get("metrics", report)
    return {
        str(name): value
        for name, value in sorted(found.items())
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def compare(before: dict[str, float], now: dict[str, float]) -> list[str]:
    """What is wrong with `now`, one sentence each."""
    wrong = [f"{name} is no longer measured: {REMEDY}" for name in before if name not in now]
    wrong += [f"{name} is not in the snapshot: {REMEDY}" for name in now if name not in before]
    wrong += [
        f"{name}: unexplained rise from {before[name]} to {now[name]} gas: {REMEDY}"
        for name in sorted(before.keys() & now.keys())
        if now[name] > before[name] * (1 + TOLERANCE)
    ]
    return wrong


def check(update: bool = False) -> str:
    now = metrics(load(MEASURED, "run `make gas`."))
    if not now:
        raise Failed(f"{MEASURED.relative_to(ROOT)} holds no number: run `make gas`.")
    if update:
        return save(SNAPSHOT, now)
    before = load(SNAPSHOT, REMEDY)
    wrong = compare(before, now)
    if wrong:
        raise Failed("\n".join(wrong))
    fell = [name for name in now if now[name] < before[name] * (1 - TOLERANCE)]
    if fell:
        print(f"cheaper than recorded, worth a `make gas-accept`: {', '.join(fell)}")
    return f"gas snapshot: {len(now)} operations, none above its record by more than {TOLERANCE:.1%}"
