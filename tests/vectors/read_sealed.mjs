// A second implementation of docs/sealed-format.md, for reading: only Node's own crypto, and secp256k1 in BigInt.
// Usage: node read_sealed.mjs <vector.json> ... ; prints one JSON line per vector, exits 1 at the first mismatch.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createDecipheriv, createHash, createHmac, createPrivateKey, createPublicKey, diffieHellman, hkdfSync } from 'node:crypto';

const hex = (text) => Buffer.from(text, 'hex');
const ascii = (text) => Buffer.from(text, 'ascii');
const sha256 = (data) => createHash('sha256').update(data).digest();
const hmac = (key, data) => createHmac('sha256', key).update(data).digest();
const int = (bytes) => BigInt('0x' + bytes.toString('hex'));

function openGcm(key, nonce, sealed, aad) {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce);
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
}

// --- secp256k1 ---
const p = 2n ** 256n - 2n ** 32n - 977n;
const q = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const G = [
  0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n,
  0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n,
];
const mod = (a, m) => ((a % m) + m) % m;
function power(base, exponent, m) {
  let result = 1n;
  for (base = mod(base, m); exponent; exponent >>= 1n, base = (base * base) % m) if (exponent & 1n) result = (result * base) % m;
  return result;
}
const inverse = (a, m) => power(a, m - 2n, m);
function add(a, b) {
  if (!a || !b) return a ?? b;
  if (a[0] === b[0] && mod(a[1] + b[1], p) === 0n) return null;
  const slope = a[0] === b[0] ? 3n * a[0] * a[0] * inverse(2n * a[1], p) : (b[1] - a[1]) * inverse(b[0] - a[0], p);
  const x = mod(slope * slope - a[0] - b[0], p);
  return [x, mod(slope * (a[0] - x) - a[1], p)];
}
function multiply(k, point) {
  let sum = null;
  for (; k; k >>= 1n, point = add(point, point)) if (k & 1n) sum = add(sum, point);
  return sum;
}
function decompress(bytes) {
  const x = int(bytes.subarray(1));
  const y = power(x ** 3n + 7n, (p + 1n) / 4n, p);
  assert.equal(mod(y * y - x ** 3n - 7n, p), 0n, 'not a point');
  return [x, (y & 1n) === BigInt(bytes[0] & 1) ? y : p - y];
}

// --- HPKE (RFC 9180, base mode) ---
const KEM = Buffer.concat([ascii('KEM'), hex('0020')]);
const SUITE = Buffer.concat([ascii('HPKE'), hex('002000010002')]);
const PKCS8 = hex('302e020100300506032b656e04220420');
const SPKI = hex('302a300506032b656e032100');
const extract = (suite, salt, label, ikm) => hmac(salt, Buffer.concat([ascii('HPKE-v1'), suite, ascii(label), ikm]));
const expand = (suite, prk, label, info, length) =>
  hmac(prk, Buffer.concat([Buffer.from([length >> 8, length & 255]), ascii('HPKE-v1'), suite, ascii(label), info, Buffer.from([1])])).subarray(0, length);
function openHpke(message, privateBytes, info) {
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8, privateBytes]), format: 'der', type: 'pkcs8' });
  const own = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32);
  const enc = message.subarray(0, 32);
  const publicKey = createPublicKey({ key: Buffer.concat([SPKI, enc]), format: 'der', type: 'spki' });
  const none = Buffer.alloc(0);
  const zeros = Buffer.alloc(32);
  const eae = extract(KEM, zeros, 'eae_prk', diffieHellman({ privateKey, publicKey }));
  const shared = expand(KEM, eae, 'shared_secret', Buffer.concat([enc, own]), 32);
  const context = Buffer.concat([Buffer.from([0]), extract(SUITE, zeros, 'psk_id_hash', none), extract(SUITE, zeros, 'info_hash', info)]);
  const secret = extract(SUITE, shared, 'secret', none);
  return openGcm(expand(SUITE, secret, 'key', context, 32), expand(SUITE, secret, 'base_nonce', context, 12), message.subarray(32), none);
}

// --- the format ---
const INTENTS = [null, 'exploring', 'comparing', 'ready', 'owns', 'none'];
function readRecord(category, record) {
  if (record.every((byte) => byte === 0)) return null;
  assert.equal(record[0], 1);
  assert(record.subarray(22).every((byte) => byte === 0));
  return {
    category,
    score: record.readUInt16BE(1) / 65535,
    evidence: record.readUInt16BE(3),
    first_seen: record.readUInt32BE(5) * 86400,
    last_seen: record.readUInt32BE(9) * 86400,
    intent: INTENTS[record[13]],
    language: record.subarray(14, 22).toString('ascii').replace(/\0+$/, ''),
  };
}
function readManifest(manifest) {
  assert.equal(manifest.subarray(0, 4).toString('ascii'), 'FSIG');
  const [format, t, n, slots] = manifest.subarray(4, 8);
  assert.deepEqual([format, slots], [1, 48]);
  const size = 124 + 33 * t;
  assert.equal(manifest.length, 112 + 48 * size + 1584);
  const end = 112 + 48 * size;
  return {
    t,
    n,
    header: manifest.subarray(0, 112),
    slots: Array.from({ length: 48 }, (_, c) => {
      const slot = manifest.subarray(112 + c * size, 112 + (c + 1) * size);
      const points = Array.from({ length: t }, (_, j) => decompress(slot.subarray(124 + 33 * j, 157 + 33 * j)));
      return { nonce: slot.subarray(0, 12), ciphertext: slot.subarray(12, 124), points };
    }),
    bodyHash: sha256(manifest.subarray(0, end)),
    copy: manifest.subarray(end),
    digest: sha256(manifest),
  };
}
function openSlot(parsed, category, secret) {
  const context = Buffer.concat([ascii('fairsignal/slot/v1'), parsed.header, Buffer.from([category])]);
  const key = Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), context, 32));
  const { nonce, ciphertext } = parsed.slots[category];
  return readRecord(category, openGcm(key, nonce, ciphertext, context));
}
function fits(points, index, share) {
  let expected = null;
  points.forEach((point, j) => (expected = add(expected, multiply(BigInt(index) ** BigInt(j), point))));
  return assert.deepEqual(multiply(int(share), G), expected, `share ${index} does not fit`);
}
function combine(shares) {
  let secret = 0n;
  for (const [i, share] of shares) {
    let factor = int(share);
    for (const [k] of shares) if (k !== i) factor = mod(factor * BigInt(k) * inverse(BigInt(k) - BigInt(i), q), q);
    secret = mod(secret + factor, q);
  }
  return hex(secret.toString(16).padStart(64, '0'));
}
const pieces = (plain) => Array.from({ length: 48 }, (_, c) => plain.subarray(32 * c, 32 * c + 32));

for (const path of process.argv.slice(2)) {
  const vector = JSON.parse(readFileSync(path, 'utf8'));
  const parsed = readManifest(hex(vector.manifest));
  assert.equal(parsed.digest.toString('hex'), vector.digest);

  const copyInfo = Buffer.concat([ascii('fairsignal/subject/v1'), parsed.bodyHash]);
  const secrets = pieces(openHpke(parsed.copy, hex(vector.subject_private_key), copyInfo));
  const signals = secrets.map((secret, c) => openSlot(parsed, c, secret)).filter(Boolean);

  const { campaign, category, messages, advertiser_private_key: advertiser } = vector.release;
  fits(parsed.slots[category].points.slice(0, 1), 1, secrets[category]);
  const released = messages.map((message, k) => {
    const tail = Buffer.from([category, k + 1]);
    const info = Buffer.concat([ascii('fairsignal/share/v1'), parsed.digest, hex(campaign), tail]);
    const share = openHpke(hex(message), hex(advertiser), info);
    fits(parsed.slots[category].points, k + 1, share);
    return [k + 1, share];
  });
  for (const quorum of [released.slice(0, parsed.t), released.slice(-parsed.t)]) {
    assert.deepEqual(openSlot(parsed, category, combine(quorum)), openSlot(parsed, category, secrets[category]));
  }

  vector.deposits.forEach((deposit, k) => {
    const info = Buffer.concat([ascii('fairsignal/deposit/v1'), parsed.header, parsed.digest, Buffer.from([k + 1])]);
    const shares = pieces(openHpke(hex(deposit), hex(vector.keeper_private_keys[k]), info));
    assert.deepEqual(shares.map((share) => share.toString('hex')), vector.shares[k]);
  });
  console.log(JSON.stringify({ t: parsed.t, n: parsed.n, signals }));
}
