import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useCallback, useEffect, useState } from 'react';
import { WagmiProvider, type Config } from 'wagmi';

import { wagmiConfig } from '../chain/client.ts';
import { I18nProvider, useI18n } from '../i18n/index.tsx';
import { Notice } from '../ui/Notice.tsx';
import { App } from './App.tsx';
import { SiteContext } from './context.ts';
import { loadSite, SiteError, type Site } from './site.ts';

// Reads go on while the browser thinks it is offline: only so is it noticed that a node does not answer.
const queries = new QueryClient({ defaultOptions: { queries: { networkMode: 'always' } } });
const NO_TOKEN = { decimals: 6, symbol: '' };

interface Loaded {
  readonly site: Site;
  readonly config: Config;
}

/** Finds out where we are, then starts; says what is wrong when that fails. */
export function Boot() {
  const [loaded, setLoaded] = useState<Loaded>();
  const [failure, setFailure] = useState<SiteError>();
  const load = useCallback(() => {
    loadSite().then(
      (site) => {
        setFailure(undefined);
        setLoaded({ site, config: wagmiConfig(site) });
      },
      (error: unknown) => {
        setFailure(error instanceof SiteError ? error : new SiteError('unreachable', String(error)));
      },
    );
  }, []);
  useEffect(load, [load]);
  return (
    <I18nProvider token={loaded?.site.token ?? NO_TOKEN}>
      {failure && <Failure failure={failure} onRetry={load} />}
      {loaded && (
        <SiteContext value={loaded.site}>
          <WagmiProvider config={loaded.config}>
            <QueryClientProvider client={queries}>
              <App />
            </QueryClientProvider>
          </WagmiProvider>
        </SiteContext>
      )}
    </I18nProvider>
  );
}

function Failure({ failure, onRetry }: { failure: SiteError; onRetry: () => void }) {
  const { t } = useI18n();
  return (
    <main className="page">
      <h1>{t(`app.${failure.reason}.title`)}</h1>
      <Notice tone="bad">
        <p>{t(`app.${failure.reason}.body`)}</p>
        <details>
          <summary>{t('app.details')}</summary>
          <code className="machine">{failure.message}</code>
        </details>
      </Notice>
      {failure.reason === 'unreachable' && (
        <button type="button" className="main" onClick={onRetry}>
          {t('app.retry')}
        </button>
      )}
    </main>
  );
}
