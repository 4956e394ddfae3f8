import { expect, test } from 'vitest';

import { consentOf, wordOf } from './consent.ts';
import { whyNot } from './statement.ts';

const terms = {
  operator: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
  purpose: 1,
  categories: 1n,
  floor: 1,
  cap: 1,
  endsAt: 200,
} as const;
const consent = consentOf(wordOf(terms, 1, 100));
const adult = { revokedAllAt: 0, minor: false };

test('what was revoked is said to be revoked, not run out', () => {
  expect(whyNot({ ...consent, endsAt: 150 }, 1, adult, 160, true)).toBe('revoked');
});

test('a consent given in the second of a revocation of everything has ended with it', () => {
  expect(whyNot(consent, 1, { revokedAllAt: 100, minor: false }, 150, false)).toBe('revoked-all');
});

test('a consent ends in the second that it names', () => {
  expect(whyNot(consent, 1, adult, 200, false)).toBe('expired');
});

test('a minor’s consent waits for the guardian, except where no guardian can help', () => {
  const minor = { revokedAllAt: 0, minor: true };
  expect(whyNot(consent, 1, minor, 150, false)).toBe('waiting');
  expect(whyNot(consent, 3, minor, 150, false)).toBe('not-for-minors');
});
