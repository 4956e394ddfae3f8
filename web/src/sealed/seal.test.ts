import { expect, test } from 'vitest';

import { INTERESTS } from '../generated/categories.ts';
import { toHex } from './bytes.ts';
import { openDeposit } from './deposit.ts';
import { cidOf, parseManifest } from './format.ts';
import { newKeyPair } from './hpke.ts';
import { openOwn, openWithShares } from './open.ts';
import type { Signal } from './record.ts';
import { seal, type Sealing } from './seal.ts';
import { at } from './testing/vectors.ts';

const DAY = 86_400;
const CONTEXT = {
  chainId: 31337n,
  registry: '0x5FbDB2315678afecb367f032d93F642f64180aa3',
  operator: '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266',
  subject: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
  version: 1,
} as const;
const signal = (slug: Signal['slug']): Signal => ({
  slug,
  score: 1,
  evidence: 3,
  firstSeen: 20_000 * DAY,
  lastSeen: 20_010 * DAY,
  intent: 'exploring',
  language: 'en',
});

const SUBJECT = await newKeyPair();
const KEEPERS = await Promise.all(Array.from({ length: 5 }, newKeyPair));
const sealing = (changes: Partial<Sealing> = {}): Sealing => ({
  context: CONTEXT,
  modelId: 'model',
  threshold: 3,
  subjectKey: SUBJECT.publicKey,
  keeperKeys: KEEPERS.map(({ publicKey }) => publicKey),
  signals: [signal('travel'), signal('pets')],
  ...changes,
});

test('a fresh profile opens for the subject, and for any three of five keepers', async () => {
  const sealed = await seal(sealing());
  const manifest = await parseManifest(sealed.manifest, sealed.digest);
  expect(sealed.cid).toBe(cidOf(manifest.digest));
  expect(await openOwn(manifest, SUBJECT.privateKey)).toEqual([signal('travel'), signal('pets')]);
  const rows = await Promise.all(
    KEEPERS.map(({ privateKey }, k) => openDeposit(manifest, at(sealed.deposits, k), k + 1, privateKey)),
  );
  const pets = INTERESTS.findIndex(({ slug }) => slug === 'pets');
  for (const indices of [
    [1, 2, 3],
    [5, 3, 2],
    [4, 1, 5],
  ]) {
    const shares = new Map(indices.map((index) => [index, at(at(rows, index - 1), pets)]));
    expect(await openWithShares(manifest, pets, shares)).toEqual({ signal: signal('pets'), liars: [] });
  }
});

test('nobody can tell how much a profile holds', async () => {
  const [none, some, all] = await Promise.all([
    seal(sealing({ signals: [] })),
    seal(sealing()),
    seal(sealing({ signals: INTERESTS.map(({ slug }) => signal(slug)) })),
  ]);
  for (const sealed of [none, some, all]) {
    expect(sealed.manifest).toHaveLength(12_400);
    expect(sealed.deposits.map((deposit) => deposit.length)).toEqual([1584, 1584, 1584, 1584, 1584]);
  }
  const parsed = await parseManifest(all.manifest);
  expect(await openOwn(parsed, SUBJECT.privateKey)).toHaveLength(INTERESTS.length);
});

test('nothing random is used twice, in a profile or in the next version', async () => {
  const sealed = await Promise.all([seal(sealing()), seal(sealing({ context: { ...CONTEXT, version: 2 } }))]);
  const manifests = await Promise.all(sealed.map(({ manifest }) => parseManifest(manifest)));
  const drawn = manifests.flatMap(({ slots }) => slots.flatMap((slot) => [slot.nonce, ...slot.commitments]));
  expect(new Set(drawn.map(toHex)).size).toBe(2 * 48 * 4);
});

test.each<[string, Partial<Sealing>, string]>([
  ['a threshold of none', { threshold: 0 }, 'bad-threshold'],
  ['a threshold above the keepers', { threshold: 6 }, 'bad-threshold'],
  ['half a keeper', { threshold: 1.5 }, 'bad-threshold'],
  ['65 keepers', { keeperKeys: Array.from({ length: 65 }, () => SUBJECT.publicKey) }, 'bad-threshold'],
  ['version 0', { context: { ...CONTEXT, version: 0 } }, 'bad-context'],
  ['a version past u32', { context: { ...CONTEXT, version: 2 ** 32 } }, 'bad-context'],
  ['chain 0', { context: { ...CONTEXT, chainId: 0n } }, 'bad-context'],
  ['a chain past u64', { context: { ...CONTEXT, chainId: 1n << 64n } }, 'bad-context'],
  ['half an address', { context: { ...CONTEXT, subject: '0x7099' } }, 'bad-context'],
  ['two signals for one category', { signals: [signal('pets'), signal('pets')] }, 'bad-signal'],
  ['an unknown category', { signals: [signal('health' as 'pets')] }, 'unknown-category'],
  ['a subject key that is none', { subjectKey: new Uint8Array(5) }, 'bad-recipient-key'],
  ['a keeper key that is none', { keeperKeys: [1, 2, 3].map(() => new Uint8Array(32)) }, 'bad-recipient-key'],
])('%s is not sealed', async (_, changes, code) => {
  await expect(seal(sealing(changes))).rejects.toMatchObject({ name: 'BadInput', code });
});
