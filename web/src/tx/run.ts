/** The steps of an action, without the screen. */
import type { Hex, Client, TransactionReceipt } from 'viem';
import {
  estimateContractGas,
  getBalance,
  getBlock,
  getGasPrice,
  getTransactionReceipt,
  simulateContract,
  waitForTransactionReceipt,
} from 'viem/actions';
import type { Config } from 'wagmi';
import { signTypedData, writeContract } from 'wagmi/actions';

import { clientOf } from '../chain/head.ts';
import type { Address } from '../chain/consent.ts';
import { TransactionGone, type Problem } from '../chain/problems.ts';
import type { Action, Call } from './action.ts';

export interface Cost {
  readonly gas: bigint;
  /** Wei. */
  readonly fee: bigint;
}

export type Progress =
  | { readonly at: 'preparing' }
  | { readonly at: 'ready'; readonly cost: Cost | undefined }
  | { readonly at: 'wallet'; readonly step: 1 | 2 }
  | { readonly at: 'relaying' }
  | { readonly at: 'sent'; readonly hash: Hex }
  | { readonly at: 'mined'; readonly receipt: TransactionReceipt; readonly final: boolean }
  | { readonly at: 'taken-back'; readonly hash: Hex }
  | { readonly at: 'failed'; readonly problem: Problem };

/** Twice the base fee is what wallets offer; what is paid in the end is about half of that. */
const ROOM = { numerator: 12n, denominator: 10n };

/** Ask the chain what it would do: throws the contract's reason where it would refuse. */
export async function prepare(config: Config, action: Action, account: Address): Promise<Cost | undefined> {
  if (action.way === 'signed') return undefined;
  const client = clientOf(config);
  const [gas, price, balance] = await Promise.all([
    action.way === 'permit' ? action.gas : gasOf(client, action.call, account),
    getGasPrice(client),
    getBalance(client, { address: account }),
  ]);
  const fee = (gas * price * ROOM.numerator) / ROOM.denominator;
  if (balance < fee) throw new NotEnoughEther();
  return { gas, fee };
}

async function gasOf(client: Client, call: Call, account: Address): Promise<bigint> {
  await simulateContract(client, { ...call, account });
  return estimateContractGas(client, { ...call, account });
}

/** Told as what it is before the wallet would, in its own way. */
export class NotEnoughEther extends Error {
  constructor() {
    super('insufficient funds for the network fee');
  }
}

/** Sign and send; answers with the transaction's hash. */
export async function send(
  config: Config,
  action: Action,
  account: Address,
  tell: (progress: Progress) => void,
): Promise<Hex> {
  const chainId = config.chains[0].id;
  if (action.way === 'signed') {
    const message = await action.message();
    tell({ at: 'wallet', step: 1 });
    const signature = await signTypedData(config, { ...message, account });
    tell({ at: 'relaying' });
    return action.relay(signature);
  }
  let call;
  if (action.way === 'permit') {
    const message = await action.message();
    tell({ at: 'wallet', step: 1 });
    call = action.call(await signTypedData(config, { ...message, account }));
    await simulateContract(clientOf(config), { ...call, account });
    tell({ at: 'wallet', step: 2 });
  } else {
    call = action.call;
    tell({ at: 'wallet', step: 2 });
  }
  return writeContract(config, { ...call, account, chainId, chain: config.chains[0] });
}

/** Wait for its block; a transaction that the wallet re-priced is followed under its new hash. */
export async function mined(config: Config, hash: Hex): Promise<TransactionReceipt> {
  let gone: TransactionGone | undefined;
  const receipt = await waitForTransactionReceipt(clientOf(config), {
    hash,
    timeout: 0, // as long as it takes: the person may close this
    onReplaced: ({ reason }) => {
      if (reason !== 'repriced') gone = new TransactionGone(reason);
    },
  });
  if (gone) throw gone;
  if (receipt.status === 'reverted') throw new TransactionGone('reverted');
  return receipt;
}

/** Watch until its block is final; tells when the chain takes it back and when it is in another block. */
export async function watch(
  config: Config,
  receipt: TransactionReceipt,
  tell: (progress: Progress) => void,
  stopped: () => boolean,
): Promise<void> {
  const client = clientOf(config);
  let current: TransactionReceipt | undefined = receipt;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, client.pollingInterval));
    if (stopped()) return;
    const now = await look(client, receipt.transactionHash);
    if (stopped()) return;
    if (now === 'offline') continue;
    if (now === undefined) {
      if (current) tell({ at: 'taken-back', hash: receipt.transactionHash });
      current = undefined;
      continue;
    }
    const final = now.final >= now.receipt.blockNumber;
    if (final || now.receipt.blockHash !== current?.blockHash) tell({ at: 'mined', receipt: now.receipt, final });
    current = now.receipt;
    if (final) return;
  }
}

async function look(
  client: Client,
  hash: Hex,
): Promise<{ receipt: TransactionReceipt; final: bigint } | 'offline' | undefined> {
  try {
    const final = await getBlock(client, { blockTag: 'finalized' });
    const receipt = await getTransactionReceipt(client, { hash }).catch((error: unknown) => {
      if (error instanceof Error && error.name === 'TransactionReceiptNotFoundError') return undefined;
      throw error;
    });
    return receipt && { receipt, final: final.number };
  } catch {
    return 'offline';
  }
}
