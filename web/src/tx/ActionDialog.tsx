import type { ReactNode } from 'react';

import type { Address } from '../chain/consent.ts';
import { useI18n } from '../i18n/index.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Notice, ProblemNotice } from '../ui/Notice.tsx';
import type { Action } from './action.ts';
import type { Cost, Progress } from './run.ts';
import { useAction } from './useAction.ts';

interface Props {
  readonly action: Action;
  readonly account: Address;
  readonly onClose: () => void;
  /** Other ways to the same end, or a choice to make before. */
  readonly children?: ReactNode;
}

/** Before: what it does, costs, and how it goes. After: what happened. The same for everything that is signed. */
export default function ActionDialog({ action, account, onClose, children }: Props) {
  const { t } = useI18n();
  const { progress, go, retry } = useAction(action, account);
  const { at } = progress;
  const before = at === 'preparing' || at === 'ready';
  return (
    <Dialog title={action.title} onClose={onClose} busy={at === 'wallet' || at === 'relaying'}>
      {before && (
        <>
          <Before action={action} cost={at === 'ready' ? progress.cost : undefined} waiting={at === 'preparing'} />
          {children}
        </>
      )}
      <During action={action} progress={progress} />
      <footer className="dialog-foot">
        {before && (
          <>
            <button type="button" onClick={onClose}>
              {t('app.cancel')}
            </button>
            <button type="button" className="main" disabled={at !== 'ready'} onClick={() => void go()}>
              {t(action.way === 'signed' ? 'tx.go.signed' : 'tx.go.own')}
            </button>
          </>
        )}
        {at === 'failed' && (
          <>
            <button type="button" onClick={onClose}>
              {t('app.close')}
            </button>
            <button type="button" className="main" onClick={retry}>
              {t('tx.again')}
            </button>
          </>
        )}
        {(at === 'mined' || at === 'sent' || at === 'taken-back') && (
          <button type="button" className="main" onClick={onClose}>
            {t(at === 'mined' ? 'tx.finish' : 'app.close')}
          </button>
        )}
      </footer>
    </Dialog>
  );
}

function Before({ action, cost, waiting }: { action: Action; cost: Cost | undefined; waiting: boolean }) {
  const { t, ether } = useI18n();
  let costs = t('tx.fee.none');
  if (action.way !== 'signed') {
    costs = waiting || !cost ? t('tx.preparing') : t('tx.fee', { fee: ether(cost.fee), gas: cost.gas });
  }
  return (
    <dl className="terms">
      <dt>{t('tx.does')}</dt>
      <dd>
        {action.does.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
      </dd>
      <dt>{t('tx.costs')}</dt>
      <dd aria-live="polite">{costs}</dd>
      <dt>{t('tx.how')}</dt>
      <dd>
        {action.way === 'permit' && <p>{t('tx.two.steps')}</p>}
        <p>{t(action.way === 'signed' ? 'tx.signed' : 'tx.own')}</p>
      </dd>
    </dl>
  );
}

function During({ action, progress }: { action: Action; progress: Progress }) {
  const { t } = useI18n();
  switch (progress.at) {
    case 'preparing':
    case 'ready':
      return null;
    case 'wallet':
      return (
        <Notice tone="plain">
          <p>{t(action.way === 'permit' && progress.step === 1 ? 'tx.wallet.first' : 'tx.wallet')}</p>
        </Notice>
      );
    case 'relaying':
      return (
        <Notice tone="plain">
          <p>{t('tx.relaying')}</p>
        </Notice>
      );
    case 'sent':
      return (
        <Notice tone="plain">
          <p>{t('tx.sent')}</p>
          <Hash hash={progress.hash} />
        </Notice>
      );
    case 'taken-back':
      return (
        <Notice tone="bad">
          <p>{t('tx.taken-back')}</p>
          <Hash hash={progress.hash} />
        </Notice>
      );
    case 'failed':
      return <ProblemNotice problem={progress.problem} />;
    case 'mined':
      return (
        <Notice tone="good" title={t('tx.mined', { block: progress.receipt.blockNumber })}>
          {action.done(progress.receipt).map((sentence) => (
            <p key={sentence}>{sentence}</p>
          ))}
          <p className="small">{t(progress.final ? 'tx.mined.final' : 'tx.mined.open')}</p>
          <Hash hash={progress.receipt.transactionHash} />
        </Notice>
      );
  }
}

function Hash({ hash }: { hash: string }) {
  const { t } = useI18n();
  return (
    <p className="small">
      {t('tx.hash')} <code className="machine">{hash}</code>
    </p>
  );
}
