import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useConfig } from 'wagmi';

import { useSite } from '../app/context.ts';
import type { Address } from '../chain/consent.ts';
import { clientOf, useHead } from '../chain/head.ts';
import { readStatement } from '../chain/statement.ts';

/** One person's statement at the newest block; the last one stays on the page while the next is read. */
export function useStatement(subject: Address) {
  const site = useSite();
  const client = clientOf(useConfig());
  const { head } = useHead();
  return useQuery({
    queryKey: ['statement', subject, head?.hash],
    queryFn: () => {
      if (!head) throw new Error('no block yet');
      return readStatement(client, site, subject, head);
    },
    enabled: head !== undefined,
    placeholderData: (previous) => (previous?.subject === subject ? keepPreviousData(previous) : undefined),
    gcTime: 60_000,
    retry: 1,
  });
}
