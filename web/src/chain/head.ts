/** The block that everything on the page is read at. */
import { useQuery } from '@tanstack/react-query';
import { useConfig } from 'wagmi';

import type { Config } from 'wagmi';
import type { Hex, Client } from 'viem';
import { getBlock } from 'viem/actions';

export interface Head {
  readonly number: bigint;
  readonly hash: Hex;
  /** Unix seconds. */
  readonly time: number;
}

const LOCAL_POLL = 1_000;

export function clientOf(config: Config): Client {
  return config.getClient();
}

export async function readHead(client: Client): Promise<Head> {
  const block = await getBlock(client, { blockTag: 'latest', includeTransactions: false });
  return { number: block.number, hash: block.hash, time: Number(block.timestamp) };
}

/** `stale` is true while the chain does not answer; `head` is then the last one that it told. */
export function useHead(): { head: Head | undefined; stale: boolean } {
  const config = useConfig();
  const client = clientOf(config);
  const { data, isError } = useQuery({
    queryKey: ['head', config.chains[0].id],
    queryFn: () => readHead(client),
    refetchInterval: client.pollingInterval || LOCAL_POLL,
    retry: false,
  });
  return { head: data, stale: isError };
}
