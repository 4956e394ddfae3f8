/** Sealed profiles as JSON, as in tests/vectors/sealed-v1-*.json: binary values in hex. */
import type { Interest } from '../../generated/categories.ts';
import { fromHex, type Bytes } from '../bytes.ts';
import type { Address } from '../format.ts';
import type { Intent, Signal } from '../record.ts';

export interface Vector {
  readonly context: { chain_id: number; registry: Address; operator: Address; subject: Address; version: number };
  readonly model_id: string;
  readonly threshold: number;
  readonly signals: readonly VectorSignal[];
  readonly subject_private_key: string;
  readonly keeper_private_keys: readonly string[];
  readonly coefficients: readonly (readonly string[])[];
  readonly nonces: readonly string[];
  readonly manifest: string;
  readonly digest: string;
  readonly cid: string;
  readonly deposits: readonly string[];
  readonly shares: readonly (readonly string[])[];
  readonly release: { campaign: string; category: number; advertiser_private_key: string; messages: readonly string[] };
}

export interface VectorSignal {
  readonly slug: Interest;
  readonly score: number;
  readonly evidence: number;
  readonly first_seen: number;
  readonly last_seen: number;
  readonly intent: Intent;
  readonly language: string;
}

export const asSignal = ({ first_seen, last_seen, ...rest }: VectorSignal): Signal => ({
  ...rest,
  firstSeen: first_seen,
  lastSeen: last_seen,
});
export const asVectorSignal = ({ firstSeen, lastSeen, ...rest }: Signal): VectorSignal => ({
  ...rest,
  first_seen: firstSeen,
  last_seen: lastSeen,
});

/** Share indices count from 1. */
export const byIndex = (values: readonly string[]): Map<number, Bytes> =>
  new Map(values.map((value, k) => [k + 1, fromHex(value)]));
