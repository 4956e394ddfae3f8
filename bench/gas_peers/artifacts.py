"""Compiled contracts: the peers' own artifacts from npm, and ours built by forge with the product's settings."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PACKAGES = HERE / "node_modules"
OUT = ROOT / "build" / "gas_peers" / "out"
BUILD_SECONDS = 300


class PeersMissing(Exception):
    """The peers' packages or tools are not installed; says how to."""


@dataclass(frozen=True)
class Artifact:
    name: str
    abi: list[dict[str, Any]]
    creation: str
    runtime: str
    # Where library addresses go: file -> library -> [{start, length}], offsets in bytes.
    links: Mapping[str, Mapping[str, list[dict[str, int]]]]
    runtime_links: Mapping[str, Mapping[str, list[dict[str, int]]]]


def packaged(package: str, path: str) -> Artifact:
    """An artifact that the peer published: Hardhat's layout, or Waffle's (Uniswap)."""
    file = PACKAGES / package / path
    if not file.exists():
        raise PeersMissing(f"{package} is not installed: run `npm ci` in {HERE.relative_to(ROOT)}.")
    return parse(file)


def compile_own() -> None:
    """Build contracts/ with forge; takes seconds, and nothing when nothing changed."""
    forge_build(HERE, "default")


def forge_build(folder: Path, profile: str) -> None:
    """Build the contracts of a folder with its foundry.toml; paths in there are relative to where forge runs."""
    built = subprocess.run(
        [native("forge"), "build", "--quiet"],
        cwd=folder,
        env={**os.environ, "FOUNDRY_PROFILE": profile},
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    if built.returncode != 0:
        raise PeersMissing(f"forge could not build {folder} ({profile}):\n{built.stdout}{built.stderr}")


def own(name: str) -> Artifact:
    return parse(OUT / f"{name}.sol" / f"{name}.json")


def native(tool: str) -> str:
    """The native binary: npm's launchers swallow exit codes and outlive a kill (DESIGN 13)."""
    for path in ROOT.glob(f"node_modules/@foundry-rs/{tool}-*/bin/{tool}"):
        return str(path)
    found = shutil.which(tool)
    if found is None:
        raise PeersMissing(f"{tool} is missing: run `python3 scripts/setup.py node`.")
    return found


def link(code: str, links: Mapping[str, Mapping[str, list[dict[str, int]]]], libraries: Mapping[str, str]) -> str:
    digits = code.removeprefix("0x")
    for in_file in links.values():
        for library, places in in_file.items():
            address = libraries[library].removeprefix("0x").lower()
            for place in places:
                start = 2 * place["start"]
                digits = digits[:start] + address + digits[start + 40 :]
    return "0x" + digits


def parse(file: Path) -> Artifact:
    document = json.loads(file.read_text())
    compiled = document.get("evm", document)
    creation, runtime = compiled["bytecode"], compiled["deployedBytecode"]
    if isinstance(creation, dict):
        return Artifact(
            file.stem,
            document["abi"],
            creation["object"],
            runtime["object"],
            creation.get("linkReferences", {}),
            runtime.get("linkReferences", {}),
        )
    return Artifact(
        file.stem,
        document["abi"],
        creation,
        runtime,
        document.get("linkReferences", {}),
        document.get("deployedLinkReferences", {}),
    )
