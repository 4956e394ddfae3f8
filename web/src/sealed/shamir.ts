// Feldman-verifiable Shamir sharing over secp256k1: P. Feldman, "A practical scheme for non-interactive verifiable
// secret sharing", FOCS 1987. Scalars have 32 bytes, points 33 (SEC 1 compressed); share indices are 1 and up.
import { secp256k1 } from '@noble/curves/secp256k1.js';

import type { Bytes } from './bytes.ts';
import { BadInput, IntegrityError } from './errors.ts';
import { MAX_KEEPERS, POINT_BYTES, SCALAR_BYTES } from './format.ts';

const { Point } = secp256k1;
const { Fn } = Point;

/** Coefficients of a polynomial over the scalars, its secret first. */
export type Polynomial = readonly [secret: Bytes, ...Bytes[]];

/** A uniform scalar in 1..q-1, from the system's source of randomness. */
export const randomScalar = (): Bytes => secp256k1.utils.randomSecretKey();

/** The number in 1..q-1 that these 32 bytes are, else undefined. */
function scalarOf(bytes: Bytes): bigint | undefined {
  if (bytes.length !== SCALAR_BYTES || !secp256k1.utils.isValidSecretKey(bytes)) return undefined;
  return Fn.fromBytes(bytes);
}

function pointOf(bytes: Bytes): InstanceType<typeof Point> {
  try {
    if (bytes.length !== POINT_BYTES) throw new RangeError('not a compressed point');
    return Point.fromBytes(bytes);
  } catch (cause) {
    throw new IntegrityError('bad-commitment', 'A commitment is not a point of secp256k1.', '', { cause });
  }
}

/** Draw a polynomial that `threshold` shares determine. No two secrets share any coefficient. */
export function randomPolynomial(threshold: number): Polynomial {
  return [randomScalar(), ...Array.from({ length: threshold - 1 }, randomScalar)];
}

function coefficientsOf(polynomial: Polynomial): bigint[] {
  return polynomial.map((coefficient) => {
    const value = scalarOf(coefficient);
    if (value === undefined) throw new BadInput('bad-secret', 'A secret is a scalar of secp256k1 in 32 bytes.');
    return value;
  });
}

/** Commitments to the coefficients, in their order. Throws BadInput for a coefficient outside 1..q-1. */
export function commit(polynomial: Polynomial): Bytes[] {
  // Copied: these points' bytes are typed as views of any buffer.
  return coefficientsOf(polynomial).map((value) => Uint8Array.from(Point.BASE.multiply(value).toBytes(true)));
}

/** Share `index` (1 and up) of the polynomial's secret: f(index) mod q, by Horner's rule. */
export function shareOf(polynomial: Polynomial, index: number): Bytes {
  const x = BigInt(index);
  const value = coefficientsOf(polynomial).reduceRight((sum, next) => Fn.add(Fn.mul(sum, x), next), Fn.ZERO);
  return Uint8Array.from(Fn.toBytes(value));
}

/** Whether `share` is share `index` of the committed polynomial. Throws IntegrityError when a commitment is no point. */
export function verifyShare(commitments: readonly Bytes[], index: number, share: Bytes): boolean {
  const points = commitments.map(pointOf);
  const value = scalarOf(share);
  if (value === undefined || !Number.isInteger(index) || index < 1 || index > MAX_KEEPERS) return false;
  const x = BigInt(index);
  // multiplyUnsafe is not constant in time, which is right here: index and commitments are public.
  const expected = points.reduceRight((sum, point) => sum.multiplyUnsafe(x).add(point), Point.ZERO);
  return Point.BASE.multiply(value).equals(expected);
}

/** The secret by Lagrange's interpolation at 0, from t shares by index: fewer or wrong ones give another secret. */
export function combine(shares: ReadonlyMap<number, Bytes>): Bytes {
  let secret = Fn.ZERO;
  for (const [i, share] of shares) {
    let term = scalarOf(share);
    if (term === undefined) throw new BadInput('bad-share', `The share of keeper ${i} is not a scalar of secp256k1.`);
    for (const k of shares.keys()) {
      if (k !== i) term = Fn.mul(term, Fn.mul(BigInt(k), Fn.inv(Fn.create(BigInt(k - i)))));
    }
    secret = Fn.add(secret, term);
  }
  return Uint8Array.from(Fn.toBytes(secret));
}
