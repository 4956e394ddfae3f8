import { ConnectButton } from '../app/Wallet.tsx';
import { useI18n } from '../i18n/index.tsx';
import { Guilloche } from '../ui/Guilloche.tsx';

const RULES = ['1', '2', '3'] as const;

export function Hello() {
  const { t } = useI18n();
  return (
    <section className="hello" aria-labelledby="hello">
      <Guilloche />
      <h1 id="hello">{t('hello.title')}</h1>
      <p className="lead">{t('hello.body')}</p>
      <p>
        <ConnectButton label={t('hello.connect')} />
      </p>
      <ol className="rules">
        {RULES.map((rule) => (
          <li key={rule}>
            <h2>{t(`hello.rule.${rule}.title`)}</h2>
            <p>{t(`hello.rule.${rule}.body`)}</p>
          </li>
        ))}
      </ol>
    </section>
  );
}
