/** Sentences with gaps: `{name}`, or `{name:kind}` where a value wants a form of its own. */
import { formatUnits } from 'viem';

import { FLOOR_DECIMALS } from '../chain/consent.ts';

export interface Style {
  /** BCP 47. */
  readonly language: string;
  readonly decimals: number;
  readonly symbol: string;
}

const GAP = /\{(\w+)(?::(\w+))?\}/g;

export function fill(sentence: string, values: Readonly<Record<string, unknown>>, style: Style): string {
  return sentence.replace(GAP, (gap, name: string, kind: string | undefined) => {
    const value = values[name];
    if (value === undefined || value === null) return kind === undefined && !(name in values) ? gap : '–';
    return kind === undefined ? plainText(value, style) : (KINDS[kind]?.(value, style) ?? gap);
  });
}

function plainText(value: unknown, style: Style): string {
  if (typeof value === 'number' || typeof value === 'bigint') return value.toLocaleString(style.language);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const KINDS: Readonly<Record<string, (value: unknown, style: Style) => string>> = {
  money: (value, style) => money(asBigint(value), style),
  floor: (value, style) => floor(Number(value), style),
  time: (value, style) => dateTime(Number(value), style.language),
  day: (value, style) => day(Number(value), style.language),
  address: (value) => shortAddress(String(value)),
  purpose: (value) => String(value),
};

function asBigint(value: unknown): bigint {
  return typeof value === 'bigint' ? value : BigInt(value as number | string);
}

/** Token base units, at least two decimals, never rounded away. */
export function money(amount: bigint, { language, decimals, symbol }: Style): string {
  return `${decimal(formatUnits(amount, decimals), language)}\u00a0${symbol}`;
}

/** Millionths of a token. */
export function floor(millionths: number, { language, symbol }: Style): string {
  return `${decimal(formatUnits(BigInt(millionths), FLOOR_DECIMALS), language)}\u00a0${symbol}`;
}

/** Ether, to six significant digits: what a network fee comes to. */
export function ether(wei: bigint, language: string): string {
  const text = formatUnits(wei, 18) as Intl.StringNumericLiteral;
  return `${new Intl.NumberFormat(language, { maximumSignificantDigits: 3 }).format(text)}\u00a0ETH`;
}

export function decimal(text: string, language: string): string {
  const format = new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 18 });
  return format.format(text as Intl.StringNumericLiteral);
}

export function day(seconds: number, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'long' }).format(seconds * 1000);
}

export function dateTime(seconds: number, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(seconds * 1000);
}

export function shortAddress(address: string): string {
  return address.length > 12 ? `${address.slice(0, 6)}…${address.slice(-4)}` : address;
}

/** "A, B and C". */
export function list(items: readonly string[], language: string): string {
  return new Intl.ListFormat(language, { type: 'conjunction' }).format(items);
}
