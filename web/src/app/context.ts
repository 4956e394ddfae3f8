import { createContext, useContext } from 'react';

import type { Site } from './site.ts';

export const SiteContext = createContext<Site | undefined>(undefined);

export function useSite(): Site {
  const site = useContext(SiteContext);
  if (!site) throw new Error('no site: render inside SiteContext');
  return site;
}
