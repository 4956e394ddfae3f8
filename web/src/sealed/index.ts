/** The sealed profile (docs/sealed-format.md), in browsers and Node. */
export type { Bytes } from './bytes.ts';
export { openDeposit } from './deposit.ts';
export { BadInput, IntegrityError, SealedError, type SealedErrorCode } from './errors.ts';
export {
  cidOf,
  parseManifest,
  readHeader,
  type Address,
  type Header,
  type Manifest,
  type SealContext,
  type Slot,
} from './format.ts';
export { newKeyPair, type KeyPair } from './hpke.ts';
export { openOwn, openSlot, openWithShares, type Opened } from './open.ts';
export { INTENTS, type Intent, type Signal } from './record.ts';
export { seal, type SealedProfile, type Sealing } from './seal.ts';
export { openReleased, openShare, sealShare, type Release } from './share.ts';
