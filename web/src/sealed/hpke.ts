// RFC 9180, base mode, single shot: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, empty `aad`.
// A message is `enc (32) ‖ ciphertext with tag`. Keys are 32 raw bytes, as RFC 7748 encodes them.
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';

import { concat, type Bytes } from './bytes.ts';
import { BadInput, IntegrityError } from './errors.ts';

const ENC_BYTES = 32;
const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });

export interface KeyPair {
  readonly privateKey: Bytes;
  readonly publicKey: Bytes;
}

export async function newKeyPair(): Promise<KeyPair> {
  const pair = await suite.kem.generateKeyPair();
  return {
    privateKey: new Uint8Array(await suite.kem.serializePrivateKey(pair.privateKey)),
    publicKey: new Uint8Array(await suite.kem.serializePublicKey(pair.publicKey)),
  };
}

/** Seal to a public key, bound to `info`. Throws BadInput when the key is none. */
export async function sealMessage(plaintext: Bytes, publicKey: Bytes, info: Bytes): Promise<Bytes> {
  try {
    const recipientPublicKey = await suite.kem.deserializePublicKey(publicKey);
    const { enc, ct } = await suite.seal({ recipientPublicKey, info }, plaintext);
    return concat(new Uint8Array(enc), new Uint8Array(ct));
  } catch (cause) {
    throw new BadInput(
      'bad-recipient-key',
      "The recipient's key is not a usable X25519 public key.",
      'Give the 32-byte public key of a freshly made key pair.',
      { cause },
    );
  }
}

/** Open with the private key that it was sealed to, under the same `info`. Throws IntegrityError when it does not. */
export async function openMessage(message: Bytes, privateKey: Bytes, info: Bytes): Promise<Bytes> {
  const recipientKey = await privateKeyOf(privateKey);
  try {
    const enc = message.slice(0, ENC_BYTES);
    return new Uint8Array(await suite.open({ recipientKey, enc, info }, message.slice(ENC_BYTES)));
  } catch (cause) {
    throw new IntegrityError(
      'does-not-open',
      'The sealed message does not open: it was altered, or is meant for another key or context.',
      'Check that the key and the record belong together.',
      { cause },
    );
  }
}

async function privateKeyOf(bytes: Bytes): Promise<CryptoKey> {
  try {
    return await suite.kem.deserializePrivateKey(bytes);
  } catch (cause) {
    throw new BadInput('bad-private-key', 'An X25519 private key has 32 bytes.', '', { cause });
  }
}
