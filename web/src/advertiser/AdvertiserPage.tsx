import { useI18n } from '../i18n/index.tsx';

export default function AdvertiserPage() {
  const { t } = useI18n();
  return (
    <section>
      <h1>{t('nav.advertiser')}</h1>
      <p>{t('soon.title')}</p>
    </section>
  );
}
