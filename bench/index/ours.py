"""The product's indexer, from an empty migrated database to the last final block.

    python -m bench.index.ours RPC_URL DEPLOYMENT DATABASE_URL LAST_BLOCK

Prints the seconds that it took as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import timedelta
from pathlib import Path

from fairsignal.adapters.chain import connect, load_deployment
from fairsignal.adapters.chain.event_source import RpcEventSource
from fairsignal.adapters.db import open_engine
from fairsignal.adapters.db.leases import DatabaseLease
from fairsignal.adapters.db.projection import SqlProjection
from fairsignal.indexer.follow import Follower


async def main() -> None:
    rpc_url, deployment_file, url, last = sys.argv[1:]
    deployment = load_deployment(Path(deployment_file))
    rpc = await connect(rpc_url, deployment.chain_id, deployment.addresses, seconds=60)
    engine = open_engine(url)
    lease = DatabaseLease(engine, "indexer", "bench", timedelta(seconds=60))
    await lease.hold()
    follower = Follower(RpcEventSource(rpc, deployment), SqlProjection(engine, lease))
    started = time.perf_counter()
    progress = await follower.step()
    seconds = time.perf_counter() - started
    if progress.block < int(last):
        raise SystemExit(f"reached block {progress.block} instead of {last}")
    await rpc.close()
    await engine.dispose()
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    asyncio.run(main())
