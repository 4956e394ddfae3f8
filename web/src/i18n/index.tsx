/** The page's language: one dictionary is loaded at a time. To add a language, add a folder beside `en` and a line here. */
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';

import type { INTERESTS, PROHIBITED } from '../generated/categories.ts';
import type { Problem } from '../chain/problems.ts';
import * as format from './format.ts';
import type { Dictionary, Key } from './dictionary.ts';

export type { Key } from './dictionary.ts';

export const LANGUAGES = {
  en: { name: 'English', load: () => import('./en/index.ts') },
  de: { name: 'Deutsch', load: () => import('./de/index.ts') },
} as const;
export type Language = keyof typeof LANGUAGES;

const STORED = 'fairsignal.language';

export function preferredLanguage(): Language {
  const stored = localStorage.getItem(STORED);
  const wanted = [stored ?? '', ...navigator.languages].map((tag) => tag.slice(0, 2).toLowerCase());
  return wanted.find((tag): tag is Language => tag in LANGUAGES) ?? 'en';
}

export type Values = Readonly<Record<string, unknown>>;

export interface I18n {
  readonly language: Language;
  readonly setLanguage: (language: Language) => void;
  readonly t: (key: Key, values?: Values) => string;
  /** For a number: the key with `.one` or `.other`, as the language counts. */
  readonly count: (key: string, n: number, values?: Values) => string;
  readonly problem: (problem: Problem) => string;
  readonly category: (item: (typeof INTERESTS)[number] | (typeof PROHIBITED)[number]) => string;
  readonly money: (amount: bigint) => string;
  readonly floor: (millionths: number) => string;
  readonly ether: (wei: bigint) => string;
  readonly day: (seconds: number) => string;
  readonly dateTime: (seconds: number) => string;
  readonly list: (items: readonly string[]) => string;
}

const I18nContext = createContext<I18n | undefined>(undefined);

export interface Token {
  readonly decimals: number;
  readonly symbol: string;
}

/** Everything below speaks one language; amounts are in `token`. */
export function I18nProvider({ token, children }: { token: Token; children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(preferredLanguage);
  const [dictionary, setDictionary] = useState<Dictionary>();
  const { decimals, symbol } = token;

  useEffect(() => {
    let current = true;
    void LANGUAGES[language].load().then(({ dictionary: loaded }) => {
      if (!current) return;
      document.documentElement.lang = language;
      document.title = loaded['app.title'];
      setDictionary(loaded);
    });
    return () => {
      current = false;
    };
  }, [language]);

  const value = useMemo(
    () =>
      dictionary &&
      i18nOf(dictionary, { language, decimals, symbol }, (chosen) => {
        localStorage.setItem(STORED, chosen);
        setLanguage(chosen);
      }),
    [dictionary, language, decimals, symbol],
  );
  return value ? <I18nContext value={value}>{children}</I18nContext> : null;
}

export function i18nOf(
  dictionary: Dictionary,
  style: format.Style & { language: Language },
  setLanguage: (language: Language) => void = () => undefined,
): I18n {
  const { language } = style;
  const plural = new Intl.PluralRules(language);
  const t = (key: Key, values: Values = {}) => format.fill(dictionary[key], values, style);
  const known = (key: string): key is Key => key in dictionary;
  return {
    language,
    setLanguage,
    t,
    count: (key, n, values = {}) => {
      const exact = `${key}.${plural.select(n)}`;
      return t((known(exact) ? exact : `${key}.other`) as Key, { n, ...values });
    },
    problem: ({ kind, code, values }) => {
      const key = kind === 'revert' ? `revert.${code}` : `problem.${code}`;
      if (known(key)) return t(key, values);
      return kind === 'service' ? t('problem.service', values) : t('problem.unknown');
    },
    category: (item) => item[language],
    money: (amount) => format.money(amount, style),
    floor: (millionths) => format.floor(millionths, style),
    ether: (wei) => format.ether(wei, language),
    day: (seconds) => format.day(seconds, language),
    dateTime: (seconds) => format.dateTime(seconds, language),
    list: (items) => format.list(items, language),
  };
}

export function useI18n(): I18n {
  const i18n = useContext(I18nContext);
  if (!i18n) throw new Error('no language: render inside I18nProvider');
  return i18n;
}

/** For tests: everything below speaks `i18n`. */
export const FixedI18n = I18nContext;
