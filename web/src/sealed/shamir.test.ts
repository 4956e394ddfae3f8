import { secp256k1 } from '@noble/curves/secp256k1.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { fromHex, toHex, type Bytes } from './bytes.ts';
import { combine, commit, randomPolynomial, shareOf, verifyShare, type Polynomial } from './shamir.ts';

const { ORDER } = secp256k1.Point.Fn;
const bytesOf = (value: bigint): Bytes => fromHex(value.toString(16).padStart(64, '0'));

const scalar = fc.bigInt({ min: 1n, max: ORDER - 1n }).map(bytesOf);
const polynomial = fc.tuple(scalar, fc.array(scalar, { maxLength: 5 })).map(([s, rest]): Polynomial => [s, ...rest]);
/** A polynomial and some share indices, at least as many as it has coefficients. */
const sharing = polynomial.chain((f) =>
  fc.tuple(
    fc.constant(f),
    fc.uniqueArray(fc.integer({ min: 1, max: 64 }), { minLength: f.length, maxLength: f.length + 2 }),
  ),
);
const RUNS = { numRuns: 40 };

test('any t of the shares give the secret, and fit the commitments', () => {
  fc.assert(
    fc.property(sharing, ([f, indices]) => {
      const commitments = commit(f);
      const shares = new Map(indices.map((index) => [index, shareOf(f, index)]));
      for (const [index, share] of shares) expect(verifyShare(commitments, index, share)).toBe(true);
      expect(combine(new Map([...shares].slice(0, f.length)))).toEqual(f[0]);
      expect(combine(new Map([...shares].slice(-f.length)))).toEqual(f[0]);
      expect(combine(shares)).toEqual(f[0]);
    }),
    RUNS,
  );
});

test('one share fewer gives another number', () => {
  fc.assert(
    fc.property(sharing, ([f, indices]) => {
      fc.pre(f.length > 1);
      const shares = new Map(indices.slice(0, f.length - 1).map((index) => [index, shareOf(f, index)]));
      expect(combine(shares)).not.toEqual(f[0]);
    }),
    RUNS,
  );
});

test('a share fits for its own keeper and its own polynomial only', () => {
  fc.assert(
    fc.property(sharing, scalar, fc.nat({ max: 31 }), fc.integer({ min: 1, max: 255 }), ([f, indices], s, at, mask) => {
      const [index, commitments] = [indices[0] ?? 1, commit(f)];
      const share = shareOf(f, index);
      const other = share.slice();
      other[at] = (other[at] ?? 0) ^ mask;
      expect(verifyShare(commitments, index, other)).toBe(false);
      fc.pre(f.length > 1 && s.join() !== f[0].join());
      expect(verifyShare(commitments, (index % 64) + 1, share)).toBe(false);
      expect(verifyShare(commit([s, ...f.slice(1)]), index, share)).toBe(false);
    }),
    RUNS,
  );
});

test.each([
  ['0', bytesOf(0n)],
  ['the order', bytesOf(ORDER)],
  ['2^256 - 1', new Uint8Array(32).fill(255)],
  ['too short', new Uint8Array(31).fill(1)],
  ['too long', new Uint8Array(33).fill(1)],
])('%s is no scalar', (_, bytes) => {
  const f = randomPolynomial(1);
  expect(verifyShare(commit(f), 1, bytes)).toBe(false);
  expect(() => combine(new Map([[1, bytes]]))).toThrow(expect.objectContaining({ code: 'bad-share' }) as Error);
  expect(() => commit([bytes])).toThrow(expect.objectContaining({ code: 'bad-secret' }) as Error);
  expect(() => shareOf([bytes], 1)).toThrow(expect.objectContaining({ code: 'bad-secret' }) as Error);
});

test.each([0, -1, 1.5, 65, Number.NaN])('%d is no share index', (index) => {
  const f = randomPolynomial(1); // constant: every index has the same share
  expect(verifyShare(commit(f), index, f[0])).toBe(false);
  expect(verifyShare(commit(f), 64, f[0])).toBe(true);
});

test.each([
  ['an x that is on no point', `02${toHex(bytesOf(5n))}`],
  ['another prefix', `05${'11'.repeat(32)}`],
  ['an uncompressed point', `04${secp256k1.Point.BASE.toHex(false).slice(2)}`],
  ['nothing', ''],
])('a commitment that is %s is refused', (_, hex) => {
  const f = randomPolynomial(2);
  const commitments = [...commit(f).slice(0, 1), fromHex(hex)];
  const refused = expect.objectContaining({ name: 'IntegrityError', code: 'bad-commitment' }) as Error;
  expect(() => verifyShare(commitments, 1, shareOf(f, 1))).toThrow(refused);
});

test('a share fits also where the partial sums pass through the point at infinity', () => {
  const [[secret], [highest]] = [randomPolynomial(1), randomPolynomial(1)];
  const f: Polynomial = [secret, bytesOf(ORDER - ((2n * BigInt(`0x${toHex(highest)}`)) % ORDER)), highest];
  expect(verifyShare(commit(f), 2, shareOf(f, 2))).toBe(true); // C_1 + 2 · C_2 = 0
  expect(verifyShare(commit(f), 2, shareOf(f, 3))).toBe(false);
});

test('no two polynomials share a coefficient', () => {
  const drawn = Array.from({ length: 50 }, () => randomPolynomial(3)).flatMap((f) => f.map((c) => c.join()));
  expect(new Set(drawn).size).toBe(150);
});
