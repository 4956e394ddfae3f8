import { copyFileSync, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';

import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

import { budget } from './scripts/budget.ts';

// The backend serves it from its package; any static host can serve a copy of the same folder.
const OUT = '../backend/fairsignal/api/static';
const PAGES = ['advertiser', 'auditor', 'guardian', 'allow'];

/** Real files for the pages' addresses, so that a static host needs no rule for them. */
function pages(): Plugin {
  return {
    name: 'pages',
    apply: 'build',
    writeBundle: ({ dir }) => {
      if (!dir?.endsWith('static')) return;
      const index = resolve(dir, 'index.html');
      copyFileSync(index, resolve(dir, '404.html'));
      for (const page of PAGES) {
        mkdirSync(resolve(dir, page), { recursive: true });
        copyFileSync(index, resolve(dir, page, 'index.html'));
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), pages(), budget({ kilobytes: 250 })],
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0, // the policy lets no font or script in that is not a file
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  // Scripts are bundled whole (`vite build --ssr`): Node before 22.18 runs no TypeScript, and a bundle runs anywhere.
  ssr: { noExternal: true },
  test: { include: ['src/**/*.test.{ts,tsx}'], testTimeout: 30_000 },
});
