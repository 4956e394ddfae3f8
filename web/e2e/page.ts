/** What the tests do in the page again and again. */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page, type TestInfo } from '@playwright/test';

import { stack } from './stack.ts';

const SCREENS = fileURLToPath(new URL('../../build/screens', import.meta.url));
mkdirSync(SCREENS, { recursive: true });

export type Language = 'en' | 'de';

/** Open a page in a language, and fail on whatever the browser complains about. */
export async function open(page: Page, path = '/', language: Language = 'en'): Promise<void> {
  page.on('pageerror', (error) => {
    throw error;
  });
  page.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (protocol.startsWith('http') && hostname !== '127.0.0.1') throw new Error(`third party: ${request.url()}`);
  });
  await page.addInitScript((chosen) => {
    localStorage.setItem('fairsignal.language', chosen);
  }, language);
  await page.goto(stack.url + path);
  await expect(page.locator('html')).toHaveAttribute('lang', language);
}

export async function connect(page: Page): Promise<void> {
  await page
    .locator('.masthead')
    .getByRole('button', { name: /Connect a wallet|Wallet verbinden/ })
    .click();
  await page.getByRole('button', { name: 'Test Wallet' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
}

/** axe finds nothing, and the screen is kept to be looked at. */
export async function look(page: Page, info: TestInfo, name: string): Promise<void> {
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished)));
  const language = await page.locator('html').getAttribute('lang');
  const fullPage = (await page.getByRole('dialog').count()) === 0;
  await page.screenshot({ path: `${SCREENS}/${name}-${info.project.name}-${language ?? ''}.png`, fullPage });
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
}

/** Nothing is wider than the screen. */
export async function fits(page: Page): Promise<void> {
  const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth] as const);
  expect(content).toBeLessThanOrEqual(screen);
}
