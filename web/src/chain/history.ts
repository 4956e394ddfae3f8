/** When consents of one person were given and ended, from the registry's events. */
import type { Client } from 'viem';
import { getContractEvents } from 'viem/actions';

import type { Site } from '../app/site.ts';
import { consentRegistryAbi } from '../generated/abi.ts';
import type { Address } from './consent.ts';

export interface Change {
  readonly lane: bigint;
  readonly kind: 'granted' | 'revoked';
  readonly block: bigint;
}

/** Blocks that are read again each time: they may have been taken back. */
const OVERLAP = 64n;
const seen = new Map<string, { upTo: bigint; changes: readonly Change[] }>();

/** Every change up to `block`, oldest first; reads only what is new since the last call. */
export async function readHistory(
  client: Client,
  site: Site,
  subject: Address,
  block: bigint,
): Promise<readonly Change[]> {
  const key = `${site.chainId}:${site.consents}:${subject}`;
  const before = seen.get(key);
  const fromBlock = before && before.upTo > site.startBlock + OVERLAP ? before.upTo - OVERLAP : site.startBlock;
  if (fromBlock > block) return [];
  const filter = { address: site.consents, abi: consentRegistryAbi, args: { subject }, fromBlock, toBlock: block };
  const [granted, revoked] = await Promise.all([
    getContractEvents(client, { ...filter, eventName: 'Granted', strict: true }),
    getContractEvents(client, { ...filter, eventName: 'Revoked', strict: true }),
  ]);
  const fresh = [
    ...granted.map((log) => ({ log, kind: 'granted' as const })),
    ...revoked.map((log) => ({ log, kind: 'revoked' as const })),
  ]
    .sort((a, b) => Number(a.log.blockNumber - b.log.blockNumber) || a.log.logIndex - b.log.logIndex)
    .map(({ log, kind }): Change => ({ lane: log.args.lane, kind, block: log.blockNumber }));
  const changes = [...(before?.changes ?? []).filter((change) => change.block < fromBlock), ...fresh];
  seen.set(key, { upTo: block, changes });
  return changes;
}
