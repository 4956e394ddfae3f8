import { useHead } from '../chain/head.ts';
import { useI18n } from '../i18n/index.tsx';
import { useSite } from './context.ts';

export function Footer() {
  const { t } = useI18n();
  const site = useSite();
  const { head } = useHead();
  const contracts = [
    ['ConsentRegistry', site.consents],
    ['SignalMarket', site.market],
    ['ProfileRegistry', site.profiles],
    ['OperatorRegistry', site.operators],
    [site.token.symbol, site.token.address],
  ] as const;
  return (
    <footer className="foot">
      {head && <p>{t('foot.read', { chain: site.chainName, block: head.number, time: head.time })}</p>}
      <p>{t(site.rpcUrl ? 'foot.source.node' : 'foot.source.wallet')}</p>
      <p>{t('foot.private')}</p>
      <details>
        <summary>{t('foot.contracts')}</summary>
        <dl>
          {contracts.map(([name, address]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <code className="address">{address}</code>
              </dd>
            </div>
          ))}
        </dl>
      </details>
    </footer>
  );
}
