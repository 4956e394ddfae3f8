import fc from 'fast-check';
import { expect, test } from 'vitest';

import { consentOf, interestsOf, laneOf, laneParts, maskOf, wordOf, type Terms } from './consent.ts';

const OPERATOR = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
const uint = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });

test('a word gives back every field that went in', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: (1n << 112n) - 1n }),
      uint(32),
      uint(32),
      uint(12),
      uint(19),
      uint(32),
      (categories, floor, endsAt, cap, version, grantedAt) => {
        const terms: Terms = { operator: OPERATOR, purpose: 1, categories, floor, cap, endsAt };
        const word = wordOf(terms, version, grantedAt);
        expect(consentOf(word)).toEqual({ categories, floor, cap, endsAt, version, grantedAt, guarded: false });
      },
    ),
  );
});

test('the highest bit says that a guardian approved', () => {
  expect(consentOf(1n << 255n).guarded).toBe(true);
});

test('a lane is operator and purpose', () => {
  expect(laneParts(laneOf(OPERATOR, 4))).toEqual({ operator: OPERATOR, purpose: 4 });
});

test('a prohibited category never gets into a bitmap', () => {
  expect(() => maskOf([0, 125])).toThrow(RangeError);
});

test('interests come in the order of their bits', () => {
  expect(interestsOf(maskOf([9, 0])).map(({ slug }) => slug)).toEqual(['travel', 'music']);
});
