import {
  ContractFunctionExecutionError,
  ContractFunctionRevertedError,
  encodeErrorResult,
  HttpRequestError,
  UserRejectedRequestError,
} from 'viem';
import { expect, test } from 'vitest';

import { signalMarketAbi, testDollarAbi } from '../generated/abi.ts';
import { problemOf, ServiceProblem, TransactionGone } from './problems.ts';

function reverted(data: `0x${string}`): ContractFunctionExecutionError {
  const cause = new ContractFunctionRevertedError({ abi: signalMarketAbi, data, functionName: 'GRACE' });
  return new ContractFunctionExecutionError(cause, { abi: signalMarketAbi, functionName: 'GRACE' });
}

test('a contract’s error comes with its values by name', () => {
  const data = encodeErrorResult({ abi: signalMarketAbi, errorName: 'EscrowExhausted', args: [5n, 7n] });
  expect(problemOf(reverted(data))).toMatchObject({
    kind: 'revert',
    code: 'EscrowExhausted',
    values: { escrow: 5n, needed: 7n },
  });
});

test('an error of another contract that comes through is known as well', () => {
  const args = ['0x70997970C51812dc3A010C7d01b50e0d17dc79C8', 1n, 2n] as const;
  const data = encodeErrorResult({ abi: testDollarAbi, errorName: 'ERC20InsufficientBalance', args });
  expect(problemOf(reverted(data))).toMatchObject({
    kind: 'revert',
    code: 'ERC20InsufficientBalance',
    values: { needed: 2n },
  });
});

test('an unknown reason is not passed off as a known one', () => {
  expect(problemOf(reverted('0xdeadbeef'))).toMatchObject({ kind: 'revert', code: 'unnamed' });
});

test.each([
  [new UserRejectedRequestError(new Error('no')), 'rejected'],
  [Object.assign(new Error('locked'), { code: 4100 }), 'locked'],
  [Object.assign(new Error('pending'), { code: -32002 }), 'wallet-busy'],
  [Object.assign(new Error('down'), { code: 4900 }), 'wallet-offline'],
  [new HttpRequestError({ url: 'http://127.0.0.1:1' }), 'offline'],
  [new TypeError('Failed to fetch'), 'offline'],
  [new DOMException('too long', 'TimeoutError'), 'offline'],
  [new TransactionGone('cancelled'), 'cancelled'],
  [new Error('insufficient funds for gas * price + value'), 'no-gas-money'],
  [new Error('never seen before'), 'unknown'],
])('%s', (error, code) => {
  expect(problemOf(error).code).toBe(code);
});

test('what the service says is passed on with its code', () => {
  expect(problemOf(new ServiceProblem(403, 'relay-refused', 'Enough for today.', 'Come back tomorrow.'))).toMatchObject(
    {
      kind: 'service',
      code: 'relay-refused',
      values: { detail: 'Enough for today.' },
    },
  );
});
