import { useState } from 'react';
import { Link, useLocation } from 'wouter';

import { LANGUAGES, useI18n, type Language } from '../i18n/index.tsx';
import { Wordmark } from '../ui/Wordmark.tsx';
import { applyTheme, storedTheme, THEMES } from './theme.ts';
import { WalletButton } from './Wallet.tsx';

const PARTS = [['/', 'nav.person']] as const;

export function Header() {
  const { t } = useI18n();
  const [path] = useLocation();
  return (
    <header className="masthead">
      <div className="masthead-row">
        <Link href="/" className="home">
          <Wordmark />
        </Link>
        <Preferences />
        <WalletButton />
      </div>
      <nav aria-label={t('nav.label')}>
        <ul>
          {PARTS.map(([href, key]) => (
            <li key={href}>
              <Link href={href} aria-current={isCurrent(path) ? 'page' : undefined}>
                {t(key)}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
    </header>
  );
}

function isCurrent(path: string): boolean {
  return path === '/' || path.startsWith('/allow');
}

function Preferences() {
  const { t, language, setLanguage } = useI18n();
  const [theme, setTheme] = useState(storedTheme);
  return (
    <div className="preferences">
      <select
        aria-label={t('nav.language')}
        value={language}
        onChange={(event) => {
          setLanguage(event.target.value as Language);
        }}
      >
        {Object.entries(LANGUAGES).map(([tag, { name }]) => (
          <option key={tag} value={tag} lang={tag}>
            {name}
          </option>
        ))}
      </select>
      <select
        aria-label={t('nav.theme')}
        value={theme}
        onChange={(event) => {
          const chosen = THEMES.find((item) => item === event.target.value) ?? 'system';
          applyTheme(chosen);
          setTheme(chosen);
        }}
      >
        {THEMES.map((item) => (
          <option key={item} value={item}>
            {t(`theme.${item}`)}
          </option>
        ))}
      </select>
    </div>
  );
}
