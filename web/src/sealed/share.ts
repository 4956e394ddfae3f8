// What a keeper releases to an advertiser, and what the advertiser does with it: docs/sealed-format.md, "Released share".
import type { Bytes } from './bytes.ts';
import { shareInfo } from './contexts.ts';
import { BadInput, IntegrityError } from './errors.ts';
import { slotOf, type Manifest } from './format.ts';
import { openMessage, sealMessage } from './hpke.ts';
import { openWithShares, type Opened } from './open.ts';
import { verifyShare } from './shamir.ts';

/** What a share is released for. */
export interface Release {
  readonly manifest: Manifest;
  /** Campaign id, 32 bytes. */
  readonly campaign: Bytes;
  /** Category bit. */
  readonly category: number;
}

const CAMPAIGN_BYTES = 32;

function infoOf({ manifest, campaign, category }: Release, index: number): Bytes {
  if (campaign.length !== CAMPAIGN_BYTES) throw new BadInput('bad-context', 'A campaign id has 32 bytes.');
  slotOf(manifest, category);
  return shareInfo(manifest, campaign, category, index);
}

/** Seal keeper `index`'s share to the X25519 key that the campaign names on chain. */
export async function sealShare(share: Bytes, recipientKey: Bytes, release: Release, index: number): Promise<Bytes> {
  return sealMessage(share, recipientKey, infoOf(release, index));
}

/**
 * Open what keeper `index` answered, and check that it is its share. Throws IntegrityError when it does not open
 * (`does-not-open`) or does not fit (`bad-share`).
 */
export async function openShare(message: Bytes, privateKey: Bytes, release: Release, index: number): Promise<Bytes> {
  const share = await openMessage(message, privateKey, infoOf(release, index));
  const { header } = release.manifest;
  const { commitments } = slotOf(release.manifest, release.category);
  if (index > header.keepers || !verifyShare(commitments, index, share)) {
    throw new IntegrityError(
      'bad-share',
      `The share of keeper ${index} does not fit the commitments: this keeper is lying.`,
      'Ask further keepers.',
    );
  }
  return share;
}

/**
 * Open a category with what keepers answered, by share index. A keeper whose answer does not open counts as lying.
 * Throws IntegrityError `too-few-shares` when fewer than t answers are good.
 */
export async function openReleased(
  messages: ReadonlyMap<number, Bytes>,
  privateKey: Bytes,
  release: Release,
): Promise<Opened> {
  const shares = await Promise.all(
    [...messages].map(async ([index, message]): Promise<[number, Bytes]> => {
      try {
        return [index, await openMessage(message, privateKey, infoOf(release, index))];
      } catch (error) {
        if (!(error instanceof IntegrityError)) throw error;
        return [index, NO_SHARE];
      }
    }),
  );
  return openWithShares(release.manifest, release.category, new Map(shares));
}
/** Fits no commitment: a scalar has 32 bytes. */
const NO_SHARE: Bytes = new Uint8Array(0);
