import { expect, test } from 'vitest';

import { fill, money } from './format.ts';

const english = { language: 'en', decimals: 6, symbol: 'tUSD' };
const german = { ...english, language: 'de' };

test('money has two decimals at least, and loses none', () => {
  expect(money(1_500_000n, english)).toBe('1.50\u00a0tUSD');
  expect(money(1n, english)).toBe('0.000001\u00a0tUSD');
  expect(money(1_234_567_890_000n, german)).toBe('1.234.567,89\u00a0tUSD');
});

test('money of a token with 18 decimals is exact beyond what a double holds', () => {
  expect(money(123_456_789_012_345_678_901n, { ...english, decimals: 18 })).toBe('123.456789012345678901\u00a0tUSD');
});

test('gaps are filled by kind', () => {
  expect(fill('{a:money} of {b}', { a: 70n, b: 1234 }, english)).toBe('0.00007\u00a0tUSD of 1,234');
  expect(fill('{who:address}', { who: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8' }, english)).toBe('0x7099…79C8');
});

test('a value that is missing shows as a gap and does not break the sentence', () => {
  expect(fill('until {at:time}', {}, english)).toBe('until –');
});
