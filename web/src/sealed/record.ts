// What a slot holds: docs/sealed-format.md, "Record".
import { INTERESTS, type Interest } from '../generated/categories.ts';
import { ascii, viewOf, type Bytes } from './bytes.ts';
import { BadInput, IntegrityError } from './errors.ts';
import { RECORD_BYTES } from './format.ts';

export const INTENTS = ['exploring', 'comparing', 'ready', 'owns', 'none'] as const;
export type Intent = (typeof INTENTS)[number];

/** One interest of one person. Scores and times lose precision in a record: k / 65,535, and the start of the day. */
export interface Signal {
  readonly slug: Interest;
  /** 0..1 */
  readonly score: number;
  /** Number of messages, at least 1; from 65,535 on that many or more. */
  readonly evidence: number;
  /** Unix seconds. */
  readonly firstSeen: number;
  /** Unix seconds. */
  readonly lastSeen: number;
  readonly intent: Intent;
  /** ISO 639-1, or `und`. */
  readonly language: string;
}

const USED = 1;
const MAX_U16 = 65_535;
const DAY = 86_400;
const LANGUAGE = { at: 14, bytes: 8 };
const END = LANGUAGE.at + LANGUAGE.bytes;

const isDay = (day: number): boolean => Number.isInteger(day) && 0 <= day && day < 2 ** 32;

/** Nearest integer, halves to the even one: Math.round would take them up. */
function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const part = value - below;
  return part > 0.5 || (part === 0.5 && below % 2 === 1) ? below + 1 : below;
}

/** The 96 bytes of a signal; without one, those of an empty slot. Throws BadInput for a value outside its range. */
export function encodeRecord(signal: Signal | undefined): Bytes {
  const record = new Uint8Array(RECORD_BYTES);
  if (signal === undefined) return record;
  const { slug, score, evidence, language } = signal;
  const [first, last] = [Math.floor(signal.firstSeen / DAY), Math.floor(signal.lastSeen / DAY)];
  const inRange = score >= 0 && score <= 1 && Number.isInteger(evidence) && evidence >= 1;
  if (!inRange || !/^[A-Za-z0-9]{1,8}$/.test(language) || !INTENTS.includes(signal.intent)) {
    throw new BadInput('bad-signal', `The signal for ${slug} holds a value outside its range.`);
  }
  if (!isDay(first) || !isDay(last) || last < first) {
    throw new BadInput('bad-signal', `The signal for ${slug} was last seen before it was first seen.`);
  }
  const view = viewOf(record);
  view.setUint8(0, USED);
  view.setUint16(1, roundHalfEven(score * MAX_U16));
  view.setUint16(3, Math.min(evidence, MAX_U16));
  view.setUint32(5, first);
  view.setUint32(9, last);
  view.setUint8(13, INTENTS.indexOf(signal.intent) + 1);
  record.set(ascii(language), LANGUAGE.at);
  return record;
}

/** The signal in the slot of a category bit, null when empty. Throws IntegrityError for what this format does not know. */
export function decodeRecord(category: number, record: Bytes): Signal | null {
  if (record.length === RECORD_BYTES && record.every((byte) => byte === 0)) return null;
  const interest = INTERESTS.find(({ bit }) => bit === category);
  const view = viewOf(record);
  const text = String.fromCharCode(...record.slice(LANGUAGE.at, END));
  const language = /^([A-Za-z0-9]+)\0*$/.exec(text)?.[1];
  const readable =
    record.length === RECORD_BYTES && record[0] === USED && record.slice(END).every((byte) => byte === 0);
  const intent = readable ? INTENTS[view.getUint8(13) - 1] : undefined;
  if (interest === undefined || language === undefined || intent === undefined) throw unreadable();
  const [evidence, first, last] = [view.getUint16(3), view.getUint32(5), view.getUint32(9)];
  if (evidence < 1 || last < first) throw unreadable();
  return {
    slug: interest.slug,
    score: view.getUint16(1) / MAX_U16,
    evidence,
    firstSeen: first * DAY,
    lastSeen: last * DAY,
    intent,
    language,
  };
}

const unreadable = (): IntegrityError =>
  new IntegrityError(
    'bad-record',
    'A category slot holds a record of an unknown kind.',
    'Use a newer version of this software to open it.',
  );
