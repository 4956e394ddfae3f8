import { useQuery } from '@tanstack/react-query';
import { isAddressEqual } from 'viem';
import { readContract } from 'viem/actions';
import { useConfig } from 'wagmi';

import { clientOf } from '../chain/head.ts';
import { consentRegistryAbi, signalMarketAbi } from '../generated/abi.ts';
import { useSite } from './context.ts';

/** Whether the contracts that the service names point to each other on the chain; undefined until that is known. */
export function useBelongTogether(): boolean | undefined {
  const site = useSite();
  const client = clientOf(useConfig());
  const { data } = useQuery({
    queryKey: ['belong-together', site.market],
    queryFn: async () => {
      const market = { address: site.market, abi: signalMarketAbi } as const;
      const registry = { address: site.consents, abi: consentRegistryAbi } as const;
      const [consents, operators, token, ofConsents] = await Promise.all([
        readContract(client, { ...market, functionName: 'consents' }),
        readContract(client, { ...market, functionName: 'operators' }),
        readContract(client, { ...market, functionName: 'token' }),
        readContract(client, { ...registry, functionName: 'operators' }),
      ]);
      return (
        isAddressEqual(consents, site.consents) &&
        isAddressEqual(operators, site.operators) &&
        isAddressEqual(ofConsents, site.operators) &&
        isAddressEqual(token, site.token.address)
      );
    },
    staleTime: Infinity,
  });
  return data;
}
