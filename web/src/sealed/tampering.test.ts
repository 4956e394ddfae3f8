// One byte, key, share or message that is not the right one: each class is refused, and under its own name.
import { beforeAll, describe, expect, test } from 'vitest';

import { fromHex, type Bytes } from './bytes.ts';
import { depositInfo, subjectInfo } from './contexts.ts';
import { openDeposit } from './deposit.ts';
import { parseManifest, type Manifest } from './format.ts';
import { newKeyPair, openMessage, sealMessage } from './hpke.ts';
import { openOwn, openWithShares } from './open.ts';
import { shareOf } from './shamir.ts';
import { openReleased, openShare, sealShare } from './share.ts';
import { at, vectorNamed } from './testing/vectors.ts';
import { byIndex } from './testing/wire.ts';

const VECTOR = vectorNamed('2of3-three');
const CATEGORY = VECTOR.release.category;
const SLOT = 112 + CATEGORY * (124 + 33 * 2); // where the category's slot begins
const COPY = 112 + 48 * (124 + 33 * 2);

const manifestBytes = (): Bytes => fromHex(VECTOR.manifest);
const subjectKey = fromHex(VECTOR.subject_private_key);
const advertiserKey = fromHex(VECTOR.release.advertiser_private_key);
const campaign = fromHex(VECTOR.release.campaign);
const keeperKey = fromHex(at(VECTOR.keeper_private_keys, 0));
const sharesOf = (category: number) => byIndex(VECTOR.shares.map((row) => at(row, category)));

function flipped(bytes: Bytes, offset: number, mask = 1): Bytes {
  const other = bytes.slice();
  other[offset] = at([...other], offset) ^ mask;
  return other;
}
const changed = (offset: number, value: number): Bytes => {
  const bytes = manifestBytes();
  bytes[offset] = value;
  return bytes;
};
const tampered = (offset: number): Promise<Manifest> => parseManifest(flipped(manifestBytes(), offset));

let manifest: Manifest;
beforeAll(async () => {
  manifest = await parseManifest(manifestBytes(), fromHex(VECTOR.digest));
});

describe('the manifest', () => {
  test.each([0, 4, 8, 79, 80, SLOT, SLOT + 12, SLOT + 124, COPY, COPY + 1583])(
    'a byte changed at %i is not what was attested',
    async (offset) => {
      const read = parseManifest(flipped(manifestBytes(), offset), fromHex(VECTOR.digest));
      await expect(read).rejects.toMatchObject({ name: 'IntegrityError', code: 'manifest-mismatch' });
    },
  );

  test.each([
    ['nothing', new Uint8Array(0), 'not-a-sealed-profile'],
    ['four bytes', manifestBytes().slice(0, 4), 'not-a-sealed-profile'],
    ['another magic', changed(0, 0x47), 'not-a-sealed-profile'],
    ['a byte less', manifestBytes().slice(0, -1), 'not-a-sealed-profile'],
    ['a byte more', Uint8Array.of(...manifestBytes(), 0), 'not-a-sealed-profile'],
    ['another format', changed(4, 2), 'unknown-format'],
    ['another number of slots', changed(7, 49), 'unknown-format'],
    ['a threshold of none', changed(5, 0), 'bad-threshold'],
    ['a threshold above the keepers', changed(5, 4), 'bad-threshold'],
    ['too many keepers', changed(6, 65), 'bad-threshold'],
    ["the length of another threshold's", changed(5, 3), 'not-a-sealed-profile'],
  ])('%s is refused', async (_, bytes, code) => {
    await expect(parseManifest(bytes)).rejects.toMatchObject({ name: 'BadInput', code });
  });

  test('what a caller does to its buffer meanwhile changes nothing', async () => {
    const bytes = manifestBytes();
    const parsing = parseManifest(bytes);
    bytes.fill(0, 112);
    expect(await parsing).toEqual(manifest);
  });
});

describe('without the hash, the ciphertexts still refuse', () => {
  const notOpening = { name: 'IntegrityError', code: 'does-not-open' };

  test.each([
    ['the chain id', 15],
    ['the registry', 16],
    ['the operator', 36],
    ['the subject', 56],
    ['the version', 79],
    ['the model', 80],
    ['the nonce', SLOT],
    ['the ciphertext', SLOT + 12],
    ['the tag', SLOT + 123],
  ])('another byte in %s: neither keepers nor subject open it', async (_, offset) => {
    const other = await tampered(offset);
    await expect(openWithShares(other, CATEGORY, sharesOf(CATEGORY))).rejects.toMatchObject(notOpening);
    await expect(openOwn(other, subjectKey)).rejects.toMatchObject(notOpening);
    const deposit = openDeposit(other, fromHex(at(VECTOR.deposits, 0)), 1, keeperKey);
    await expect(deposit).rejects.toMatchObject(notOpening);
  });

  test.each([
    ['the ephemeral key', COPY],
    ['the ciphertext', COPY + 32],
    ['the tag', COPY + 1583],
  ])("another byte in the copy's %s", async (_, offset) => {
    await expect(openOwn(await tampered(offset), subjectKey)).rejects.toMatchObject(notOpening);
  });

  test.each([
    ['another point', SLOT + 124, 'too-few-shares'], // the other parity: -C_0
    ['no point', SLOT + 124 + 33, 'bad-commitment'],
  ])('a commitment that is %s', async (kind, offset, code) => {
    const mask = kind === 'no point' ? 0x08 : 0x01;
    const other = await parseManifest(flipped(manifestBytes(), offset, mask));
    await expect(openWithShares(other, CATEGORY, sharesOf(CATEGORY))).rejects.toMatchObject({ code });
  });

  test("a copy with another slot's secrets is not the keepers' profile", async () => {
    const info = subjectInfo(manifest.bodyDigest);
    const secrets = await openMessage(manifest.subjectCopy, subjectKey, info);
    const swapped = Uint8Array.of(...secrets.slice(32, 64), ...secrets.slice(0, 32), ...secrets.slice(64));
    const pair = await newKeyPair();
    const lying = { ...manifest, subjectCopy: await sealMessage(swapped, pair.publicKey, info) };
    await expect(openOwn(lying, pair.privateKey)).rejects.toMatchObject({ code: 'copy-mismatch' });
  });
});

describe('keys', () => {
  test("nobody else's key opens the copy, a deposit or a release", async () => {
    const { privateKey } = await newKeyPair();
    const code = 'does-not-open';
    await expect(openOwn(manifest, privateKey)).rejects.toMatchObject({ code });
    const deposit = fromHex(at(VECTOR.deposits, 0));
    await expect(openDeposit(manifest, deposit, 1, privateKey)).rejects.toMatchObject({ code });
    const message = fromHex(at(VECTOR.release.messages, 0));
    const release = { manifest, campaign, category: CATEGORY };
    await expect(openShare(message, privateKey, release, 1)).rejects.toMatchObject({ code });
  });

  test('a private key of another length is refused', async () => {
    await expect(openOwn(manifest, subjectKey.slice(1))).rejects.toMatchObject({ code: 'bad-private-key' });
  });

  test.each([
    ['of another length', new Uint8Array(31)],
    ['of low order', new Uint8Array(32)],
  ])('a public key %s is refused', async (_, key) => {
    const sealed = sealMessage(new Uint8Array(1), key, new Uint8Array(0));
    await expect(sealed).rejects.toMatchObject({ code: 'bad-recipient-key' });
  });
});

describe('keepers', () => {
  test.each([
    ['changed', (share: Bytes) => flipped(share, 31)],
    ['of another category', () => fromHex(at(at(VECTOR.shares, 1), CATEGORY + 1))],
    ['of another keeper', () => fromHex(at(at(VECTOR.shares, 0), CATEGORY))],
    ['zero', () => new Uint8Array(32)],
    ['too short', (share: Bytes) => share.slice(1)],
  ])('a share that is %s: keeper 2 is named, the others suffice', async (_, lie) => {
    const shares = sharesOf(CATEGORY);
    const honest = await openWithShares(manifest, CATEGORY, shares);
    shares.set(2, lie(fromHex(at(at(VECTOR.shares, 1), CATEGORY))));
    expect(await openWithShares(manifest, CATEGORY, shares)).toEqual({ ...honest, liars: [2] });
    shares.delete(3);
    const error = { code: 'too-few-shares', message: expect.stringContaining('from keepers 2.') as string };
    await expect(openWithShares(manifest, CATEGORY, shares)).rejects.toMatchObject(error);
  });

  test('a share of a keeper who does not exist does not count, even when it lies on the polynomial', async () => {
    const [secret, slope] = at(VECTOR.coefficients, CATEGORY).map(fromHex);
    if (secret === undefined || slope === undefined) throw new Error('the vector is one of two of three');
    const shares = sharesOf(CATEGORY)
      .set(4, shareOf([secret, slope], 4))
      .set(0, secret);
    expect((await openWithShares(manifest, CATEGORY, shares)).liars).toEqual([0, 4]);
    const { privateKey, publicKey } = await newKeyPair();
    const release = { manifest, campaign, category: CATEGORY };
    const message = await sealShare(shareOf([secret, slope], 4), publicKey, release, 4);
    await expect(openShare(message, privateKey, release, 4)).rejects.toMatchObject({ code: 'bad-share' });
  });

  test('an answer for another campaign, category, keeper or manifest does not open', async () => {
    const message = fromHex(at(VECTOR.release.messages, 0));
    const release = { manifest, campaign, category: CATEGORY };
    const others: [typeof release, number][] = [
      [{ ...release, campaign: flipped(campaign, 0) }, 1],
      [{ ...release, category: CATEGORY + 1 }, 1],
      [release, 2],
      [{ ...release, manifest: await tampered(COPY) }, 1],
    ];
    for (const [other, index] of others) {
      const opened = openShare(message, advertiserKey, other, index);
      await expect(opened).rejects.toMatchObject({ code: 'does-not-open' });
    }
  });

  test('a keeper that answers with a wrong share, or with noise, is named', async () => {
    const { privateKey, publicKey } = await newKeyPair();
    const release = { manifest, campaign, category: CATEGORY };
    const wrong = await sealShare(fromHex(at(at(VECTOR.shares, 2), CATEGORY + 1)), publicKey, release, 3);
    await expect(openShare(wrong, privateKey, release, 3)).rejects.toMatchObject({
      code: 'bad-share',
      message: expect.stringContaining('keeper 3') as string,
    });
    const answers = new Map([...sharesOf(CATEGORY)].map(([index, share]) => [index, share]));
    const sealed = new Map<number, Bytes>();
    for (const [index, share] of answers) sealed.set(index, await sealShare(share, publicKey, release, index));
    const honest = await openReleased(sealed, privateKey, release);
    expect(honest.liars).toEqual([]);
    for (const lie of [wrong, new Uint8Array(80), new Uint8Array(3)]) {
      sealed.set(3, lie);
      expect(await openReleased(sealed, privateKey, release)).toEqual({ ...honest, liars: [3] });
    }
  });

  test('a deposit for another keeper or with a wrong share is refused', async () => {
    const deposit = fromHex(at(VECTOR.deposits, 0));
    await expect(openDeposit(manifest, deposit, 2, keeperKey)).rejects.toMatchObject({ code: 'does-not-open' });
    const { privateKey, publicKey } = await newKeyPair();
    const info = depositInfo(manifest.headerBytes, manifest.digest, 1);
    const shares = Uint8Array.of(...at(VECTOR.shares, 0).flatMap((share) => [...fromHex(share)]));
    for (const wrong of [flipped(shares, 47 * 32 + 31), shares.slice(32), Uint8Array.of(...shares, 1)]) {
      const sealed = await sealMessage(wrong, publicKey, info);
      await expect(openDeposit(manifest, sealed, 1, privateKey)).rejects.toMatchObject({ code: 'bad-share' });
    }
  });

  test.each([-1, 48, 1.5, Number.NaN])('category %d has no slot', async (category) => {
    const opened = openWithShares(manifest, category, sharesOf(0));
    await expect(opened).rejects.toMatchObject({ code: 'unknown-category' });
  });
});
