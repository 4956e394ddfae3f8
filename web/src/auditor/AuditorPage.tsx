import { useI18n } from '../i18n/index.tsx';

export default function AuditorPage() {
  const { t } = useI18n();
  return (
    <section>
      <h1>{t('nav.auditor')}</h1>
      <p>{t('soon.title')}</p>
    </section>
  );
}
