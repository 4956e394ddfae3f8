// Reads a use log by docs/use-log.md alone, with nothing but Node's own cryptography:
//   node read_use_log.mjs < use-log-v1.json
// -> what it found, as JSON. Throws where something does not fit.
import { createDecipheriv, createHash, hkdfSync } from "node:crypto";
import { readFileSync } from "node:fs";

const given = JSON.parse(readFileSync(0, "utf8"));
const bytes = (hex) => Buffer.from(hex.replace(/^0x/, ""), "hex");
const sha256 = (data) => createHash("sha256").update(data).digest("hex");
const number = (data) => BigInt("0x" + data.toString("hex"));
const check = (holds, what) => {
  if (!holds) throw new Error(what);
};

function open(key, nonce, sealed) {
  const decipher = createDecipheriv("aes-256-gcm", key, nonce);
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
}

function u(length, value) {
  const data = Buffer.alloc(length);
  for (let at = length - 1, rest = BigInt(value); at >= 0; at--, rest >>= 8n) data[at] = Number(rest & 255n);
  return data;
}

const index = JSON.parse(given.index);
check(sha256(given.index) === given.log_digest, "index");
const context = Buffer.concat([
  Buffer.from("fairsignal/use-log/1"),
  u(8, index.chain_id),
  bytes(index.market),
  bytes(index.operator),
  u(5, index.epoch),
]);
const commitment = (kind, key) => "0x" + sha256(Buffer.concat([context, Buffer.from(kind), key]));
const derive = (info, length) => Buffer.from(hkdfSync("sha256", bytes(given.log_key), context, info, length));

check(index.commitments.log === commitment("log", bytes(given.log_key)), "log key");
check(index.commitments.books === commitment("books", derive("books", 32)), "key of the books");

// Every blob by its hash, as IPFS has it.
const blobs = new Map();
for (const group of [given.directories, given.parts])
  for (const hex of Object.values(group).flat()) blobs.set(sha256(bytes(hex)), bytes(hex));

function* partsOf(kind) {
  for (const digest of index.parts[kind]) {
    const table = blobs.get(digest.slice(2));
    check(table, "directory " + digest);
    for (let at = 0; at < table.length; at += 52) {
      const part = blobs.get(table.subarray(at, at + 32).toString("hex"));
      check(part, "part");
      yield { part, first: table.subarray(at + 32, at + 48).toString("hex"), entries: table.readUInt32BE(at + 48) };
    }
  }
}

function* book(kind, letter, size) {
  let count = 0;
  for (const { part, entries } of partsOf(kind)) {
    const plain = open(derive("books", 32), Buffer.concat([Buffer.from(letter), u(11, count++)]), part);
    check(plain.length === entries * size, kind);
    for (let at = 0; at < plain.length; at += size) yield plain.subarray(at, at + size);
  }
}

const subjects = [...book("totals", "t", 32)].map((leaf) => {
  const address = leaf.subarray(0, 20);
  const both = derive(Buffer.concat([Buffer.from("subject"), address]), 48);
  return {
    address: address.toString("hex"),
    key: both.subarray(0, 32).toString("hex"),
    tag: both.subarray(32).toString("hex"),
    total: String(number(leaf.subarray(20))),
    uses: [],
  };
});
const byTag = new Map(subjects.map((subject) => [subject.tag, subject]));

let last = "";
for (const { part, first, entries } of partsOf("uses")) {
  check(part.subarray(0, 16).toString("hex") === first, "first tag");
  let records = 0;
  for (let at = 0; at < part.length; ) {
    const tag = part.subarray(at, at + 16).toString("hex");
    const sealed = part.subarray(at + 20, at + 20 + part.readUInt32BE(at + 16));
    const subject = byTag.get(tag);
    check(subject && tag > last, "tags");
    const plain = open(bytes(subject.key), u(12, 0), sealed);
    check(String(number(plain.subarray(0, 12))) === subject.total, "running total");
    for (let from = 12; from < plain.length; from += 24, records++) {
      const record = plain.subarray(from, from + 24);
      const id = record.subarray(0, 16).toString("hex");
      subject.uses.push([id, record.readUInt16BE(16), record[18], Number(number(record.subarray(19)))]);
    }
    at += 20 + sealed.length;
    last = tag;
  }
  check(records === entries, "records");
}

const days = [...book("days", "d", 24)].map((day) => [
  day.subarray(0, 20).toString("hex"),
  day[20],
  day.readUInt16BE(22),
]);
const previous = open(derive("previous", 32), u(12, 0), bytes(index.previous_books)).toString("hex");
const debits = index.campaigns.map(([id, debit]) => id.slice(2, 42) + u(12, debit).toString("hex")).join("");
console.log(JSON.stringify({ context: context.toString("hex"), subjects, days, previous_books_key: previous, debits }));
