/** What went wrong, as something that can be said to a person: a key of the dictionary and what fills its gaps. */
import {
  BaseError,
  ContractFunctionRevertedError,
  decodeErrorResult,
  HttpRequestError,
  InsufficientFundsError,
  RpcRequestError,
  TimeoutError,
  UserRejectedRequestError,
  type Abi,
  type Hex,
} from 'viem';

import {
  consentRegistryAbi,
  operatorRegistryAbi,
  profileRegistryAbi,
  signalMarketAbi,
  testDollarAbi,
} from '../generated/abi.ts';

/** Errors come through from one contract to another, so all of them are looked at. */
export const ALL_ERRORS = [
  ...consentRegistryAbi,
  ...operatorRegistryAbi,
  ...profileRegistryAbi,
  ...signalMarketAbi,
  ...testDollarAbi,
].filter((entry) => entry.type === 'error') as unknown as Abi;

export interface Problem {
  readonly kind: 'revert' | 'wallet' | 'network' | 'service' | 'unknown';
  /** Key of the dictionary, without `problem.`; for reverts the name of the contract's error. */
  readonly code: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** For people who want to look closer; never the only thing that is shown. */
  readonly detail: string;
}

/** The backend said no: RFC 9457. */
export class ServiceProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly remedy: string;
  constructor(status: number, code: string, detail: string, remedy: string) {
    super(detail);
    this.status = status;
    this.code = code;
    this.remedy = remedy;
  }
}

/** The chain took a transaction back (a reorg), or a wallet replaced it by another one. */
export class TransactionGone extends Error {
  readonly reason: 'replaced' | 'cancelled' | 'reverted';
  constructor(reason: TransactionGone['reason']) {
    super(reason);
    this.reason = reason;
  }
}

const WALLET_CODES: Readonly<Record<number, string>> = {
  4001: 'rejected',
  4100: 'locked',
  4200: 'unsupported',
  4900: 'wallet-offline',
  4901: 'wrong-chain',
  4902: 'unknown-chain',
  [-32002]: 'wallet-busy',
};

export function problemOf(error: unknown): Problem {
  if (error instanceof ServiceProblem) {
    return {
      kind: 'service',
      code: error.code,
      values: { detail: error.message, remedy: error.remedy },
      detail: `${error.status} ${error.code}: ${error.message}`,
    };
  }
  if (error instanceof TransactionGone) return plain('network', error.reason, error);
  const reverted = revertOf(error);
  if (reverted) return reverted;
  if (has(error, UserRejectedRequestError)) return plain('wallet', 'rejected', error);
  if (has(error, InsufficientFundsError)) return plain('wallet', 'no-gas-money', error);
  const code = walletCode(error);
  if (code !== undefined) return plain('wallet', code, error);
  if (/insufficient funds/i.test(text(error))) return plain('wallet', 'no-gas-money', error);
  if (/ConnectorChainMismatch|ChainMismatch/.test(text(error))) return plain('wallet', 'wrong-chain', error);
  if (/ConnectorNotConnected|ConnectorAccountNotFound/.test(text(error))) return plain('wallet', 'locked', error);
  if (error instanceof TypeError || has(error, HttpRequestError) || has(error, TimeoutError) || isAbort(error)) {
    return plain('network', 'offline', error);
  }
  if (has(error, RpcRequestError)) return plain('network', 'node-error', error);
  return plain('unknown', 'unknown', error);
}

/** Sentences that a person can act on are shown; the rest under "details". */
function plain(kind: Problem['kind'], code: string, error: unknown): Problem {
  return { kind, code, values: {}, detail: text(error) };
}

function revertOf(error: unknown): Problem | undefined {
  if (!(error instanceof BaseError)) return undefined;
  const reverted = error.walk((cause) => cause instanceof ContractFunctionRevertedError);
  const known = reverted instanceof ContractFunctionRevertedError ? reverted.data : undefined;
  if (known && known.errorName !== 'Error' && known.errorName !== 'Panic') return named(known, error);
  const data = revertData(error);
  if (data === undefined) return reverted ? plain('revert', 'unnamed', error) : undefined;
  try {
    return named(decodeErrorResult({ abi: ALL_ERRORS, data }), error);
  } catch {
    return plain('revert', 'unnamed', error);
  }
}

interface Decoded {
  readonly errorName: string;
  readonly args?: readonly unknown[] | undefined;
}

function named({ errorName, args }: Decoded, error: unknown): Problem {
  const entry = ALL_ERRORS.find((item) => item.type === 'error' && item.name === errorName);
  const inputs = entry?.type === 'error' ? entry.inputs : [];
  const values = Object.fromEntries(inputs.map((input, index) => [input.name ?? String(index), args?.[index]]));
  return { kind: 'revert', code: errorName, values, detail: text(error) };
}

/** Wallets put the returned bytes in various places. */
function revertData(error: BaseError): Hex | undefined {
  let found: Hex | undefined;
  error.walk((cause) => {
    const holder = cause as { data?: unknown; raw?: unknown };
    for (const candidate of [holder.raw, holder.data, (holder.data as { data?: unknown } | undefined)?.data]) {
      if (typeof candidate === 'string' && /^0x[0-9a-f]{8,}$/i.test(candidate)) found ??= candidate as Hex;
    }
    return false;
  });
  return found;
}

function walletCode(error: unknown): string | undefined {
  let found: string | undefined;
  const look = (cause: unknown) => {
    const code = (cause as { code?: unknown } | null)?.code;
    if (typeof code === 'number') found ??= WALLET_CODES[code];
    return false;
  };
  if (error instanceof BaseError) error.walk(look);
  else look(error);
  return found;
}

function has(error: unknown, kind: abstract new (...args: never[]) => unknown): boolean {
  return error instanceof kind || (error instanceof BaseError && error.walk((cause) => cause instanceof kind) !== null);
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && (error.name === 'TimeoutError' || error.name === 'AbortError');
}

function text(error: unknown): string {
  if (error instanceof BaseError) return `${error.name}: ${error.details || error.shortMessage}`;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
