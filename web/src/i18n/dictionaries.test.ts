import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { ALL_ERRORS } from '../chain/problems.ts';
import { LANGUAGES } from './index.tsx';

const SRC = fileURLToPath(new URL('..', import.meta.url));
const gaps = (text: string) => [...text.matchAll(/\{(\w+(?::\w+)?)\}/g)].map(([, gap]) => gap).sort();

async function load(language: keyof typeof LANGUAGES): Promise<Record<string, string>> {
  return (await LANGUAGES[language].load()).dictionary;
}

function sources(folder = SRC): string {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !['generated', 'i18n', 'sealed'].includes(name) && !name.includes('.test.'))
    .map((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? sources(path) : readFileSync(path, 'utf8');
    })
    .join('\n');
}

const english = await load('en');

describe.each(Object.keys(LANGUAGES) as (keyof typeof LANGUAGES)[])('%s', async (language) => {
  const dictionary = await load(language);

  test('has every sentence, and none that English does not have', () => {
    expect(Object.keys(dictionary).sort()).toEqual(Object.keys(english).sort());
    expect(Object.entries(dictionary).filter(([, text]) => text.trim() === '')).toEqual([]);
  });

  test('leaves the same gaps in each sentence', () => {
    for (const [key, text] of Object.entries(english))
      expect([key, gaps(dictionary[key] ?? '')]).toEqual([key, gaps(text)]);
  });

  test('has words for every error of the contracts', () => {
    const missing = ALL_ERRORS.flatMap((entry) => (entry.type === 'error' ? [`revert.${entry.name}`] : []));
    expect(missing.filter((key) => !(key in dictionary))).toEqual([]);
  });

  test('names only values that the contracts’ errors carry', () => {
    for (const entry of ALL_ERRORS) {
      if (entry.type !== 'error') continue;
      const named = gaps(dictionary[`revert.${entry.name}`] ?? '').map((gap) => gap?.split(':')[0]);
      expect([entry.name, named.filter((name) => !entry.inputs.some((input) => input.name === name))]).toEqual([
        entry.name,
        [],
      ]);
    }
  });
});

test('no two languages say the same, except for names', async () => {
  const german = await load('de');
  const same = Object.keys(english).filter((key) => english[key] === german[key]);
  expect(same).toEqual([]);
});

test('no sentence is left over from a screen that is gone', () => {
  const text = sources();
  const used = (key: string) => {
    if (text.includes(`'${key}'`)) return true;
    // Keys that are put together: `purpose.${n}`, count('consent.days'), and the codes of problems.
    const parts = key.split('.');
    return parts.some((_, index) => {
      const head = parts.slice(0, index + 1).join('.');
      return text.includes(`\`${head}.\${`) || (index === parts.length - 2 && text.includes(`'${head}'`));
    });
  };
  const known = (key: string) => key.startsWith('problem.') || key.startsWith('revert.') || key.startsWith('app.');
  expect(Object.keys(english).filter((key) => !known(key) && !used(key))).toEqual([]);
});
