/** What people sign (EIP-712): every field readable in the wallet. Checked against tests/vectors/eip712.json. */
import type { Address, Terms } from './consent.ts';

interface Domain {
  readonly name: string;
  readonly version: '1';
  readonly chainId: number;
  readonly verifyingContract: Address;
}

function domain(contract: string, chainId: number, verifyingContract: Address): Domain {
  return { name: `Fairsignal ${contract}`, version: '1', chainId, verifyingContract };
}

const GRANT_FIELDS = [
  { name: 'subject', type: 'address' },
  { name: 'operator', type: 'address' },
  { name: 'purpose', type: 'uint8' },
  { name: 'categories', type: 'uint128' },
  { name: 'floor', type: 'uint32' },
  { name: 'cap', type: 'uint16' },
  { name: 'endsAt', type: 'uint40' },
  { name: 'version', type: 'uint32' },
  { name: 'signedAt', type: 'uint40' },
] as const;

export interface SignedTerms extends Terms {
  readonly subject: Address;
  /** The version that this grant creates, or that is approved. */
  readonly version: number;
  /** Unix seconds, not in the chain's future. */
  readonly signedAt: number;
}

const grantFields = (terms: SignedTerms) => ({
  subject: terms.subject,
  operator: terms.operator,
  purpose: terms.purpose,
  categories: terms.categories,
  floor: terms.floor,
  cap: terms.cap,
  endsAt: terms.endsAt,
  version: terms.version,
  signedAt: terms.signedAt,
});

export function grantMessage(chainId: number, registry: Address, terms: SignedTerms) {
  return {
    domain: domain('ConsentRegistry', chainId, registry),
    types: { Grant: GRANT_FIELDS },
    primaryType: 'Grant' as const,
    message: grantFields(terms),
  };
}

/** By a minor's guardian: exactly what is stored. */
export function approveMessage(chainId: number, registry: Address, terms: SignedTerms) {
  return {
    domain: domain('ConsentRegistry', chainId, registry),
    types: { Approve: GRANT_FIELDS },
    primaryType: 'Approve' as const,
    message: grantFields(terms),
  };
}

export function revokeMessage(
  chainId: number,
  registry: Address,
  message: { subject: Address; operator: Address; purpose: number; signedAt: number },
) {
  return {
    domain: domain('ConsentRegistry', chainId, registry),
    types: {
      Revoke: [
        { name: 'subject', type: 'address' },
        { name: 'operator', type: 'address' },
        { name: 'purpose', type: 'uint8' },
        { name: 'signedAt', type: 'uint40' },
      ],
    } as const,
    primaryType: 'Revoke' as const,
    message,
  };
}

export function erasureMessage(
  chainId: number,
  registry: Address,
  message: { subject: Address; operator: Address; signedAt: number },
) {
  return {
    domain: domain('ProfileRegistry', chainId, registry),
    types: {
      RequestErasure: [
        { name: 'subject', type: 'address' },
        { name: 'operator', type: 'address' },
        { name: 'signedAt', type: 'uint40' },
      ],
    } as const,
    primaryType: 'RequestErasure' as const,
    message,
  };
}

export function voucherMessage(chainId: number, market: Address, message: { campaign: Address; ceiling: bigint }) {
  return {
    domain: domain('SignalMarket', chainId, market),
    types: {
      Voucher: [
        { name: 'campaign', type: 'bytes32' },
        { name: 'ceiling', type: 'uint256' },
      ],
    } as const,
    primaryType: 'Voucher' as const,
    message,
  };
}

/** EIP-2612, in the domain that the token itself names. */
export function permitMessage(
  token: { name: string; version: string; chainId: number; verifyingContract: Address },
  message: { owner: Address; spender: Address; value: bigint; nonce: bigint; deadline: bigint },
) {
  return {
    domain: token,
    types: {
      Permit: [
        { name: 'owner', type: 'address' },
        { name: 'spender', type: 'address' },
        { name: 'value', type: 'uint256' },
        { name: 'nonce', type: 'uint256' },
        { name: 'deadline', type: 'uint256' },
      ],
    } as const,
    primaryType: 'Permit' as const,
    message,
  };
}
