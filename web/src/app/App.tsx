import { lazy, Suspense } from 'react';
import { Link, Route, Router, Switch } from 'wouter';

import { useI18n } from '../i18n/index.tsx';
import PersonPage from '../person/PersonPage.tsx';
import { Footer } from './Footer.tsx';
import { Header } from './Header.tsx';
import { Standing } from './Standing.tsx';

// What most people never open is loaded when they do.
const GrantPage = lazy(() => import('../person/GrantPage.tsx'));

export function App() {
  const { t } = useI18n();
  return (
    <Router base={import.meta.env.BASE_URL.replace(/\/$/, '')}>
      <a className="skip" href="#content">
        {t('app.skip')}
      </a>
      <Header />
      <main id="content" className="page" tabIndex={-1}>
        <Standing />
        <Suspense
          fallback={
            <p className="waiting" role="status">
              {t('app.loading')}
            </p>
          }
        >
          <Switch>
            <Route path="/" component={PersonPage} />
            <Route path="/allow" component={GrantPage} />
            <Route path="/allow/:operator/:purpose" component={GrantPage} />
            <Route component={NotFound} />
          </Switch>
        </Suspense>
      </main>
      <Footer />
    </Router>
  );
}

function NotFound() {
  const { t } = useI18n();
  return (
    <section>
      <h1>{t('app.not-found.title')}</h1>
      <p>{t('app.not-found.body')}</p>
      <Link href="/">{t('app.home')}</Link>
    </section>
  );
}
