import { defineConfig } from '@playwright/test';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const OUT = '../build/playwright';

/** A stack that already runs can be given in FAIRSIGNAL_WEB_STACK (e2e/stack.py prints it). `@fast` runs in `make test`; everything runs in `make test-slow`. One worker: the tests share a chain. */
export default defineConfig({
  testDir: 'e2e',
  ...(process.env['FAIRSIGNAL_WEB_STACK'] === undefined && { globalSetup: './e2e/setup.ts' }),
  outputDir: `${OUT}/results`,
  reporter: [['list'], ['html', { outputFolder: `${OUT}/report`, open: 'never' }]],
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  forbidOnly: true,
  use: {
    launchOptions: {
      executablePath: CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    trace: 'retain-on-failure',
  },
  projects: [
    { name: 'desktop', use: { viewport: { width: 1280, height: 900 } } },
    { name: 'phone', use: { viewport: { width: 390, height: 844 }, hasTouch: true, deviceScaleFactor: 2 } },
  ],
});
