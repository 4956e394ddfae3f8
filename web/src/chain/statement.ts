/** Everything about one person's consents and money, read at one block. */
import type { Client } from 'viem';
import { readContract } from 'viem/actions';

import type { Site } from '../app/site.ts';
import { consentRegistryAbi, signalMarketAbi } from '../generated/abi.ts';
import { consentOf, laneOf, laneParts, PURPOSES, type Address, type Consent, type Purpose } from './consent.ts';
import type { Head } from './head.ts';
import { readHistory, type Change } from './history.ts';

export type ConsentState = 'counts' | 'revoked' | 'revoked-all' | 'expired' | 'waiting' | 'not-for-minors';

export interface ConsentRow {
  readonly lane: bigint;
  readonly operator: Address;
  readonly purpose: Purpose;
  readonly word: bigint;
  readonly consent: Consent;
  readonly state: ConsentState;
  /** Blocks, where the node gives out old events. */
  readonly grantedIn: bigint | undefined;
  readonly revokedIn: bigint | undefined;
}

/** An account of uses recorded at once; token base units. */
export interface CreditRow {
  readonly lane: bigint;
  readonly operator: Address;
  readonly purpose: Purpose;
  readonly earned: bigint;
  readonly claimed: bigint;
}

export interface Statement {
  readonly subject: Address;
  readonly head: Head;
  readonly consents: readonly ConsentRow[];
  readonly credits: readonly CreditRow[];
  readonly minor: boolean;
  readonly guardian: Address;
  /** Unix seconds; 0 for never. */
  readonly revokedAllAt: number;
  /** Old events were not given out: consents to other services may be missing. */
  readonly onlyHere: boolean;
}

export async function readStatement(client: Client, site: Site, subject: Address, head: Head): Promise<Statement> {
  const blockNumber = head.number;
  let onlyHere = false;
  const history = await readHistory(client, site, subject, blockNumber).catch((): readonly Change[] => {
    onlyHere = true;
    return [];
  });
  const own = PURPOSES.map((purpose) => laneOf(site.operator, purpose));
  const lanes = [...new Set([...own, ...history.map((change) => change.lane)])];
  const consents = { address: site.consents, abi: consentRegistryAbi, blockNumber } as const;
  const [[stored, counting], [revokedAllAt, minor, guardian], credits] = await Promise.all([
    readContract(client, { ...consents, functionName: 'consentsOf', args: [subject, lanes] }),
    readContract(client, { ...consents, functionName: 'subjectState', args: [subject] }),
    readContract(client, {
      address: site.market,
      abi: signalMarketAbi,
      functionName: 'creditsOf',
      args: [subject, lanes],
      blockNumber,
    }),
  ]);
  const state = { revokedAllAt, minor };
  const rows = lanes.map((lane, index): ConsentRow => {
    const word = stored[index] ?? 0n;
    const last = (kind: Change['kind']) => history.findLast((change) => change.lane === lane && change.kind === kind);
    const [grantedIn, revokedIn] = [last('granted')?.block, last('revoked')?.block];
    const ended = revokedIn !== undefined && history.findLast((change) => change.lane === lane)?.kind === 'revoked';
    const consent = consentOf(word);
    return {
      lane,
      ...laneParts(lane),
      word,
      consent,
      state: counting[index] ? 'counts' : whyNot(consent, laneParts(lane).purpose, state, head.time, ended),
      grantedIn,
      revokedIn: ended ? revokedIn : undefined,
    };
  });
  return {
    subject,
    head,
    consents: rows.filter((row) => row.word !== 0n),
    credits: lanes
      .map((lane, index) => ({ lane, ...laneParts(lane), ...amounts(credits[index]) }))
      .filter(({ earned }) => earned > 0n),
    minor,
    guardian,
    revokedAllAt,
    onlyHere,
  };
}

/** The registry's rule, in its order, for what does not count. */
export function whyNot(
  consent: Consent,
  purpose: Purpose,
  subject: { revokedAllAt: number; minor: boolean },
  now: number,
  revoked: boolean,
): ConsentState {
  if (revoked) return 'revoked';
  if (consent.grantedAt <= subject.revokedAllAt) return 'revoked-all';
  if (now >= consent.endsAt) return 'expired';
  return purpose === 3 || purpose === 5 ? 'not-for-minors' : 'waiting';
}

function amounts(credit: { earned: bigint; claimed: bigint } | undefined) {
  return { earned: credit?.earned ?? 0n, claimed: credit?.claimed ?? 0n };
}
