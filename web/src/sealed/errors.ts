/** The codes are those of the Python implementation (`fairsignal.domain.errors`), so that texts can be shared. */
export type SealedErrorCode =
  | 'bad-commitment'
  | 'bad-context'
  | 'bad-keepers'
  | 'bad-private-key'
  | 'bad-recipient-key'
  | 'bad-record'
  | 'bad-secret'
  | 'bad-share'
  | 'bad-signal'
  | 'bad-threshold'
  | 'copy-mismatch'
  | 'does-not-open'
  | 'manifest-mismatch'
  | 'not-a-sealed-profile'
  | 'too-few-shares'
  | 'unknown-category'
  | 'unknown-format';

/** What sealing and opening refuse. The message says which rule was broken, `remedy` what to do; never a secret. */
export abstract class SealedError extends Error {
  readonly code: SealedErrorCode;
  readonly remedy: string;

  constructor(code: SealedErrorCode, rule: string, remedy = '', options?: ErrorOptions) {
    super(`${rule} ${remedy}`.trim(), options);
    this.code = code;
    this.remedy = remedy;
  }
}

/** What was given cannot be used as it is: another format, a malformed value. */
export class BadInput extends SealedError {
  override readonly name = 'BadInput';
}

/** Bytes do not match their hash, a ciphertext does not open, a share does not fit its commitments. */
export class IntegrityError extends SealedError {
  override readonly name = 'IntegrityError';
}
