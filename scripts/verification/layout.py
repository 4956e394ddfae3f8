"""Storage layout and runtime size of the deployed contracts against the committed snapshot."""

import json
import re
from typing import Any

from .snapshots import FOLDER, load, save
from .tools import BUILD, CONTRACTS, Failed, forge, run

__all__ = ["check", "compare"]

SNAPSHOT = FOLDER / "layout.json"
LARGEST = 24_576  # EIP-170, bytes
SIZE_TOLERANCE = 0.05
REMEDY = "run `make layout-accept`, read the diff, and say why in the commit."
# `mstore(0x40, 0x80)`; via IR, the compiler may move variables of the stack to memory and begin above them.
FREE_MEMORY_AT_0X80 = re.compile(r"(0x)?(6080806040|60806040)52")
AST_ID = re.compile(r"\)\d+(?=_)")  # t_struct(Campaign)1234_storage: the number changes with any file


def storage(artifact: dict[str, Any]) -> list[str]:
    """`slot:offset bytes type name`, a line a variable; struct members are indented."""
    layout = artifact["storageLayout"]
    types = layout.get("types") or {}

    def lines(variables: list[dict[str, Any]], indent: str) -> list[str]:
        return [
            f"{indent}{item['slot']}:{item['offset']} {types[item['type']]['numberOfBytes']} "
            f"{AST_ID.sub(')', item['type'])} {item['label']}"
            for item in variables
        ]

    structs = [
        text
        for name, kind in sorted(types.items())
        if kind.get("members")
        for text in [f"{AST_ID.sub(')', name)}:", *lines(kind["members"], "  ")]
    ]
    return lines(layout["storage"], "") + structs


def measure(timeout: float) -> dict[str, Any]:
    ran = run([str(forge()), "build"], profile="deployed", timeout=timeout, echo=False)
    if ran.code != 0:
        raise Failed(f"forge build [deployed] failed or took over {timeout:.0f} s:\n{ran.output[-3000:]}")
    found = {}
    for name in CONTRACTS:
        artifact = json.loads((BUILD / "deployed" / "out" / f"{name}.sol" / f"{name}.json").read_text())
        code = artifact["deployedBytecode"]["object"]
        if not FREE_MEMORY_AT_0X80.match(code):
            raise Failed(f"{name}: memory does not begin at 0x80, where ConsentRegistry._fillForm relies on it.")
        found[name] = {"runtime_size": len(code.removeprefix("0x")) // 2, "storage": storage(artifact)}
    return found


def compare(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What is wrong with `now`, one sentence each."""
    wrong = []
    for name, contract in now.items():
        size = contract["runtime_size"]
        if size > LARGEST:
            wrong.append(f"{name} has {size} bytes; a contract may have {LARGEST} (EIP-170).")
        if name not in before:
            wrong.append(f"{name} is not in the snapshot: {REMEDY}")
            continue
        if contract["storage"] != before[name]["storage"]:
            wrong.append(f"{name}: the storage layout changed: {REMEDY}")
        if size > before[name]["runtime_size"] * (1 + SIZE_TOLERANCE):
            wrong.append(f"{name} grew from {before[name]['runtime_size']} to {size} bytes: {REMEDY}")
    wrong += [f"{name} is gone: {REMEDY}" for name in before if name not in now]
    return wrong


def check(update: bool = False, timeout: float = 300) -> str:
    now = measure(timeout)
    for name, contract in now.items():
        print(f"{name:20} {contract['runtime_size']:6} bytes of {LARGEST}")
    if update:
        too_large = [line for line in compare(now, now) if "EIP-170" in line]
        if too_large:
            raise Failed("\n".join(too_large))
        return save(SNAPSHOT, now)
    wrong = compare(load(SNAPSHOT, REMEDY), now)
    if wrong:
        raise Failed("\n".join(wrong))
    return f"layout: storage and sizes of {len(now)} contracts as recorded"
