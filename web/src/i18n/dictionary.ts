/** English names every sentence; the other languages must have each of them (their types and a test say so). */
import type { dictionary } from './en/index.ts';

export type Key = keyof typeof dictionary;
export type Dictionary = Readonly<Record<Key, string>>;
