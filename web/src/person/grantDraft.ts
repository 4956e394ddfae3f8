/** A consent that is being made up: every field starts empty, and none is filled in for the person. */
import { parseUnits } from 'viem';

import {
  consentOf,
  FLOOR_DECIMALS,
  maskOf,
  MAX_CAP,
  MAX_DURATION,
  type Address,
  type Purpose,
  type Terms,
} from '../chain/consent.ts';

const DAY = 86_400;
const MAX_FLOOR = 2 ** 32 - 1;
export const DURATIONS = [30, 90, 365] as const;

export interface Draft {
  readonly purpose: Purpose | undefined;
  /** Bits. */
  readonly interests: ReadonlySet<number>;
  /** Days from now, or a calendar day (YYYY-MM-DD), or nothing yet. */
  readonly duration: (typeof DURATIONS)[number] | string | undefined;
  /** As typed, in tokens. */
  readonly floor: string;
  readonly cap: string;
}

export const EMPTY: Draft = { purpose: undefined, interests: new Set(), duration: undefined, floor: '', cap: '' };

export type Missing = 'purpose' | 'interests' | 'duration' | 'floor' | 'cap';

/** The terms, or what is still open. `now` in Unix seconds, by the chain. */
export function termsOf(draft: Draft, operator: Address, now: number): Terms | readonly Missing[] {
  const { purpose } = draft;
  const endsAt = endOf(draft.duration, now);
  const floor = floorOf(draft.floor);
  const cap =
    /^\d+$/.test(draft.cap) && Number(draft.cap) >= 1 && Number(draft.cap) <= MAX_CAP ? Number(draft.cap) : undefined;
  const missing: Missing[] = [];
  if (purpose === undefined) missing.push('purpose');
  if (draft.interests.size === 0) missing.push('interests');
  if (endsAt === undefined) missing.push('duration');
  if (floor === undefined) missing.push('floor');
  if (cap === undefined) missing.push('cap');
  if (purpose === undefined || endsAt === undefined || floor === undefined || cap === undefined || missing.length > 0) {
    return missing;
  }
  return { operator, purpose, categories: maskOf(draft.interests), floor, cap, endsAt };
}

/** Unix seconds; a calendar day counts to its end, where the person is. */
export function endOf(duration: Draft['duration'], now: number): number | undefined {
  if (duration === undefined) return undefined;
  if (typeof duration === 'number') return now + duration * DAY;
  const end = Math.floor(new Date(`${duration}T23:59:59`).getTime() / 1000);
  return Number.isFinite(end) && end > now && end <= now + MAX_DURATION ? end : undefined;
}

/** Millionths; a decimal comma is as good as a point. */
export function floorOf(typed: string): number | undefined {
  const text = typed.trim().replace(',', '.');
  if (!/^\d{1,5}(\.\d{0,6})?$/.test(text)) return undefined;
  const millionths = Number(parseUnits(text, FLOOR_DECIMALS));
  return millionths <= MAX_FLOOR ? millionths : undefined;
}

/** What is allowed now, to be changed. */
export function draftOf(word: bigint, purpose: Purpose): Draft {
  const { categories, floor, cap, endsAt } = consentOf(word);
  const interests = new Set<number>();
  for (let bit = 0; bit < 128; bit++) if ((categories >> BigInt(bit)) & 1n) interests.add(bit);
  return {
    purpose,
    interests,
    duration: localDay(endsAt),
    floor: String(floor / 10 ** FLOOR_DECIMALS),
    cap: String(cap),
  };
}

export function localDay(seconds: number): string {
  const date = new Date(seconds * 1000);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
