/** Consents as the ConsentRegistry stores them: one word each. The layout is that of contracts/interfaces/IConsentRegistry.sol. */
import { getAddress } from 'viem';

import { INTERESTS, PROHIBITED_MASK } from '../generated/categories.ts';

/** What a signal may be used for; numbers are part of signed consents. */
export const PURPOSES = [1, 2, 3, 4, 5] as const;
export type Purpose = (typeof PURPOSES)[number];

/** Longest consent, seconds: MAX_DURATION of the contract. */
export const MAX_DURATION = 400 * 86_400;
/** A price floor is in millionths of a token. */
export const FLOOR_DECIMALS = 6;
export const MAX_CAP = 4095;

export type Address = `0x${string}`;

export interface Terms {
  readonly operator: Address;
  readonly purpose: Purpose;
  /** Bitmap of interest categories. */
  readonly categories: bigint;
  /** Least gross price of one use, millionths of a token. */
  readonly floor: number;
  /** Most uses per UTC day. */
  readonly cap: number;
  /** Unix seconds. */
  readonly endsAt: number;
}

export interface Consent {
  readonly categories: bigint;
  /** Unix seconds; for a relayed grant the time it was signed. */
  readonly grantedAt: number;
  /** Unix seconds; the time of the revocation once revoked. */
  readonly endsAt: number;
  readonly floor: number;
  readonly cap: number;
  readonly version: number;
  /** Approved by the guardian of a minor. */
  readonly guarded: boolean;
}

/** Operator and purpose in one word; with the subject it is the key of a consent. */
export function laneOf(operator: Address, purpose: number): bigint {
  return (BigInt(operator) << 8n) | BigInt(purpose);
}

export function laneParts(lane: bigint): { operator: Address; purpose: Purpose } {
  return {
    operator: getAddress(`0x${(lane >> 8n).toString(16).padStart(40, '0')}`),
    purpose: Number(lane & 0xffn) as Purpose,
  };
}

/** The word that `grant` takes, or `grantBySig`: then with the version it creates and the time it was signed. */
export function wordOf(terms: Terms, version = 0, grantedAt = 0): bigint {
  return (
    terms.categories |
    (BigInt(grantedAt) << 128n) |
    (BigInt(terms.endsAt) << 160n) |
    (BigInt(terms.floor) << 192n) |
    (BigInt(terms.cap) << 224n) |
    (BigInt(version) << 236n)
  );
}

export function consentOf(word: bigint): Consent {
  const bits = (shift: bigint, width: bigint) => Number((word >> shift) & ((1n << width) - 1n));
  return {
    categories: word & ((1n << 128n) - 1n),
    grantedAt: bits(128n, 32n),
    endsAt: bits(160n, 32n),
    floor: bits(192n, 32n),
    cap: bits(224n, 12n),
    version: bits(236n, 19n),
    guarded: word >> 255n === 1n,
  };
}

export function maskOf(bits: Iterable<number>): bigint {
  let mask = 0n;
  for (const bit of bits) mask |= 1n << BigInt(bit);
  if (mask & PROHIBITED_MASK) throw new RangeError('a prohibited category cannot be consented to');
  return mask;
}

/** Interests in a bitmap, in bit order. */
export function interestsOf(mask: bigint): readonly (typeof INTERESTS)[number][] {
  return INTERESTS.filter(({ bit }) => (mask >> BigInt(bit)) & 1n);
}
