import { useI18n } from '../i18n/index.tsx';

export default function GuardianPage() {
  const { t } = useI18n();
  return (
    <section>
      <h1>{t('nav.guardian')}</h1>
      <p>{t('soon.title')}</p>
    </section>
  );
}
