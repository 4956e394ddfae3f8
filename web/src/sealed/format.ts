// The manifest's layout: docs/sealed-format.md, "Manifest". Nothing here touches a key.
import { base32nopad } from '@scure/base';

import { ascii, concat, equal, fromHex, pieces, sha256, toHex, viewOf, type Bytes } from './bytes.ts';
import { BadInput, IntegrityError } from './errors.ts';

export const SLOTS = 48;
export const MAX_KEEPERS = 64;
export const SCALAR_BYTES = 32;
export const POINT_BYTES = 33;
export const NONCE_BYTES = 12;
export const RECORD_BYTES = 96;
export const HEADER_BYTES = 112;

const FORMAT = 1;
const MAGIC = ascii('FSIG');
const CIPHERTEXT_BYTES = RECORD_BYTES + 16;
const HPKE_OVERHEAD = 32 + 16;
const COPY_BYTES = SLOTS * SCALAR_BYTES + HPKE_OVERHEAD;
/** CIDv1, raw, SHA-256 of 32 bytes: a manifest is one IPFS block. */
const CID_PREFIX = Uint8Array.of(0x01, 0x55, 0x12, 0x20);

/** An address as 0x and 40 hex digits; readers give it in lower case. */
export type Address = `0x${string}`;

/** Whose profile it is, and where its hash is attested. */
export interface SealContext {
  readonly chainId: bigint;
  /** The ProfileRegistry. */
  readonly registry: Address;
  readonly operator: Address;
  readonly subject: Address;
  /** Version of the profile, 1 and up. */
  readonly version: number;
}

export interface Header extends SealContext {
  /** How many keepers open a category together. */
  readonly threshold: number;
  readonly keepers: number;
  /** SHA-256 of the UTF-8 id of the model that extracted the signals. */
  readonly modelDigest: Bytes;
}

/** One category's record: ciphertext with tag, and the commitments to its secret's polynomial. */
export interface Slot {
  readonly nonce: Bytes;
  readonly ciphertext: Bytes;
  readonly commitments: readonly Bytes[];
}

export interface Manifest {
  readonly header: Header;
  readonly headerBytes: Bytes;
  /** By category bit. */
  readonly slots: readonly Slot[];
  readonly subjectCopy: Bytes;
  /** SHA-256 of all that precedes the subject's copy. */
  readonly bodyDigest: Bytes;
  /** SHA-256 of the whole, as attested on chain. */
  readonly digest: Bytes;
}

const slotBytes = (threshold: number): number => NONCE_BYTES + CIPHERTEXT_BYTES + POINT_BYTES * threshold;

const possible = (threshold: number, keepers: number): boolean =>
  Number.isInteger(threshold) &&
  Number.isInteger(keepers) &&
  1 <= threshold &&
  threshold <= keepers &&
  keepers <= MAX_KEEPERS;

function addressBytes(address: Address): Bytes {
  if (!/^0x[0-9a-fA-F]{40}$/.test(address)) {
    throw new BadInput('bad-context', 'Registry, operator and subject are 20-byte addresses.');
  }
  return fromHex(address.slice(2));
}

/** The 112 bytes of a header. Throws BadInput for what has no place in them. */
export function encodeHeader(header: Header): Bytes {
  const { chainId, version, threshold, keepers } = header;
  if (!possible(threshold, keepers)) {
    throw new BadInput(
      'bad-threshold',
      `The threshold lies between 1 and the number of keepers, which is at most ${MAX_KEEPERS}.`,
    );
  }
  if (chainId < 1n || chainId >= 1n << 64n || !Number.isInteger(version) || version < 1 || version >= 2 ** 32) {
    throw new BadInput('bad-context', "The chain id or the profile's version is out of range.");
  }
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = viewOf(bytes);
  bytes.set(MAGIC, 0);
  bytes.set([FORMAT, threshold, keepers, SLOTS], 4);
  view.setBigUint64(8, chainId);
  bytes.set(addressBytes(header.registry), 16);
  bytes.set(addressBytes(header.operator), 36);
  bytes.set(addressBytes(header.subject), 56);
  view.setUint32(76, version);
  bytes.set(header.modelDigest, 80);
  return bytes;
}

/** Read the first 112 bytes. Throws BadInput for another magic, format, number of slots, or an impossible t of n. */
export function readHeader(manifest: Bytes): Header {
  if (manifest.length < HEADER_BYTES || !equal(manifest.slice(0, 4), MAGIC)) {
    throw new BadInput('not-a-sealed-profile', 'This is not a sealed profile.', 'Check the CID.');
  }
  const view = viewOf(manifest);
  const [format, threshold, keepers, slots] = [4, 5, 6, 7].map((offset) => view.getUint8(offset)) as Four;
  if (format !== FORMAT || slots !== SLOTS) {
    throw new BadInput(
      'unknown-format',
      `This sealed profile has format ${format} with ${slots} slots, known is format ${FORMAT} with ${SLOTS}.`,
      'Use a newer version of this software.',
    );
  }
  if (!possible(threshold, keepers)) {
    throw new BadInput('bad-threshold', 'This sealed profile names an impossible threshold.');
  }
  const address = (offset: number): Address => `0x${toHex(manifest.slice(offset, offset + 20))}`;
  return {
    threshold,
    keepers,
    chainId: view.getBigUint64(8),
    registry: address(16),
    operator: address(36),
    subject: address(56),
    version: view.getUint32(76),
    modelDigest: manifest.slice(80, HEADER_BYTES),
  };
}
type Four = [number, number, number, number];

/**
 * Take a manifest apart. With `digest`, the hash attested on chain, anything but the attested bytes is refused.
 * Throws IntegrityError for another hash, BadInput for another format or length.
 */
export async function parseManifest(manifest: Bytes, digest?: Bytes): Promise<Manifest> {
  const bytes = manifest.slice(); // what was hashed stays what is read, whatever the caller does with its buffer
  const found = await sha256(bytes);
  if (digest !== undefined && !equal(found, digest)) {
    throw new IntegrityError(
      'manifest-mismatch',
      'The sealed profile is not the one attested on chain.',
      'Fetch it from another store.',
    );
  }
  const header = readHeader(bytes);
  const size = slotBytes(header.threshold);
  const end = HEADER_BYTES + SLOTS * size;
  if (bytes.length !== end + COPY_BYTES) {
    throw new BadInput('not-a-sealed-profile', 'This sealed profile has the wrong length.', 'Fetch it again.');
  }
  return {
    header,
    headerBytes: bytes.slice(0, HEADER_BYTES),
    slots: pieces(bytes.slice(HEADER_BYTES, end), size).map(readSlot),
    subjectCopy: bytes.slice(end),
    bodyDigest: await sha256(bytes.slice(0, end)),
    digest: found,
  };
}

function readSlot(slot: Bytes): Slot {
  const points = NONCE_BYTES + CIPHERTEXT_BYTES;
  return {
    nonce: slot.slice(0, NONCE_BYTES),
    ciphertext: slot.slice(NONCE_BYTES, points),
    commitments: pieces(slot.slice(points), POINT_BYTES),
  };
}

/** Header and slots: what precedes the subject's copy. */
export function encodeBody(headerBytes: Bytes, slots: readonly Slot[]): Bytes {
  return concat(headerBytes, ...slots.flatMap((slot) => [slot.nonce, slot.ciphertext, ...slot.commitments]));
}

/** The slot of a category bit. Throws BadInput when no category has it. */
export function slotOf(manifest: Manifest, category: number): Slot {
  const slot = manifest.slots[category];
  if (slot === undefined) {
    throw new BadInput('unknown-category', `Category bits with a slot are 0..${SLOTS - 1}.`);
  }
  return slot;
}

/** IPFS address of the manifest with this SHA-256. */
export const cidOf = (digest: Bytes): string => `b${base32nopad.encode(concat(CID_PREFIX, digest)).toLowerCase()}`;
