import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Scripts are bundled whole (`vite build --ssr`): Node before 22.18 runs no TypeScript, and a bundle runs anywhere.
  ssr: { noExternal: true },
  test: { include: ['src/**/*.test.ts'], testTimeout: 30_000 },
});
