/** Campaigns: the hash of their terms. Layouts are those of contracts/interfaces/ISignalMarket.sol. */
import { encodeAbiParameters, keccak256, type Hex } from 'viem';

import { laneOf, laneParts, type Address, type Purpose } from './consent.ts';

export const USER_SHARE_BPS = 7_000n;

export interface CampaignTerms {
  readonly advertiser: Address;
  readonly operator: Address;
  readonly purpose: Purpose;
  readonly categories: bigint;
  /** Gross price of one use, token base units. */
  readonly pricePerUse: bigint;
  /** Unix seconds. */
  readonly endsAt: number;
  /** 47 bits that tell two otherwise equal campaigns apart. */
  readonly salt: bigint;
  /** Uses are logged and settled by epoch instead of being recorded one by one. */
  readonly metered: boolean;
}

export function targetOf(terms: CampaignTerms): bigint {
  return (
    laneOf(terms.operator, terms.purpose) |
    (BigInt(terms.endsAt) << 168n) |
    (terms.salt << 208n) |
    (terms.metered ? 1n << 255n : 0n)
  );
}

export function bidOf(terms: CampaignTerms): bigint {
  return terms.categories | (terms.pricePerUse << 128n);
}

export function campaignIdOf(terms: CampaignTerms): Hex {
  const types = [{ type: 'address' }, { type: 'uint256' }, { type: 'uint256' }] as const;
  return keccak256(encodeAbiParameters(types, [terms.advertiser, targetOf(terms), bidOf(terms)]));
}

export function termsOf(advertiser: Address, target: bigint, bid: bigint): CampaignTerms {
  const { operator, purpose } = laneParts(target & ((1n << 168n) - 1n));
  return {
    advertiser,
    operator,
    purpose,
    categories: bid & ((1n << 128n) - 1n),
    pricePerUse: bid >> 128n,
    endsAt: Number((target >> 168n) & ((1n << 40n) - 1n)),
    salt: (target >> 208n) & ((1n << 47n) - 1n),
    metered: target >> 255n === 1n,
  };
}

/** The person's share of one use, rounded up to the person. */
export function shareOf(price: bigint): bigint {
  return (price * USER_SHARE_BPS + 9_999n) / 10_000n;
}
