"""A whole Fairsignal for the browser tests, until standard input ends: one line of JSON says where it is."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from fairsignal.cli.local_stack import local_stack


async def main() -> None:
    with tempfile.TemporaryDirectory(prefix="fairsignal-web-") as folder:
        # One keeper: browser tests are about the page, tests/keepers_e2e about keepers.
        async with local_stack(Path(folder), keepers=1, threshold=1) as stack:
            deployment = json.loads(stack.chain.deployment.read_text("utf-8"))
            said = {"url": stack.url, "rpc": stack.chain.rpc_url, "operator": stack.operator.address}
            print(json.dumps({**said, "deployment": deployment}), flush=True)
            await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
