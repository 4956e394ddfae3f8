import { useState } from 'react';

import type { Statement } from '../chain/statement.ts';
import { shortAddress } from '../i18n/format.ts';
import { useI18n } from '../i18n/index.tsx';
import { WithdrawDialog } from './WithdrawDialog.tsx';

/** Earned, paid out, open: one line for each service and purpose, and a total, as on a bank statement. */
export function MoneySection({ statement }: { statement: Statement }) {
  const { t, money } = useI18n();
  const [paying, setPaying] = useState(false);
  const { credits, subject } = statement;
  const open = credits.filter(({ earned, claimed }) => earned > claimed);
  const amount = open.reduce((sum, { earned, claimed }) => sum + earned - claimed, 0n);
  const total = (pick: (credit: (typeof credits)[number]) => bigint) =>
    credits.reduce((sum, credit) => sum + pick(credit), 0n);
  return (
    <section aria-labelledby="money">
      <h2 id="money">{t('money.title')}</h2>
      {credits.length === 0 ? (
        <p className="empty">{t('money.none')}</p>
      ) : (
        <table className="ledger">
          <caption className="hidden">{t('money.table')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('money.lane')}</th>
              <th scope="col">{t('money.earned')}</th>
              <th scope="col">{t('money.paid')}</th>
              <th scope="col">{t('money.available')}</th>
            </tr>
          </thead>
          <tbody>
            {credits.map((credit) => (
              <tr key={String(credit.lane)}>
                <th scope="row">
                  {t(`purpose.${credit.purpose}`)} <code className="small">{shortAddress(credit.operator)}</code>
                </th>
                <td data-label={t('money.earned')}>{money(credit.earned)}</td>
                <td data-label={t('money.paid')}>{money(credit.claimed)}</td>
                <td data-label={t('money.available')}>{money(credit.earned - credit.claimed)}</td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">{t('money.total')}</th>
              <td data-label={t('money.earned')}>{money(total(({ earned }) => earned))}</td>
              <td data-label={t('money.paid')}>{money(total(({ claimed }) => claimed))}</td>
              <td data-label={t('money.available')}>{money(amount)}</td>
            </tr>
          </tfoot>
        </table>
      )}
      <div className="acts">
        <button
          type="button"
          className="main"
          disabled={amount === 0n}
          onClick={() => {
            setPaying(true);
          }}
        >
          {amount === 0n ? t('money.nothing') : t('money.withdraw')}
        </button>
        <p className="small">{t('money.rule')}</p>
      </div>
      {paying && (
        <WithdrawDialog
          lanes={open.map(({ lane }) => lane)}
          amount={amount}
          subject={subject}
          onClose={() => {
            setPaying(false);
          }}
        />
      )}
    </section>
  );
}
