// What each ciphertext is bound to: docs/sealed-format.md gives these strings byte by byte.
import { ascii, concat, type Bytes } from './bytes.ts';
import type { Manifest } from './format.ts';

/** HKDF `info` and AES-GCM associated data of a slot. */
export const slotContext = (headerBytes: Bytes, category: number): Bytes =>
  concat(ascii('fairsignal/slot/v1'), headerBytes, Uint8Array.of(category));

/** HPKE `info` of the subject's copy; `bodyDigest` is the SHA-256 of header and slots. */
export const subjectInfo = (bodyDigest: Bytes): Bytes => concat(ascii('fairsignal/subject/v1'), bodyDigest);

/** HPKE `info` of keeper `index`'s deposit; `digest` is the manifest's SHA-256. */
export const depositInfo = (headerBytes: Bytes, digest: Bytes, index: number): Bytes =>
  concat(ascii('fairsignal/deposit/v1'), headerBytes, digest, Uint8Array.of(index));

/** HPKE `info` of the share that keeper `index` releases of one category to the advertiser of a campaign (32 bytes). */
export const shareInfo = (manifest: Manifest, campaign: Bytes, category: number, index: number): Bytes =>
  concat(ascii('fairsignal/share/v1'), manifest.digest, campaign, Uint8Array.of(category, index));
