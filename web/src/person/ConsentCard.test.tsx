// @vitest-environment happy-dom
import { cleanup, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';

import { consentOf, laneOf, wordOf } from '../chain/consent.ts';
import type { ConsentRow, ConsentState, Statement } from '../chain/statement.ts';
import { shown, SITE } from '../testing/render.tsx';
import { ConsentCard } from './ConsentCard.tsx';

afterEach(cleanup);

const NOW = 1_800_000_000;
const DAY = 86_400;
const terms = {
  operator: SITE.operator,
  purpose: 1,
  categories: 0b1001n,
  floor: 50_000,
  cap: 1,
  endsAt: NOW + 10 * DAY,
} as const;
const word = wordOf(terms, 1, NOW - DAY);
const lane = laneOf(terms.operator, terms.purpose);

function card(state: ConsentState, part: Partial<ConsentRow> = {}) {
  const row: ConsentRow = {
    lane,
    word,
    state,
    operator: terms.operator,
    purpose: 1,
    consent: consentOf(word),
    grantedIn: 7n,
    revokedIn: undefined,
    ...part,
  };
  const statement: Statement = {
    subject: SITE.operator,
    head: { number: 9n, hash: '0x', time: NOW },
    consents: [row],
    credits: [{ lane, operator: terms.operator, purpose: 1, earned: 1_230_000n, claimed: 0n }],
    minor: false,
    guardian: SITE.operator,
    revokedAllAt: 0,
    onlyHere: false,
  };
  return shown(
    <ul>
      <ConsentCard row={row} statement={statement} now={NOW} onRevoke={() => undefined} />
    </ul>,
  );
}

test('one consent says what, for whom, until when, for how much, how often, and what it earned', () => {
  const text = card('counts').container.textContent;
  for (const part of [
    'Advertising',
    'Travel',
    'Cooking',
    '0x7099…79C8',
    '10 days left',
    '0.05\u00a0tUSD',
    '1 use a day',
    '1.23\u00a0tUSD',
    'block 7',
  ]) {
    expect(text).toContain(part);
  }
});

test('what counts can be revoked in one click', () => {
  card('counts');
  expect(screen.getByRole('button', { name: 'Revoke: Advertising, 0x7099…79C8' })).toBeTruthy();
});

test('what has ended says in which block, and offers nothing to revoke', () => {
  card('revoked', { revokedIn: 12n });
  expect(screen.getByText('Revoked in block 12')).toBeTruthy();
  expect(screen.queryByRole('button')).toBeNull();
});
