/** Fails the build when what the first page loads, gzipped, is larger than promised; says what it is. */
import { gzipSync } from 'node:zlib';

import type { Plugin, Rolldown } from 'vite';

type Item = Rolldown.OutputChunk | Rolldown.OutputAsset;

export function budget({ kilobytes }: { kilobytes: number }): Plugin {
  return {
    name: 'budget',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const items = Object.values(bundle);
        const entry = items.find((item) => item.type === 'chunk' && item.isEntry);
        if (entry?.type !== 'chunk' || !items.some(({ fileName }) => fileName.endsWith('.html'))) return;
        const first = firstLoad(entry, bundle);
        const total = [...first].reduce((sum, item) => sum + transferred(item), 0) / 1000;
        this.info(`first load: ${total.toFixed(0)} kB gzipped of ${kilobytes} kB`);
        if (total > kilobytes) {
          const list = [...first].map((item) => `${item.fileName} ${(transferred(item) / 1000).toFixed(1)}`);
          this.error(`the first load is ${total.toFixed(0)} kB, more than ${kilobytes}: ${list.join(', ')}`);
        }
      },
    },
  };
}

/** The entry, what it imports at once, one language (the largest), all styles, and the latin fonts. */
function firstLoad(entry: Rolldown.OutputChunk, bundle: Rolldown.OutputBundle): Set<Item> {
  const found = new Set<Item>();
  const add = (name: string) => {
    const item = bundle[name];
    if (!item || found.has(item)) return;
    found.add(item);
    if (item.type === 'chunk') item.imports.forEach(add);
  };
  add(entry.fileName);
  const items = Object.values(bundle);
  const languages = items.filter(
    (item) => item.type === 'chunk' && /i18n[/\\]\w\w[/\\]index/.test(item.facadeModuleId ?? ''),
  );
  const largest = languages.toSorted((a, b) => transferred(b) - transferred(a))[0];
  if (largest) add(largest.fileName);
  for (const { fileName } of items) {
    if (/\.(html|css)$/.test(fileName) || /-latin-(?!ext).*\.woff2$/.test(fileName)) add(fileName);
  }
  return found;
}

function transferred(item: Item): number {
  const content = item.type === 'chunk' ? item.code : item.source;
  // Fonts are compressed already.
  return item.fileName.endsWith('.woff2') ? content.length : gzipSync(content, { level: 9 }).length;
}
