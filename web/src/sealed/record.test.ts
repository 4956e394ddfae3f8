import fc from 'fast-check';
import { expect, test } from 'vitest';

import { INTERESTS } from '../generated/categories.ts';
import { decodeRecord, encodeRecord, INTENTS, type Signal } from './record.ts';

const DAY = 86_400;
const SIGNAL: Signal = {
  slug: 'travel',
  score: 0.75,
  evidence: 4,
  firstSeen: 20_000 * DAY,
  lastSeen: 20_090 * DAY,
  intent: 'comparing',
  language: 'en',
};

const time = fc.integer({ min: 0, max: (2 ** 32 - 1) * DAY });
const signals = fc
  .record({
    slug: fc.constantFrom(...INTERESTS.map(({ slug }) => slug)),
    score: fc.double({ min: 0, max: 1, noNaN: true }),
    evidence: fc.integer({ min: 1, max: 10 ** 6 }),
    times: fc.tuple(time, time),
    intent: fc.constantFrom(...INTENTS),
    language: fc.constantFrom('en', 'de', 'und', 'x1234567'),
  })
  .map(({ times, ...rest }): Signal => ({ ...rest, firstSeen: Math.min(...times), lastSeen: Math.max(...times) }));

test('what is read is what was written, to the precision of a record; writing it again changes nothing', () => {
  fc.assert(
    fc.property(signals, (signal) => {
      const category = INTERESTS.findIndex(({ slug }) => slug === signal.slug);
      const record = encodeRecord(signal);
      const read = decodeRecord(category, record);
      if (read === null) throw new Error('a signal was read as an empty slot');
      expect(Math.abs(read.score - signal.score)).toBeLessThanOrEqual(0.5 / 65_535 + Number.EPSILON);
      expect(read).toEqual({
        ...signal,
        score: read.score,
        evidence: Math.min(signal.evidence, 65_535),
        firstSeen: signal.firstSeen - (signal.firstSeen % DAY),
        lastSeen: signal.lastSeen - (signal.lastSeen % DAY),
      });
      expect(encodeRecord(read)).toEqual(record);
    }),
  );
});

test.each([
  [0.5 / 65_535, 0],
  [1.5 / 65_535, 2],
  [2.5 / 65_535, 2],
  [0, 0],
  [1, 65_535],
])('the score %d is written as %i: halves go to the even number', (score, written) => {
  expect(new DataView(encodeRecord({ ...SIGNAL, score }).buffer).getUint16(1)).toBe(written);
});

test('an empty slot is 96 zero bytes', () => {
  expect(encodeRecord(undefined)).toEqual(new Uint8Array(96));
  expect(decodeRecord(0, new Uint8Array(96))).toBeNull();
});

test.each<[string, Partial<Signal>]>([
  ['a score below 0', { score: -0.1 }],
  ['a score above 1', { score: 1.01 }],
  ['no score', { score: Number.NaN }],
  ['no evidence', { evidence: 0 }],
  ['half a message', { evidence: 1.5 }],
  ['no language', { language: '' }],
  ['a long language', { language: 'portuguese' }],
  ['another script', { language: 'añ' }],
  ['a time before 1970', { firstSeen: -1 }],
  ['a time without end', { lastSeen: Number.POSITIVE_INFINITY }],
  ['last before first', { lastSeen: 19_999 * DAY }],
  ['another intent', { intent: 'selling' as 'owns' }],
])('%s is not written', (_, part) => {
  expect(() => encodeRecord({ ...SIGNAL, ...part })).toThrow(expect.objectContaining({ code: 'bad-signal' }) as Error);
});

test.each([
  ['another first byte', 0, 2],
  ['no evidence', 4, 0],
  ['last before first', 5, 1],
  ['intent 0', 13, 0],
  ['intent 6', 13, 6],
  ['no language', 14, 0],
  ['a hole in the language', 17, 0x65],
  ['a sign in the language', 15, 0x2d],
  ['a byte after the end', 22, 1],
  ['a byte at the end', 95, 1],
])('%s is not read', (_, offset, value) => {
  const record = encodeRecord(SIGNAL);
  expect(decodeRecord(0, record)).toEqual({ ...SIGNAL, score: Math.round(0.75 * 65_535) / 65_535 });
  record[offset] = value;
  expect(() => decodeRecord(0, record)).toThrow(expect.objectContaining({ code: 'bad-record' }) as Error);
});

test('a record of a category that this software does not know is not read', () => {
  const refused = expect.objectContaining({ name: 'IntegrityError', code: 'bad-record' }) as Error;
  expect(() => decodeRecord(47, encodeRecord(SIGNAL))).toThrow(refused);
  expect(decodeRecord(47, new Uint8Array(96))).toBeNull();
});

test('a record of another length is not read', () => {
  const refused = expect.objectContaining({ code: 'bad-record' }) as Error;
  expect(() => decodeRecord(0, new Uint8Array(95))).toThrow(refused);
  expect(() => decodeRecord(0, Uint8Array.of(...encodeRecord(SIGNAL), 0))).toThrow(refused);
});
