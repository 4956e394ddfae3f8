import { expect, test } from 'vitest';

import { wordOf } from '../chain/consent.ts';
import { draftOf, EMPTY, endOf, floorOf, termsOf, type Draft } from './grantDraft.ts';

const OPERATOR = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
const NOW = 1_800_000_000;
const DAY = 86_400;
const FULL: Draft = { purpose: 1, interests: new Set([0, 3]), duration: 30, floor: '0.05', cap: '5' };

test('nothing is chosen for the person: an empty draft lacks everything', () => {
  expect(termsOf(EMPTY, OPERATOR, NOW)).toEqual(['purpose', 'interests', 'duration', 'floor', 'cap']);
});

test('a full draft becomes exactly these terms', () => {
  expect(termsOf(FULL, OPERATOR, NOW)).toEqual({
    operator: OPERATOR,
    purpose: 1,
    categories: 0b1001n,
    floor: 50_000,
    cap: 5,
    endsAt: NOW + 30 * DAY,
  });
});

test.each(['', '-1', '1e3', 'abc', '4294.967296', '0.0000001'])('%j is no price', (typed) => {
  expect(floorOf(typed)).toBeUndefined();
});

test('a decimal comma is as good as a point, and free is a price', () => {
  expect(floorOf('0,05')).toBe(50_000);
  expect(floorOf('0')).toBe(0);
});

test.each(['0', '4096', '1.5', ''])('%j uses a day are refused', (cap) => {
  expect(termsOf({ ...FULL, cap }, OPERATOR, NOW)).toEqual(['cap']);
});

test('no date in the past, and none beyond 400 days', () => {
  expect(endOf('2027-01-14', NOW)).toBeUndefined();
  expect(endOf('2029-01-01', NOW)).toBeUndefined();
  expect(endOf('2027-06-01', NOW)).toBeGreaterThan(NOW);
});

test('a consent that is changed starts from what it says now', () => {
  const terms = termsOf(FULL, OPERATOR, NOW);
  if (!('operator' in terms)) throw new Error('incomplete');
  expect(draftOf(wordOf(terms), 1)).toMatchObject({ purpose: 1, interests: FULL.interests, floor: '0.05', cap: '5' });
});
