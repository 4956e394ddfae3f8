/** What a person is asked to do: told before, done in the wallet, told after. */
import type { Abi, Hex, TransactionReceipt, TypedDataDefinition } from 'viem';

import type { Address } from '../chain/consent.ts';

export interface Call {
  readonly address: Address;
  readonly abi: Abi;
  readonly functionName: string;
  readonly args: readonly unknown[];
}

interface Told {
  readonly title: string;
  /** Sentences: what it will do. */
  readonly does: readonly string[];
  /** Sentences: what it did, from what the chain recorded. */
  readonly done: (receipt: TransactionReceipt) => readonly string[];
}

/** The wallet sends a transaction and pays the network fee. */
export interface OwnAction extends Told {
  readonly way: 'own';
  readonly call: Call;
}

/** The wallet signs a permission for the token first, then sends a transaction that holds it. */
export interface PermitAction extends Told {
  readonly way: 'permit';
  readonly message: () => Promise<TypedDataDefinition>;
  readonly call: (signature: Hex) => Call;
  /** Gas that such a call takes, for the estimate: before the signature it cannot be simulated. */
  readonly gas: bigint;
}

/** The wallet signs; the service brings it to the chain and pays. */
export interface SignedAction extends Told {
  readonly way: 'signed';
  readonly message: () => Promise<TypedDataDefinition>;
  /** Answers with the transaction's hash. */
  readonly relay: (signature: Hex) => Promise<Hex>;
}

export type Action = OwnAction | PermitAction | SignedAction;
