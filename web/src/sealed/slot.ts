// One category's record under its own key: docs/sealed-format.md, "Slot", steps 3 to 5.
import type { Bytes } from './bytes.ts';
import { slotContext } from './contexts.ts';
import { IntegrityError } from './errors.ts';
import type { Slot } from './format.ts';

type Usage = 'encrypt' | 'decrypt';

async function slotKey(secret: Bytes, context: Bytes, usage: Usage): Promise<CryptoKey> {
  const { subtle } = globalThis.crypto;
  const material = await subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
  const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: context };
  return subtle.deriveKey(hkdf, material, { name: 'AES-GCM', length: 256 }, false, [usage]);
}

/** Encrypt a record (96 bytes) under a slot's secret, which is used for this one record only. */
export async function encryptRecord(
  record: Bytes,
  secret: Bytes,
  nonce: Bytes,
  headerBytes: Bytes,
  category: number,
): Promise<Bytes> {
  const context = slotContext(headerBytes, category);
  const key = await slotKey(secret, context, 'encrypt');
  const cipher = { name: 'AES-GCM', iv: nonce, additionalData: context };
  return new Uint8Array(await globalThis.crypto.subtle.encrypt(cipher, key, record));
}

/** The record (96 bytes) of the slot of a category bit. Throws IntegrityError when it does not open. */
export async function decryptRecord(slot: Slot, secret: Bytes, headerBytes: Bytes, category: number): Promise<Bytes> {
  const context = slotContext(headerBytes, category);
  const key = await slotKey(secret, context, 'decrypt');
  const cipher = { name: 'AES-GCM', iv: slot.nonce, additionalData: context };
  try {
    return new Uint8Array(await globalThis.crypto.subtle.decrypt(cipher, key, slot.ciphertext));
  } catch (cause) {
    throw new IntegrityError(
      'does-not-open',
      "The category's record does not open: it was altered, or the secret belongs to another record.",
      'Fetch the sealed profile again and compare it with the hash on chain.',
      { cause },
    );
  }
}
