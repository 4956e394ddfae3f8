/** Wallets by EIP-6963 discovery, and one client for reading. */
import { http, type Chain } from 'viem';
import { createConfig, injected, unstable_connector, type Config } from 'wagmi';

import type { Site } from '../app/site.ts';

const LOCAL_CHAINS = [31337, 1337];

export function chainOf(site: Site): Chain {
  return {
    id: site.chainId,
    name: site.chainName,
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: site.rpcUrl ? [site.rpcUrl] : [] } },
  };
}

export function wagmiConfig(site: Site): Config {
  const chain = chainOf(site);
  // One JSON-RPC batch for what is read at the same time.
  const transport = site.rpcUrl
    ? http(site.rpcUrl, { batch: true, timeout: 10_000, retryCount: 1 })
    : unstable_connector(injected);
  return createConfig({
    chains: [chain],
    transports: { [chain.id]: transport },
    multiInjectedProviderDiscovery: true,
    pollingInterval: LOCAL_CHAINS.includes(site.chainId) ? 1_000 : 4_000,
  });
}
