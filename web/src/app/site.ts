/** Where we are: which backend, which chain, which contracts. Read once when the page opens. */
import { getAddress, isAddressEqual } from 'viem';

import type { components } from '../generated/api.ts';
import { KNOWN_DEPLOYMENTS } from '../generated/deployments.ts';
import type { Address } from '../chain/consent.ts';

type OperatorInfo = components['schemas']['OperatorInfo'];

export interface Site {
  /** Base address of the backend, without a slash at the end; empty: where this page came from. */
  readonly backend: string;
  readonly chainId: number;
  readonly chainName: string;
  /** A node to read the chain through; empty: the wallet's. */
  readonly rpcUrl: string;
  readonly startBlock: bigint;
  /** The chat service that runs this backend. */
  readonly operator: Address;
  readonly consents: Address;
  readonly operators: Address;
  readonly profiles: Address;
  readonly market: Address;
  readonly token: { readonly address: Address; readonly decimals: number; readonly symbol: string };
  readonly keepers: readonly string[];
  readonly keeperThreshold: number;
}

const CHAIN_NAMES: Readonly<Record<number, string>> = {
  1: 'Ethereum',
  10: 'OP Mainnet',
  100: 'Gnosis',
  1337: 'Local test chain',
  8453: 'Base',
  31337: 'Local test chain',
  42161: 'Arbitrum One',
  84532: 'Base Sepolia',
  11155111: 'Sepolia',
};

const PATIENCE = 15_000;

/** The backend does not answer, or names contracts that are not those of this chain's deployment. */
export class SiteError extends Error {
  readonly reason: 'unreachable' | 'other-contracts';
  constructor(reason: SiteError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

async function json(url: string): Promise<unknown> {
  let answer;
  try {
    answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE), credentials: 'omit' });
  } catch (error) {
    throw new SiteError('unreachable', `${url}: ${String(error)}`);
  }
  if (!answer.ok) throw new SiteError('unreachable', `${url}: ${answer.status}`);
  return answer.json();
}

export async function loadSite(): Promise<Site> {
  const settings = (await json(`${import.meta.env.BASE_URL}config.json`)) as { backend?: string };
  const backend = (settings.backend ?? '').replace(/\/+$/, '');
  return siteOf(backend, (await json(`${backend}/v1/operator`)) as OperatorInfo);
}

export function siteOf(backend: string, info: OperatorInfo): Site {
  const contract = (name: string): Address => {
    const address = getAddress(info.contracts[name] ?? '');
    const known = KNOWN_DEPLOYMENTS[String(info.chain_id)]?.[name];
    if (known && !isAddressEqual(known, address)) {
      throw new SiteError('other-contracts', `${name}: ${address} instead of ${known}`);
    }
    return address;
  };
  return {
    backend,
    chainId: info.chain_id,
    chainName: CHAIN_NAMES[info.chain_id] ?? `Chain ${info.chain_id}`,
    rpcUrl: info.rpc_url,
    startBlock: BigInt(info.start_block),
    operator: getAddress(info.operator),
    consents: contract('ConsentRegistry'),
    operators: contract('OperatorRegistry'),
    profiles: contract('ProfileRegistry'),
    market: contract('SignalMarket'),
    token: {
      address: getAddress(String(info.token['address'])),
      decimals: Number(info.token['decimals']),
      symbol: String(info.token['symbol']),
    },
    keepers: info.keepers,
    keeperThreshold: info.keeper_threshold,
  };
}
