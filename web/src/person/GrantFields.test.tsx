// @vitest-environment happy-dom
import { cleanup, fireEvent, screen } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';

import { INTERESTS, PROHIBITED } from '../generated/categories.ts';
import { shown } from '../testing/render.tsx';
import { EMPTY } from './grantDraft.ts';
import { Amounts, Duration, Interests, PurposeChoice } from './GrantFields.tsx';

afterEach(cleanup);

const form = (change = vi.fn()) => (
  <>
    <PurposeChoice draft={EMPTY} change={change} fixed={false} />
    <Interests draft={EMPTY} change={change} />
    <Duration draft={EMPTY} change={change} now={1_800_000_000} />
    <Amounts draft={EMPTY} change={change} />
  </>
);

test('nothing is ticked, chosen or filled in before the person does it', () => {
  shown(form());
  const ticked = [
    ...screen.getAllByRole<HTMLInputElement>('checkbox'),
    ...screen.getAllByRole<HTMLInputElement>('radio'),
  ];
  expect(ticked.filter(({ checked }) => checked)).toEqual([]);
  expect(screen.getAllByRole<HTMLInputElement>('textbox').map(({ value }) => value)).toEqual(['', '']);
  for (const slider of screen.getAllByRole('slider'))
    expect(slider.getAttribute('aria-valuetext')).toBe('not chosen yet');
});

test('every interest can be chosen, and no prohibited class', () => {
  shown(form());
  const names = screen.getAllByRole('checkbox').map((box) => box.parentElement?.textContent);
  expect(names).toEqual(INTERESTS.map(({ en }) => en));
  expect(names.filter((name) => PROHIBITED.some(({ en }) => en === name))).toEqual([]);
});

test('there is no way to choose all interests at once', () => {
  shown(form());
  expect(screen.queryByRole('button')).toBeNull();
});

test('a click on an interest changes that interest alone', () => {
  const change = vi.fn();
  shown(<Interests draft={{ ...EMPTY, interests: new Set([9]) }} change={change} />);
  fireEvent.click(screen.getByRole('checkbox', { name: 'Travel' }));
  expect(change).toHaveBeenCalledWith({ interests: new Set([9, 0]) });
});

test('the person’s share of the floor is told, rounded up as the contract does', () => {
  shown(<Amounts draft={{ ...EMPTY, floor: '0.000001' }} change={vi.fn()} />);
  expect(screen.getByText(/at least 0.000001\stUSD a use are yours/)).toBeTruthy();
});
