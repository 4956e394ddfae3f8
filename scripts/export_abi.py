"""Copy the contracts' ABIs from Brownie's build into the package.

    python scripts/export_abi.py            # rewrite what differs
    python scripts/export_abi.py --check    # exit 1 when something differs (CI)

Run `scripts/brownie.sh compile` before. Standard library only.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "contracts"
TARGET = ROOT / "backend" / "fairsignal" / "adapters" / "chain" / "abi"
CONTRACTS = ("ConsentRegistry", "OperatorRegistry", "ProfileRegistry", "SignalMarket", "TestDollar")


def abi_text(contract: str) -> str:
    """The ABI of one contract, in a stable order and layout."""
    abi = json.loads((BUILD / f"{contract}.json").read_text("utf-8"))["abi"]
    abi.sort(key=lambda entry: (entry["type"], entry.get("name", ""), json.dumps(entry)))
    return json.dumps(abi, indent=1) + "\n"


def main(check: bool) -> int:
    missing = [contract for contract in CONTRACTS if not (BUILD / f"{contract}.json").exists()]
    if missing:
        print(f"not compiled: {', '.join(missing)}; run scripts/brownie.sh compile")
        return 1
    stale = []
    for contract in CONTRACTS:
        path, text = TARGET / f"{contract}.json", abi_text(contract)
        if path.exists() and path.read_text("utf-8") == text:
            continue
        stale.append(contract)
        if not check:
            path.write_text(text, "utf-8")
    for contract in stale:
        print(f"{'differs' if check else 'written'}: {contract}")
    if check and stale:
        print("run `make generate` and commit the result")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
