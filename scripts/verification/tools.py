"""Where the tools are, and how they are run: with a time-out, in a process group of their own."""

import os
import platform
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

__all__ = ["BUILD", "CONTRACTS", "ROOT", "VERIFY_BIN", "Failed", "Ran", "environment", "forge", "our_sources", "run"]

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
VERIFY_BIN = ROOT / ".venv-verify" / "bin"

# The contracts that get deployed.
CONTRACTS = ("ConsentRegistry", "OperatorRegistry", "ProfileRegistry", "SignalMarket", "TestDollar")


class Failed(Exception):
    """A check did not pass; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    output: str
    timed_out: bool


def forge() -> Path:
    """The native binary: npm's launcher exits 0 on failing tests (DESIGN 13)."""
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    name = f"forge-{platform.system().lower()}-{machine}"
    binary = ROOT / "node_modules" / "@foundry-rs" / name / "bin" / "forge"
    if binary.exists():
        return binary
    on_path = shutil.which("forge")
    if on_path is None:
        raise Failed("forge is missing: run `make setup-dev`, or install Foundry (getfoundry.sh).")
    return Path(on_path)


def environment(profile: str, extra: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment with this Foundry profile, forge and the verification tools on the PATH."""
    path = os.pathsep.join([str(forge().parent), str(VERIFY_BIN), os.environ.get("PATH", "")])
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("FOUNDRY_", "DAPP_"))}
    # The compiler shim finds node_modules from here even in a copy of the tree.
    return (
        kept | {"FOUNDRY_PROFILE": profile, "PATH": path, "NO_COLOR": "1", "FAIRSIGNAL_ROOT": str(ROOT)} | dict(extra)
    )


def run(
    args: list[str],
    *,
    profile: str,
    timeout: float,
    cwd: Path = ROOT,
    echo: bool = True,
    env: Mapping[str, str] = MappingProxyType({}),
) -> Ran:
    """Run a command and collect what it prints; `echo` also shows it as it comes."""
    process = subprocess.Popen(
        args,
        cwd=cwd,
        env=environment(profile, env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=timeout)
        timed_out = False
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        timed_out = True
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    if echo:
        sys.stdout.write(output)
        sys.stdout.flush()
    return Ran(process.returncode, output, timed_out)


def our_sources(*folders: str) -> list[Path]:
    """Our .sol files, relative to the root; without interfaces and mocks unless a folder is named."""
    roots = [ROOT / folder for folder in folders] or [ROOT / "contracts"]
    found = sorted(path.relative_to(ROOT) for root in roots for path in root.rglob("*.sol"))
    return [path for path in found if not {"mocks", "interfaces"} & set(path.parts)]
