import { describe, expect, test } from 'vitest';

import { INTERESTS } from '../generated/categories.ts';
import { fromHex, sha256, toHex } from './bytes.ts';
import { openDeposit } from './deposit.ts';
import { cidOf, encodeHeader, HEADER_BYTES, parseManifest, SLOTS } from './format.ts';
import { openOwn, openSlot, openWithShares } from './open.ts';
import { encodeRecord } from './record.ts';
import { sealSlot } from './seal.ts';
import { openReleased, openShare } from './share.ts';
import { at, bitOf, readable, VECTORS } from './testing/vectors.ts';
import { asSignal, byIndex } from './testing/wire.ts';

test('there are vectors, and a slot for each category', () => {
  expect(VECTORS.length).toBeGreaterThanOrEqual(4);
  expect(INTERESTS.length).toBeGreaterThan(30);
  expect(INTERESTS.every(({ bit }) => bit < SLOTS)).toBe(true);
});

describe.each(VECTORS)('%s', (_, vector) => {
  const parse = () => parseManifest(fromHex(vector.manifest), fromHex(vector.digest));
  const present = readable(vector);
  const inSlot = (category: number) => present.find(({ slug }) => bitOf(slug) === category) ?? null;

  test('the header names chain, registry, operator, subject, version and model', async () => {
    const { header, headerBytes } = await parse();
    const { context } = vector;
    expect(header).toEqual({
      chainId: BigInt(context.chain_id),
      registry: context.registry.toLowerCase(),
      operator: context.operator.toLowerCase(),
      subject: context.subject.toLowerCase(),
      version: context.version,
      threshold: vector.threshold,
      keepers: vector.keeper_private_keys.length,
      modelDigest: await sha256(new TextEncoder().encode(vector.model_id)),
    });
    expect(encodeHeader(header)).toEqual(headerBytes);
  });

  test('the CID follows from the hash', async () => {
    expect(cidOf((await parse()).digest)).toBe(vector.cid);
  });

  test('the subject opens everything', async () => {
    expect(await openOwn(await parse(), fromHex(vector.subject_private_key))).toEqual(present);
  });

  test('each slot opens with its secret', async () => {
    const manifest = await parse();
    const opened = vector.coefficients.map((row, c) => openSlot(manifest, c, fromHex(at(row, 0))));
    expect(await Promise.all(opened)).toEqual(Array.from({ length: SLOTS }, (_, c) => inSlot(c)));
  });

  test("each keeper's deposit holds its shares", async () => {
    const manifest = await parse();
    for (const [k, deposit] of vector.deposits.entries()) {
      const key = fromHex(at(vector.keeper_private_keys, k));
      const shares = await openDeposit(manifest, fromHex(deposit), k + 1, key);
      expect(shares.map(toHex)).toEqual(vector.shares[k]);
    }
  });

  test('any t shares open a category, and fewer do not', async () => {
    const manifest = await parse();
    const { threshold: t } = vector;
    for (const category of [0, vector.release.category, SLOTS - 1]) {
      const all = [...byIndex(vector.shares.map((row) => at(row, category)))];
      for (const some of [all.slice(0, t), all.slice(-t), all]) {
        const opened = await openWithShares(manifest, category, new Map(some));
        expect(opened).toEqual({ signal: inSlot(category), liars: [] });
      }
      const tooFew = openWithShares(manifest, category, new Map(all.slice(1, t)));
      await expect(tooFew).rejects.toMatchObject({ code: 'too-few-shares' });
    }
  });

  test('the advertiser opens what the keepers released', async () => {
    const { category, campaign, messages, advertiser_private_key } = vector.release;
    const [key, release] = [
      fromHex(advertiser_private_key),
      { manifest: await parse(), campaign: fromHex(campaign), category },
    ];
    for (const [index, message] of byIndex(messages)) {
      const share = await openShare(message, key, release, index);
      expect(toHex(share)).toBe(at(at(vector.shares, index - 1), category));
    }
    expect(await openReleased(byIndex(messages), key, release)).toEqual({ signal: inSlot(category), liars: [] });
  });

  test('the same draws make the same slots', async () => {
    const { headerBytes, slots } = await parse();
    expect(headerBytes).toHaveLength(HEADER_BYTES);
    for (const [c, [secret, ...rest]] of vector.coefficients.entries()) {
      const signal = vector.signals.find(({ slug }) => bitOf(slug) === c);
      const record = encodeRecord(signal && asSignal(signal));
      const polynomial = [fromHex(secret ?? ''), ...rest.map(fromHex)] as const;
      const slot = await sealSlot(headerBytes, c, record, { polynomial, nonce: fromHex(at(vector.nonces, c)) });
      expect(slot).toEqual(slots[c]);
    }
  });
});
