"""Write the API's OpenAPI document and the dApp's typed client from it.

    python scripts/export_openapi.py            # rewrite what differs
    python scripts/export_openapi.py --check    # exit 1 when something differs (CI)

Needs .venv and the dApp's npm packages (`make setup-dev`).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, cast

from fairsignal.api.app import create_app
from fairsignal.config import Settings

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
DOCUMENT = WEB / "src" / "generated" / "openapi.json"
CLIENT = WEB / "src" / "generated" / "api.ts"
TIMEOUT = 120
"""Seconds for openapi-typescript."""


def document_text() -> str:
    """The document as the server gives it out; no backend is needed for that."""
    app = create_app(cast(Any, None), Settings())
    return json.dumps(app.openapi(), indent=1, ensure_ascii=False) + "\n"


def client_text(document: str) -> str:
    """TypeScript types of every route, by openapi-typescript."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "openapi.json"), Path(folder, "api.ts")
        source.write_text(document, "utf-8")
        command = [WEB / "node_modules" / ".bin" / "openapi-typescript", source, "--output", target, "--immutable"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=TIMEOUT)
        return target.read_text("utf-8")


def main(check: bool) -> int:
    document = document_text()
    outputs = {DOCUMENT: document, CLIENT: client_text(document)}
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
