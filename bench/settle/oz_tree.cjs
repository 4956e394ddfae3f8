// The same leaves with npm @openzeppelin/merkle-tree: node oz_tree.cjs LEAVES.bin -> seconds, peak of memory, root
const { StandardMerkleTree } = require("@openzeppelin/merkle-tree");
const { readFileSync } = require("node:fs");

const packed = readFileSync(process.argv[2]);
const values = [];
for (let at = 0; at < packed.length; at += 32)
  values.push([
    "0x" + packed.subarray(at, at + 20).toString("hex"),
    BigInt("0x" + packed.subarray(at + 20, at + 32).toString("hex")).toString(),
  ]);
const started = process.hrtime.bigint();
const tree = StandardMerkleTree.of(values, ["address", "uint256"]);
const seconds = Number(process.hrtime.bigint() - started) / 1e9;
console.log(
  JSON.stringify({ tree_s: seconds, root: tree.root.slice(2), peak_mb: process.resourceUsage().maxRSS / 1024 }),
);
