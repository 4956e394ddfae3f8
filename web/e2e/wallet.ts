/** A wallet in the page: announced by EIP-6963, asked by EIP-1193, really signing, and as stubborn as a test wants it. */
import type { Page } from '@playwright/test';
import { createWalletClient, http, type Hex, type TypedDataDefinition } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

import { chain, stack } from './stack.ts';

export interface Behaviour {
  /** Decline the next request that a person would be asked about. */
  reject: boolean;
  /** This site has been allowed to see the account. */
  connected: boolean;
  /** No account is given out. */
  locked: boolean;
  /** Chain that the wallet is on. */
  chainId: number;
  /** Nothing reaches the node. */
  offline: boolean;
}

interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** Put a wallet with this key into every page of the tab; change `behaviour` at any time. */
export async function giveWallet(page: Page, key: Hex, start: Partial<Behaviour> = {}): Promise<Behaviour> {
  const behaviour: Behaviour = {
    reject: false,
    connected: false,
    locked: false,
    chainId: chain.id,
    offline: false,
    ...start,
  };
  const account = privateKeyToAccount(key);
  const wallet = createWalletClient({ account, chain, transport: http(stack.rpc) });

  const refuse = (code: number, message: string): never => {
    throw Object.assign(new Error(message), { code });
  };
  const asked = () => {
    if (behaviour.reject) refuse(4001, 'User rejected the request.');
    if (behaviour.locked) refuse(4100, 'The wallet is locked.');
  };
  const answer = async (method: string, params: readonly unknown[]): Promise<unknown> => {
    switch (method) {
      case 'eth_chainId':
        return `0x${behaviour.chainId.toString(16)}`;
      case 'eth_accounts':
        return behaviour.connected && !behaviour.locked ? [account.address] : [];
      case 'eth_requestAccounts':
        asked();
        behaviour.connected = true;
        return [account.address];
      case 'wallet_requestPermissions':
        asked();
        behaviour.connected = true;
        return [
          {
            parentCapability: 'eth_accounts',
            caveats: [{ type: 'restrictReturnedAccounts', value: [account.address] }],
          },
        ];
      case 'wallet_revokePermissions':
        behaviour.connected = false;
        return null;
      case 'wallet_switchEthereumChain':
        asked();
        behaviour.chainId = Number((params[0] as { chainId: Hex }).chainId);
        return null;
      case 'eth_signTypedData_v4': {
        asked();
        const typed = JSON.parse(params[1] as string) as TypedDataDefinition & { types: Record<string, unknown> };
        delete typed.types['EIP712Domain']; // viem derives it
        return account.signTypedData(typed);
      }
      case 'personal_sign':
        asked();
        return account.signMessage({ message: { raw: params[0] as Hex } });
      case 'eth_sendTransaction': {
        asked();
        const { to, data, value } = params[0] as { to: Hex; data: Hex; value?: Hex };
        return wallet.sendTransaction({ to, data, value: BigInt(value ?? '0x0') });
      }
      default:
        return wallet.request({ method, params } as never);
    }
  };
  await page.exposeFunction('fairsignalTestWallet', async (method: string, params: readonly unknown[]) => {
    try {
      if (behaviour.offline) refuse(4900, 'The wallet is disconnected.');
      return { result: await answer(method, params) };
    } catch (error) {
      const { code, message, data } = error as Partial<RpcError>;
      return { error: { code: typeof code === 'number' ? code : -32603, message: message ?? '', data } };
    }
  });
  await page.addInitScript(announce);
  return behaviour;
}

/** Runs in the page. */
function announce(): void {
  interface Bridge {
    fairsignalTestWallet(method: string, params: unknown): Promise<{ result?: unknown; error?: RpcError }>;
  }
  const listeners = new Map<string, Set<(value: unknown) => void>>();
  const provider = {
    async request({ method, params = [] }: { method: string; params?: unknown }): Promise<unknown> {
      const answer = await (window as unknown as Bridge).fairsignalTestWallet(method, params);
      if (answer.error) throw Object.assign(new Error(answer.error.message), answer.error);
      if (method === 'wallet_switchEthereumChain') {
        const { chainId } = (params as { chainId: string }[])[0] ?? {};
        listeners.get('chainChanged')?.forEach((listener) => {
          listener(chainId);
        });
      }
      return answer.result;
    },
    on(event: string, listener: (value: unknown) => void) {
      (listeners.get(event) ?? listeners.set(event, new Set()).get(event))?.add(listener);
    },
    removeListener(event: string, listener: (value: unknown) => void) {
      listeners.get(event)?.delete(listener);
    },
  };
  const icon = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 28 28"><rect width="28" height="28" rx="6" fill="#5b4b8a"/><path d="M7 11h14v9H7z" fill="#fff"/></svg>')}`;
  const info = { uuid: '5f0c4a51-7f0e-4f5a-9a51-2f3d1b1e0a77', name: 'Test Wallet', icon, rdns: 'example.test-wallet' };
  const tell = () => {
    window.dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail: Object.freeze({ info, provider }) }));
  };
  window.addEventListener('eip6963:requestProvider', tell);
  tell();
}
