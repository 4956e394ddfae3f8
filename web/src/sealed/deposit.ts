// A keeper's shares of all slots, in one HPKE message: docs/sealed-format.md, "Deposit".
import { concat, pieces, type Bytes } from './bytes.ts';
import { depositInfo } from './contexts.ts';
import { IntegrityError } from './errors.ts';
import { SCALAR_BYTES, SLOTS, slotOf, type Manifest } from './format.ts';
import { openMessage, sealMessage } from './hpke.ts';
import { verifyShare } from './shamir.ts';

/** Seal keeper `index`'s shares, in slot order, to its X25519 public key. */
export const sealDeposit = (
  shares: readonly Bytes[],
  publicKey: Bytes,
  headerBytes: Bytes,
  digest: Bytes,
  index: number,
): Promise<Bytes> => sealMessage(concat(...shares), publicKey, depositInfo(headerBytes, digest, index));

/** Keeper `index`'s 48 shares. Throws IntegrityError when it does not open, or a share does not fit (`bad-share`). */
export async function openDeposit(
  manifest: Manifest,
  sealed: Bytes,
  index: number,
  privateKey: Bytes,
): Promise<Bytes[]> {
  const info = depositInfo(manifest.headerBytes, manifest.digest, index);
  const shares = pieces(await openMessage(sealed, privateKey, info), SCALAR_BYTES);
  const fit = (share: Bytes, category: number) => verifyShare(slotOf(manifest, category).commitments, index, share);
  if (shares.length !== SLOTS || !shares.every(fit)) {
    throw new IntegrityError(
      'bad-share',
      "A share in the deposit does not fit the manifest's commitments.",
      'Ask the operator to seal the profile again.',
    );
  }
  return shares;
}
