// The same four events' contracts as the product's indexer, up to the same block. All that differs comes by environment.
import { readFileSync } from "node:fs";
import { createConfig } from "ponder";

const deployment = JSON.parse(readFileSync(process.env.BENCH_DEPLOYMENT!, "utf8"));
const abi = (name: string) => JSON.parse(readFileSync(`${process.env.BENCH_ABI}/${name}.json`, "utf8"));
const contract = (name: string) => ({
  chain: "local" as const,
  abi: abi(name),
  address: deployment.contracts[name].address,
  startBlock: Number(process.env.BENCH_FIRST),
  endBlock: Number(process.env.BENCH_LAST),
});

export default createConfig({
  database: { kind: "postgres", connectionString: process.env.BENCH_DATABASE! },
  chains: {
    // No limit of requests a second: the node is on this machine.
    local: { id: deployment.chain_id, rpc: process.env.BENCH_RPC!, maxRequestsPerSecond: 10_000 },
  },
  contracts: {
    ConsentRegistry: contract("ConsentRegistry"),
    ProfileRegistry: contract("ProfileRegistry"),
    SignalMarket: contract("SignalMarket"),
  },
});
