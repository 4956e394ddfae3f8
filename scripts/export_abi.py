"""Copy the contracts' ABIs from Brownie's build into the package, and into the dApp; of lenses the code as well.

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
TYPESCRIPT = ROOT / "web" / "src" / "generated" / "abi.ts"
DEPLOYMENTS = ROOT / "deployments"
TYPESCRIPT_DEPLOYMENTS = ROOT / "web" / "src" / "generated" / "deployments.ts"
LOCAL_CHAINS = ("31337", "1337")
NOTE = "by `make generate` (scripts/export_abi.py); do not edit."
CONTRACTS = ("ConsentRegistry", "OperatorRegistry", "ProfileRegistry", "SignalMarket", "TestDollar")
LENSES = ("ReleaseLens",)
"""Never deployed: whoever asks them sends their code along. The dApp knows none."""


def abi_text(contract: str) -> str:
    """The ABI of one contract, in a stable order and layout."""
    abi = json.loads((BUILD / f"{contract}.json").read_text("utf-8"))["abi"]
    abi.sort(key=lambda entry: (entry["type"], entry.get("name", ""), json.dumps(entry)))
    return json.dumps(abi, indent=1) + "\n"


def code_text(contract: str) -> str:
    """The code that a contract would have on chain, in hex."""
    document = json.loads((BUILD / f"{contract}.json").read_text("utf-8"))
    return "0x" + str(document["deployedBytecode"]).removeprefix("0x") + "\n"


def abi_typescript(texts: dict[str, str]) -> str:
    """The same ABIs as constants whose types viem reads, so that a misspelt argument does not compile."""
    lines = [f"// Generated from the contracts' ABIs {NOTE}", ""]
    for contract, text in texts.items():
        name = contract[0].lower() + contract[1:] + "Abi"
        lines += [f"export const {name} = {json.dumps(json.loads(text), separators=(',', ':'))} as const;", ""]
    return "\n".join(lines)


def deployments_typescript() -> str:
    """Addresses by chain, of the repository's deployments: on these chains the dApp takes no others."""
    known = {}
    for path in sorted(DEPLOYMENTS.glob("*.json")):
        if path.stem not in LOCAL_CHAINS:
            contracts = json.loads(path.read_text("utf-8"))["contracts"]
            known[path.stem] = {name: entry["address"] for name, entry in contracts.items()}
    return "\n".join(
        [
            f"// Generated from deployments/*.json {NOTE}",
            "",
            "/** Chain id -> contract -> address; local chains are not among them, each has addresses of its own. */",
            "export const KNOWN_DEPLOYMENTS: Readonly<Record<string, Readonly<Record<string, `0x${string}`>>>> = "
            f"{json.dumps(known, indent=2)};",
            "",
        ]
    )


def main(check: bool) -> int:
    missing = [contract for contract in CONTRACTS + LENSES if not (BUILD / f"{contract}.json").exists()]
    if missing:
        print(f"not compiled: {', '.join(missing)}; run scripts/brownie.sh compile")
        return 1
    texts = {contract: abi_text(contract) for contract in CONTRACTS}
    outputs = {TARGET / f"{contract}.json": text for contract, text in texts.items()}
    for lens in LENSES:
        outputs |= {TARGET / f"{lens}.json": abi_text(lens), TARGET / f"{lens}.hex": code_text(lens)}
    outputs[TYPESCRIPT] = abi_typescript(texts)
    outputs[TYPESCRIPT_DEPLOYMENTS] = deployments_typescript()
    stale = [path for path, text in outputs.items() if not path.exists() or path.read_text("utf-8") != text]
    for path in stale:
        if not check:
            path.write_text(outputs[path], "utf-8")
        print(f"{'differs' if check else 'written'}: {path.relative_to(ROOT)}")
    if check and stale:
        print("run `make generate` and commit the result")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
