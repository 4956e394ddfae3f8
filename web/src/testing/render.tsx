/** Components in English, at a service with a six-digit token. */
import { render, type RenderResult } from '@testing-library/react';
import type { ReactElement } from 'react';

import { SiteContext } from '../app/context.ts';
import type { Site } from '../app/site.ts';
import { dictionary } from '../i18n/en/index.ts';
import { FixedI18n, i18nOf } from '../i18n/index.tsx';

const ADDRESS = '0x5FbDB2315678afecb367f032d93F642f64180aa3';

export const SITE: Site = {
  backend: '',
  chainId: 31337,
  chainName: 'Local test chain',
  rpcUrl: 'http://127.0.0.1:1',
  startBlock: 0n,
  operator: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
  consents: ADDRESS,
  operators: ADDRESS,
  profiles: ADDRESS,
  market: ADDRESS,
  token: { address: ADDRESS, decimals: 6, symbol: 'tUSD' },
  keepers: [],
  keeperThreshold: 1,
};

export const ENGLISH = i18nOf(dictionary, { language: 'en', decimals: 6, symbol: 'tUSD' });

export function shown(element: ReactElement): RenderResult {
  return render(
    <FixedI18n value={ENGLISH}>
      <SiteContext value={SITE}>{element}</SiteContext>
    </FixedI18n>,
  );
}
