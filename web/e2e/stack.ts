/** The running stack, and people on it who act without a browser. */
import {
  createTestClient,
  createWalletClient,
  encodeFunctionData,
  http,
  parseAbi,
  publicActions,
  type Abi,
  type Hex,
} from 'viem';
import { generatePrivateKey, privateKeyToAccount, type PrivateKeyAccount } from 'viem/accounts';

import { bidOf, targetOf, type CampaignTerms } from '../src/chain/campaign.ts';
import { laneOf, maskOf, wordOf, type Address } from '../src/chain/consent.ts';
import { consentRegistryAbi, signalMarketAbi, testDollarAbi } from '../src/generated/abi.ts';

interface Stack {
  readonly url: string;
  readonly rpc: string;
  readonly operator: Address;
  readonly deployment: { readonly contracts: Readonly<Record<string, { readonly address: Address }>> };
}

const said = process.env['FAIRSIGNAL_WEB_STACK'];
if (said === undefined) throw new Error('no stack: run through Playwright, whose globalSetup starts one');
export const stack = JSON.parse(said) as Stack;

export const chain = {
  id: 31337,
  name: 'Local test chain',
  nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
  rpcUrls: { default: { http: [stack.rpc] } },
} as const;

export const node = createTestClient({ mode: 'anvil', chain, transport: http(stack.rpc) }).extend(publicActions);

const TOKEN = 10n ** 6n;
export const DAY = 86_400;
const token = parseAbi(['function token() view returns (address)']);

export function contract(name: 'ConsentRegistry' | 'SignalMarket' | 'OperatorRegistry' | 'ProfileRegistry'): Address {
  const address = stack.deployment.contracts[name]?.address;
  if (!address) throw new Error(`not deployed: ${name}`);
  return address;
}

export function tokenAddress(): Promise<Address> {
  return node.readContract({ address: contract('SignalMarket'), abi: token, functionName: 'token' });
}

/** A fresh account with ether and test dollars. */
export async function somebody(): Promise<PrivateKeyAccount & { key: Hex }> {
  const key = generatePrivateKey();
  const account = privateKeyToAccount(key);
  await node.setBalance({ address: account.address, value: 10n ** 19n });
  await sent(account, await tokenAddress(), testDollarAbi, 'mint', [account.address, 1_000n * TOKEN]);
  return { ...account, key };
}

async function sent(
  account: PrivateKeyAccount,
  address: Address,
  abi: readonly unknown[],
  functionName: string,
  args: readonly unknown[],
): Promise<void> {
  const wallet = createWalletClient({ account, chain, transport: http(stack.rpc) });
  const data = encodeFunctionData({ abi: abi as Abi, functionName, args });
  const hash = await wallet.sendTransaction({ to: address, data });
  const receipt = await node.waitForTransactionReceipt({ hash, pollingInterval: 50 });
  if (receipt.status !== 'success') throw new Error(`${functionName} reverted`);
}

export async function now(): Promise<number> {
  return Number((await node.getBlock()).timestamp);
}

/** A consent by the person's own transaction. */
export async function allow(
  person: PrivateKeyAccount,
  { purpose = 1, bits = [0, 3, 9], floor = 50_000, cap = 5, days = 90 } = {},
): Promise<void> {
  const operator = stack.operator;
  const endsAt = (await now()) + days * DAY;
  const terms = { operator, purpose: purpose as 1, categories: maskOf(bits), floor, cap, endsAt };
  const args = [laneOf(operator, purpose), wordOf(terms)];
  await sent(person, contract('ConsentRegistry'), consentRegistryAbi, 'grant', args);
}

export async function revokeFor(person: PrivateKeyAccount, purpose: number): Promise<void> {
  await sent(person, contract('ConsentRegistry'), consentRegistryAbi, 'revoke', [laneOf(stack.operator, purpose)]);
}

export async function setGuardian(person: PrivateKeyAccount, guardian: PrivateKeyAccount): Promise<void> {
  await sent(person, contract('ConsentRegistry'), consentRegistryAbi, 'setGuardian', [guardian.address]);
}

/** By the guardian that the person named: from now on a minor. */
export async function markMinor(guardian: PrivateKeyAccount, person: PrivateKeyAccount): Promise<void> {
  const args = [person.address, true, guardian.address];
  await sent(guardian, contract('ConsentRegistry'), consentRegistryAbi, 'markMinor', args);
}

/** Somebody pays for `uses` uses of one of the person's interests. */
export async function pay(person: PrivateKeyAccount, { purpose = 1, uses = 3, price = 120_000n } = {}): Promise<void> {
  const advertiser = await somebody();
  const terms: CampaignTerms = {
    advertiser: advertiser.address,
    operator: stack.operator,
    purpose: purpose as 1,
    categories: 1n,
    pricePerUse: price,
    endsAt: (await now()) + 30 * DAY,
    salt: 1n,
    metered: false,
  };
  const market = contract('SignalMarket');
  const words = [targetOf(terms), bidOf(terms)] as const;
  await sent(advertiser, await tokenAddress(), testDollarAbi, 'approve', [market, 100n * TOKEN]);
  await sent(advertiser, market, signalMarketAbi, 'openCampaign', [...words, 100n * TOKEN]);
  for (let index = 0; index < uses; index++) {
    const use = BigInt(person.address) | (BigInt(index) << 168n);
    await sent(advertiser, market, signalMarketAbi, 'recordUse', [...words, use]);
  }
}
