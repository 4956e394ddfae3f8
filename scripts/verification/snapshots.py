"""Reading and writing the committed snapshots."""

import json
from pathlib import Path
from typing import Any

from .tools import ROOT, Failed

__all__ = ["FOLDER", "load", "save"]

FOLDER = ROOT / "tests" / "foundry" / "snapshots"


def load(path: Path, remedy: str) -> Any:
    if not path.exists():
        raise Failed(f"{path.relative_to(ROOT)} is missing: {remedy}")
    return json.loads(path.read_text())


def save(path: Path, content: object) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n")
    return f"wrote {path.relative_to(ROOT)}"
