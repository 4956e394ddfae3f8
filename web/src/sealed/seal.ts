import { INTERESTS } from '../generated/categories.ts';
import { concat, randomBytes, sha256, type Bytes } from './bytes.ts';
import { subjectInfo } from './contexts.ts';
import { sealDeposit } from './deposit.ts';
import { BadInput } from './errors.ts';
import { cidOf, encodeBody, encodeHeader, NONCE_BYTES, SLOTS, type SealContext, type Slot } from './format.ts';
import { sealMessage } from './hpke.ts';
import { encodeRecord, type Signal } from './record.ts';
import { commit, randomPolynomial, shareOf, type Polynomial } from './shamir.ts';
import { encryptRecord } from './slot.ts';

export interface Sealing {
  readonly context: SealContext;
  /** Of the model that extracted the signals. */
  readonly modelId: string;
  /** How many keepers open a category together. */
  readonly threshold: number;
  /** The subject's X25519 public key. */
  readonly subjectKey: Bytes;
  /** The keepers' X25519 public keys, in the order of their share indices 1..n. */
  readonly keeperKeys: readonly Bytes[];
  readonly signals: readonly Signal[];
}

/** What sealing draws at random for one slot. Never used twice. */
export interface SlotDraw {
  /** t coefficients; the first is the slot's secret. */
  readonly polynomial: Polynomial;
  /** 12 bytes. */
  readonly nonce: Bytes;
}

export interface SealedProfile {
  /** Public: goes to IPFS. */
  readonly manifest: Bytes;
  /** Its SHA-256, attested on chain. */
  readonly digest: Bytes;
  readonly cid: string;
  /** Of the keepers 1..n; each goes to its keeper alone and is never published. */
  readonly deposits: readonly Bytes[];
}

/** Seal a profile with fresh secrets. Throws BadInput, before anything is drawn, for a profile that cannot be sealed. */
export async function seal(sealing: Sealing): Promise<SealedProfile> {
  const { context, modelId, threshold, subjectKey, keeperKeys } = sealing;
  const modelDigest = await sha256(new TextEncoder().encode(modelId));
  const headerBytes = encodeHeader({ ...context, threshold, keepers: keeperKeys.length, modelDigest });
  const filled = recordsOf(sealing.signals).map((record) => ({ record, draw: drawSlot(threshold) }));
  const slots = await Promise.all(
    filled.map(({ record, draw }, category) => sealSlot(headerBytes, category, record, draw)),
  );
  const body = encodeBody(headerBytes, slots);
  const secrets = concat(...filled.map(({ draw }) => draw.polynomial[0]));
  const copy = await sealMessage(secrets, subjectKey, subjectInfo(await sha256(body)));
  const manifest = concat(body, copy);
  const digest = await sha256(manifest);
  const deposits = await Promise.all(
    keeperKeys.map((key, k) => {
      const index = k + 1;
      const shares = filled.map(({ draw }) => shareOf(draw.polynomial, index));
      return sealDeposit(shares, key, headerBytes, digest, index);
    }),
  );
  return { manifest, digest, cid: cidOf(digest), deposits };
}

/** The records of all 48 slots, most of them empty. Throws BadInput for an unknown or repeated category. */
function recordsOf(signals: readonly Signal[]): Bytes[] {
  const byBit = new Map<number, Signal>();
  for (const signal of signals) {
    const bit = INTERESTS.find(({ slug }) => slug === signal.slug)?.bit;
    if (bit === undefined) throw new BadInput('unknown-category', `There is no category ${signal.slug}.`);
    if (byBit.has(bit)) throw new BadInput('bad-signal', `The profile has two signals for ${signal.slug}.`);
    byBit.set(bit, signal);
  }
  return Array.from({ length: SLOTS }, (_, bit) => encodeRecord(byBit.get(bit)));
}

const drawSlot = (threshold: number): SlotDraw => ({
  polynomial: randomPolynomial(threshold),
  nonce: randomBytes(NONCE_BYTES),
});

/** The slot of a category bit, determined by what was drawn for it. */
export async function sealSlot(headerBytes: Bytes, category: number, record: Bytes, draw: SlotDraw): Promise<Slot> {
  const { polynomial, nonce } = draw;
  const ciphertext = await encryptRecord(record, polynomial[0], nonce, headerBytes, category);
  return { nonce, ciphertext, commitments: commit(polynomial) };
}
