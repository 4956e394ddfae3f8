import { pieces, type Bytes } from './bytes.ts';
import { subjectInfo } from './contexts.ts';
import { IntegrityError } from './errors.ts';
import { SCALAR_BYTES, slotOf, type Manifest } from './format.ts';
import { openMessage } from './hpke.ts';
import { decodeRecord, type Signal } from './record.ts';
import { combine, verifyShare } from './shamir.ts';
import { decryptRecord } from './slot.ts';

/** What shares opened, and which keepers gave a share that is none. */
export interface Opened {
  /** null: the slot is empty, the person has no signal in this category. */
  readonly signal: Signal | null;
  /** Share indices, ascending. */
  readonly liars: readonly number[];
}

/** Open the slot of a category bit with its secret. Throws IntegrityError when it does not open. */
export async function openSlot(manifest: Manifest, category: number, secret: Bytes): Promise<Signal | null> {
  const record = await decryptRecord(slotOf(manifest, category), secret, manifest.headerBytes, category);
  return decodeRecord(category, record);
}

/**
 * Open the slot of a category bit with keepers' shares, by share index. Any t that fit suffice; the others are named.
 * Throws IntegrityError `too-few-shares` when fewer fit.
 */
export async function openWithShares(
  manifest: Manifest,
  category: number,
  shares: ReadonlyMap<number, Bytes>,
): Promise<Opened> {
  const { commitments } = slotOf(manifest, category);
  const { threshold, keepers } = manifest.header;
  const ordered = [...shares].sort(([a], [b]) => a - b);
  const fitting = ordered.filter(([index, share]) => index <= keepers && verifyShare(commitments, index, share));
  const liars = ordered.map(([index]) => index).filter((index) => !fitting.some(([good]) => good === index));
  if (fitting.length < threshold) {
    const named = liars.length > 0 ? ` Wrong shares came from keepers ${liars.join(', ')}.` : '';
    throw new IntegrityError(
      'too-few-shares',
      `Only ${fitting.length} valid shares, ${threshold} are needed.${named}`,
      'Ask further keepers.',
    );
  }
  const secret = combine(new Map(fitting.slice(0, threshold)));
  return { signal: await openSlot(manifest, category, secret), liars };
}

/**
 * All signals, with the subject's X25519 private key. Throws IntegrityError when the copy does not open
 * (`does-not-open`), or holds other secrets than the keepers share (`copy-mismatch`).
 */
export async function openOwn(manifest: Manifest, privateKey: Bytes): Promise<Signal[]> {
  const copy = await openMessage(manifest.subjectCopy, privateKey, subjectInfo(manifest.bodyDigest));
  const secrets = pieces(copy, SCALAR_BYTES);
  secrets.forEach((secret, category) => {
    // s · G == C_0: share 1 of a constant polynomial.
    if (!verifyShare(slotOf(manifest, category).commitments.slice(0, 1), 1, secret)) {
      throw new IntegrityError(
        'copy-mismatch',
        "The subject's copy holds another secret than the one shared among the keepers.",
        'Ask the operator to seal the profile again.',
      );
    }
  });
  const signals = await Promise.all(secrets.map((secret, category) => openSlot(manifest, category, secret)));
  return signals.filter((signal) => signal !== null);
}
