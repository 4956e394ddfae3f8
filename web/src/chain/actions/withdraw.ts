/** Pay out what uses recorded at once have earned, to an address of the subject's choosing. */
import { parseEventLogs, type TransactionReceipt } from 'viem';

import type { Site } from '../../app/site.ts';
import { consentRegistryAbi, signalMarketAbi } from '../../generated/abi.ts';
import type { I18n } from '../../i18n/index.tsx';
import type { OwnAction } from '../../tx/action.ts';
import type { Address } from '../consent.ts';

export function withdraw(
  site: Site,
  { t }: I18n,
  { lanes, amount, to }: { lanes: readonly bigint[]; amount: bigint; to: Address },
): OwnAction {
  return {
    title: t('money.withdraw.title', { amount }),
    does: [t('money.withdraw.does', { amount, to })],
    done: (receipt) => [t('money.withdraw.done', { amount: paid(receipt), to })],
    way: 'own',
    call: {
      address: site.market,
      // Errors of the registry come through.
      abi: [...signalMarketAbi, ...consentRegistryAbi.filter(({ type }) => type === 'error')],
      functionName: 'withdraw',
      args: [lanes, to],
    },
  };
}

/** What the chain says was paid, not what was asked for. */
export function paid(receipt: TransactionReceipt): bigint {
  const events = parseEventLogs({ abi: signalMarketAbi, logs: receipt.logs, eventName: 'Withdrawn' });
  return events.reduce((sum, { args }) => sum + args.amount, 0n);
}
