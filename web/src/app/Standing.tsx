import { useConnection, useSwitchChain } from 'wagmi';

import { useHead } from '../chain/head.ts';
import { problemOf } from '../chain/problems.ts';
import { useI18n } from '../i18n/index.tsx';
import { Notice, ProblemNotice } from '../ui/Notice.tsx';
import { useSite } from './context.ts';
import { useBelongTogether } from './useBelongTogether.ts';

/** What stands in the way of everything: another network, a chain that does not answer, contracts that do not fit. */
export function Standing() {
  const { t } = useI18n();
  const site = useSite();
  const { head, stale } = useHead();
  const { chainId, isConnected } = useConnection();
  const { mutate: change, isPending, error } = useSwitchChain();
  const together = useBelongTogether();
  return (
    <>
      {together === false && (
        <Notice tone="bad">
          <p>{t('foot.mismatch')}</p>
        </Notice>
      )}
      {stale && (
        <Notice tone="bad" title={t('stale.title')}>
          {head && <p>{t('stale.body', { time: head.time })}</p>}
        </Notice>
      )}
      {isConnected && chainId !== site.chainId && (
        <Notice tone="bad" title={t('wallet.wrong.title')}>
          <p>{t('wallet.wrong.body', { chain: site.chainName })}</p>
          <button
            type="button"
            className="main"
            disabled={isPending}
            onClick={() => {
              change({ chainId: site.chainId });
            }}
          >
            {t('wallet.switch', { chain: site.chainName })}
          </button>
          {error && <ProblemNotice problem={problemOf(error)} />}
        </Notice>
      )}
    </>
  );
}
