import { readFileSync } from 'node:fs';

import { hashTypedData } from 'viem';
import { describe, expect, test } from 'vitest';

import { approveMessage, erasureMessage, grantMessage, revokeMessage, voucherMessage } from './messages.ts';

type Fields = Record<string, never>;
interface Vector {
  readonly domain: { readonly chainId: number; readonly verifyingContract: `0x${string}` };
  readonly message: Fields;
  readonly digest: `0x${string}`;
}

const FILE = new URL('../../../tests/vectors/eip712.json', import.meta.url);
const VECTORS = JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, Vector>;

const MAKERS = {
  Grant: grantMessage,
  Approve: approveMessage,
  Revoke: revokeMessage,
  RequestErasure: erasureMessage,
  Voucher: voucherMessage,
} as const;

describe('what is signed here is what the contracts and the backend take', () => {
  test.each(Object.entries(MAKERS))('%s', (name, make) => {
    const vector = VECTORS[name];
    if (!vector) throw new Error(`no vector ${name}`);
    const { chainId, verifyingContract } = vector.domain;
    const typed = (
      make as unknown as (
        chainId: number,
        address: `0x${string}`,
        message: Fields,
      ) => Parameters<typeof hashTypedData>[0]
    )(chainId, verifyingContract, vector.message);
    expect(hashTypedData(typed)).toBe(vector.digest);
  });
});
