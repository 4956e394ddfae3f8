/** tests/vectors/sealed-v1-*.json: what the Python implementation sealed (docs/sealed-format.md, "Test vectors"). */
import { readdirSync, readFileSync } from 'node:fs';

import { INTERESTS, type Interest } from '../../generated/categories.ts';
import type { Signal } from '../record.ts';
import { asSignal, type Vector } from './wire.ts';

const FOLDER = new URL('../../../../tests/vectors/', import.meta.url);

export const VECTORS: readonly (readonly [name: string, vector: Vector])[] = readdirSync(FOLDER)
  .filter((name) => /^sealed-v1-.*\.json$/.test(name))
  .sort()
  .map((name) => [name, JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as Vector]);

export function vectorNamed(part: string): Vector {
  const found = VECTORS.find(([name]) => name.includes(part));
  if (found === undefined) throw new Error(`tests/vectors has no sealed-v1-*${part}*.json: run make_sealed.py there.`);
  return found[1];
}

/** What a reader gets of a vector's signals, in the order of the categories. */
export const readable = (vector: Vector): Signal[] =>
  [...vector.signals]
    .sort((a, b) => bitOf(a.slug) - bitOf(b.slug))
    .map(asSignal)
    .map((signal) => ({
      ...signal,
      score: Math.round(signal.score * 65_535) / 65_535,
      firstSeen: signal.firstSeen - (signal.firstSeen % 86_400),
      lastSeen: signal.lastSeen - (signal.lastSeen % 86_400),
    }));

export const bitOf = (slug: Interest): number => INTERESTS.findIndex((interest) => interest.slug === slug);

/** The element at `index`, which the test knows to be there. */
export function at<T>(values: readonly T[], index: number): T {
  const value = values[index];
  if (value === undefined) throw new RangeError(`no element ${index}`);
  return value;
}
